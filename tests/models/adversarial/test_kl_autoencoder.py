import keras
import numpy as np
import pytest
from keras import layers
from zoo import compiled, examples

from keras_genae import VAE, KLAutoencoder

X = examples((12, 12, 1), 8)


def model(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"latent_dim": 2, "widths": (4, 8), "seed": 0, **arguments}
    return KLAutoencoder((12, 12, 1), **arguments)


def as_vectors(ours):
    """A VAE with the same networks, whose code is the map in a row."""

    class PlainVAE(VAE):
        WHITENS = False

    shape = ours.latent_shape
    encoder = keras.Model(ours.encoder.input, [layers.Flatten()(h) for h in ours.encoder.outputs])
    z = keras.Input((int(np.prod(shape)),))
    decoder = keras.Model(z, ours.decoder(layers.Reshape(shape)(z)))
    return PlainVAE(encoder=encoder, decoder=decoder, beta=float(ours.beta), seed=0)


def test_it_is_a_vae_of_maps():
    results = []
    for flat in (False, True):
        ours = model(beta=0.3)
        one = as_vectors(ours) if flat else ours
        logs = compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(
            X, return_dict=True
        )
        weights = [*ours.encoder.get_weights(), *ours.decoder.get_weights()]
        results.append((logs, weights, one.encode(X).reshape(8, -1), one.sample(2, seed=1)))
    (logs, weights, codes, samples), (flat_logs, flat_weights, flat_codes, flat_samples) = results
    assert logs == pytest.approx(flat_logs, rel=1e-6)
    for a, b in zip(weights, flat_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(codes, flat_codes)
    np.testing.assert_array_equal(samples, flat_samples)


def test_the_map_is_smaller_by_the_factor():
    for factor, shape in ((2, (32, 24, 3)), (4, (16, 12, 3)), (8, (8, 6, 3))):
        ours = KLAutoencoder((64, 48, 3), latent_dim=3, factor=factor)
        assert ours.latent_shape == shape and ours.decoder.output_shape == (None, 64, 48, 3)
    # The stages say it as well; sizes are rounded up.
    assert KLAutoencoder((13, 9, 1), 2, widths=(2, 2, 2)).latent_shape == (2, 2, 2)
    assert KLAutoencoder((28, 28, 1), 2).latent_shape == (7, 7, 2)


def test_priors_are_fitted_to_maps():
    ours = model()
    ours.fit_prior(examples((12, 12, 1), 40), "gaussian")
    assert ours.sample(3, seed=0).shape == (3, 12, 12, 1)
    z = ours.encode(X)
    assert ours.prior_log_prob(z).shape == (8,)
    assert ours.variations(X, 3, seed=0).shape == (8, 3, 12, 12, 1)
    assert ours.interpolate(X[0], X[1], steps=4).shape == (4, 12, 12, 1)


def test_free_bits_are_of_every_unit_of_the_map():
    ours = model(free_bits=50.0, beta=2.0)
    terms = ours.loss_terms(ours.unpack((X,)), training=False)
    units = np.prod(ours.latent_shape)
    np.testing.assert_allclose(terms["kl_loss"] + terms["free_bits_loss"], 50.0 * units, rtol=1e-5)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="is a map, which convolutions make"):
        KLAutoencoder((16,), 2)
    with pytest.raises(ValueError, match="`factor` must be a power of 2"):
        model(factor=6, widths=None)
    with pytest.raises(ValueError, match="filters of 3 stages"):
        model(factor=8)
    ours = model()
    with pytest.raises(ValueError, match="`factor` describes the networks to build"):
        KLAutoencoder(encoder=ours.encoder, decoder=ours.decoder, factor=4)
