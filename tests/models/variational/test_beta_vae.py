import keras
import numpy as np
from zoo import compiled, examples, same, weights_of

from keras_genae import VAE, BetaVAE

X = examples((16,))


def trained(model_class, **arguments):
    keras.utils.set_random_seed(0)
    model = compiled(
        model_class((16,), latent_dim=3, widths=(8,), seed=0, **arguments), run_eagerly=True
    )
    history = model.fit(X, epochs=2, batch_size=16, validation_data=(X,), verbose=0).history
    return model, history


def test_with_beta_1_it_is_the_vae_bit_for_bit():
    (ours, history), (plain, expected) = trained(BetaVAE, beta=1.0), trained(VAE)
    assert history == expected
    assert same(weights_of(ours), weights_of(plain))
    np.testing.assert_array_equal(ours.encode(X), plain.encode(X))


def test_the_papers_beta_is_the_default_and_weighs_the_kl():
    model = BetaVAE((16,), latent_dim=3, widths=(8,), seed=0)
    terms = model.loss_terms(model.unpack((X,)), training=False)
    expected = terms["reconstruction_loss"] + 4.0 * terms["kl_loss"]
    np.testing.assert_allclose(model.weighted_sum(terms), expected, rtol=1e-6)
