import keras
import numpy as np
import pytest
from quantised import all_differ
from zoo import CONFIGS, build, compiled, examples, same

from keras_genae import VQVAE


@pytest.mark.parametrize("codebook", ["ema", "gradient"])
def test_of_depth_1_it_is_the_vq_vae(codebook):
    arguments = {**CONFIGS["ResidualVQVAE"][1], "codebook": codebook, "depth": 1}
    residual = build("ResidualVQVAE", **arguments)
    del arguments["depth"]
    keras.utils.set_random_seed(0)
    plain = VQVAE(latent_dim=3, widths=(4, 8), seed=0, **arguments)
    x, logs = examples((16,), 24), []
    for model in (residual, plain):
        compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)
        logs.append([model.train_on_batch(x[i : i + 8], return_dict=True) for i in (0, 8, 16)])
    assert logs[0] == logs[1]
    assert same(residual.encoder.get_weights(), plain.encoder.get_weights())
    np.testing.assert_array_equal(residual.encode(x)[..., 0], plain.encode(x))
    np.testing.assert_array_equal(residual.reconstruct(x), plain.reconstruct(x))


def test_the_commitment_is_summed_over_levels():
    model = build("ResidualVQVAE")
    x = examples((16,), 12)
    terms = model.loss_terms(model.unpack((x,)), training=False)
    left, by_hand = np.float64(model.heads(x)[0]), 0.0
    for codebook in model.quantiser.codebooks:
        table = np.float64(codebook.embeddings)
        distances = ((left[..., None, :] - table) ** 2).sum(-1)
        by_hand = by_hand + distances.min(-1).sum(-1)
        left = left - table[distances.argmin(-1)]
    np.testing.assert_allclose(terms["commitment_loss"], by_hand, rtol=1e-4)


def test_every_argument_changes_the_loss():
    all_differ("ResidualVQVAE", {"depth": 3}, {"codebook_size": 5}, {"commitment": 1.0})
    with pytest.raises(ValueError, match="`depth` must be a whole number of at least 1"):
        build("ResidualVQVAE", depth=0)
