import numpy as np
import pytest
from zoo import examples

from keras_genae import VAE, Autoencoder, LadderVAE
from keras_genae.evaluation.likelihood import log_likelihood


class Plain(VAE):
    """The VAE along the axes of its encoder."""

    WHITENS = False


def test_one_level_is_the_vae_with_the_same_weights():
    x = examples((16,), 6)
    ladder = LadderVAE((16,), 3, widths=(8,), beta=0.7, seed=0)
    vae = Plain((16,), 3, widths=(8,), beta=0.7, seed=0)
    vae.encoder.set_weights(ladder.encoder.get_weights())
    vae.decoder.set_weights(ladder.decoder.get_weights())
    for training in (False, True):
        found, expected = (
            model.loss_terms(model.unpack((x,)), training) for model in (ladder, vae)
        )
        for name, term in expected.items():
            np.testing.assert_allclose(found[name], term, rtol=1e-5)
        np.testing.assert_array_equal(found["kl_loss_0"], found["kl_loss"])
    np.testing.assert_allclose(ladder.reconstruct(x), vae.reconstruct(x), atol=1e-6)
    bounds = [log_likelihood(model, x, num_samples=10) for model in (ladder, vae)]
    np.testing.assert_allclose(*bounds, rtol=1e-5)


def test_each_posterior_is_the_product_of_estimate_and_prior():
    model = LadderVAE((16,), (3, 2), widths=(8, 4), seed=0)
    x = examples((16,), 4)
    features = [np.float64(part) for part in model.heads(x)]
    descent = model.posterior(x).drawn(seed=1)
    np.testing.assert_allclose(descent.posteriors[0].mean, features[0], atol=1e-6)
    mean, variance = features[2], np.exp(features[3])
    prior = descent.priors[1]
    p_mean, p_variance = np.float64(prior.mean), np.exp(np.float64(prior.log_var))
    expected = 1.0 / (1.0 / variance + 1.0 / p_variance)
    np.testing.assert_allclose(np.exp(descent.posteriors[1].log_var), expected, rtol=1e-5)
    expected = expected * (mean / variance + p_mean / p_variance)
    np.testing.assert_allclose(descent.posteriors[1].mean, expected, rtol=1e-4, atol=1e-6)


def test_sizes_are_from_the_data_inwards_and_codes_from_the_top_down():
    model = LadderVAE((8, 9, 1), (5, 4, 3), widths=(12, 10, 8), likelihood="laplace", seed=0)
    assert model.latent_shape == [(3,), (4,), (5,)]
    assert model.encoder.get_layer("stage_3").units == 8
    assert model.reconstruct(np.ones((2, 8, 9, 1), "float32")).shape == (2, 8, 9, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": (3, 2), "widths": (4,)}, "one number for each level"),
        ({"latent_dim": (3, 0), "widths": (4, 4)}, "whole number of at least 1"),
        ({"network": "conv"}, "networks of a ladder are dense"),
        (
            {"encoder": Autoencoder((6,), 2).encoder, "decoder": Autoencoder((6,), 2).decoder},
            "leave `encoder` and `decoder` out",
        ),
    ],
)
def test_what_no_ladder_is_built_from_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LadderVAE((6,), **arguments)
