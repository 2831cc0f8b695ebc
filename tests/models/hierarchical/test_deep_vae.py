import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from zoo import examples

from keras_genae import VAE, DeepVAE
from keras_genae.evaluation.likelihood import log_likelihood

SHAPE = (13, 9, 1)


class Plain(VAE):
    """The VAE along the axes of its encoder."""

    WHITENS = False


def test_one_level_is_the_vae_with_the_same_networks():
    deep = DeepVAE(SHAPE, 2, widths=(4, 6), levels=(0, 1), likelihood="bernoulli", seed=0)
    (level,), (shape,) = deep.decoder.levels, deep.latent_shape
    x, z = keras.Input(SHAPE), keras.Input((np.prod(shape),))
    heads = level.posterior_network([deep.encoder(x)[0]])
    encoder = keras.Model(x, [layers.Flatten()(head) for head in heads])
    h = level.step_network([layers.Reshape(shape)(z)])
    decoder = keras.Model(z, deep.decoder.last(h))
    vae = Plain(encoder=encoder, decoder=decoder, likelihood="bernoulli", seed=0)
    x = examples(SHAPE, 5)
    for training in (False, True):
        results = []
        for model in (deep, vae):
            with tf.GradientTape() as tape:
                terms = model.loss_terms(model.unpack((x,)), training)
                loss = model.weighted_sum(terms)
            variables = deep.trainable_variables  # Those of both.
            results.append((terms, tape.gradient(loss, variables, unconnected_gradients="zero")))
        for name, term in results[1][0].items():
            np.testing.assert_allclose(results[0][0][name], term, rtol=1e-5)
        for found, expected in zip(results[0][1], results[1][1], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(deep.reconstruct(x), vae.reconstruct(x), atol=1e-6)
    bounds = [log_likelihood(model, x, num_samples=10) for model in (deep, vae)]
    np.testing.assert_allclose(*bounds, rtol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8, 3), (28, 28, 1), (45, 30, 1)])
def test_levels_have_the_sizes_of_the_stages(shape):
    model = DeepVAE(shape, 2, widths=(4, 4, 4), levels=(1, 0, 2), seed=0)
    sizes = {8: [(4, 4), (4, 4), (4, 4)], 28: [(4, 4), (4, 4), (14, 14)]}
    sizes[45] = [(6, 4), (6, 4), (23, 15)]
    assert model.latent_shape == [(*size, 2) for size in sizes[shape[0]]]
    x = examples(shape, 2)
    assert model.posterior(x).mean[0].shape == (2, *model.latent_shape[0])
    assert model(x).shape == x.shape


def test_priors_below_the_top_begin_as_standard_normals():
    model = DeepVAE(SHAPE, 2, widths=(4,), levels=3, seed=0)
    descent = model.posterior(examples(SHAPE, 3)).drawn(seed=0)
    for prior in descent.priors:
        np.testing.assert_array_equal(prior.mean, np.zeros_like(prior.mean))
        np.testing.assert_allclose(prior.log_var, 0.0, atol=1e-6)


def test_what_was_done_to_the_layers_of_a_level_is_kept(tmp_path):
    model = DeepVAE((8, 8, 1), 2, widths=(4,), levels=2, seed=0)
    _, level = model.decoder.levels
    level.step_network.trainable = False
    level.prior_network.get_layer("prior_1").dtype_policy = keras.DTypePolicy("mixed_bfloat16")
    model.save(tmp_path / "model.keras")
    loaded, x = keras.saving.load_model(tmp_path / "model.keras"), examples((8, 8, 1), 2)
    np.testing.assert_array_equal(loaded(x), model(x))
    shapes = [[tuple(v.shape) for v in one.trainable_variables] for one in (loaded, model)]
    assert shapes[0] == shapes[1] and len(shapes[0]) < len(model.weights) - 5
    kept = loaded.decoder.levels[1].prior_network.get_layer("prior_1").dtype_policy.name
    assert kept == "mixed_bfloat16"


@pytest.mark.parametrize("likelihood", ["sigma", "categorical", "logistic_mixture"])
def test_any_likelihood_takes_its_numbers(likelihood):
    model = DeepVAE((8, 8, 3), 2, widths=(4,), levels=1, likelihood=likelihood, seed=0)
    x = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype("uint8")
    terms = model.loss_terms(model.unpack((x,)), training=True)
    assert np.isfinite(terms["reconstruction_loss"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": (1, 0)}, "the last of them above 0"),
        ({"levels": (1,)}, "one for each of `widths`"),
        ({"levels": -1}, "whole number of at least 1"),
        ({"skip_above": 0.0}, "`skip_above` must be a finite number above 0"),
        ({"skip_above": float("nan")}, "`skip_above` must be a finite number above 0"),
        ({"network": "mlp"}, "a `LadderVAE` has dense ones"),
        ({"kernel_size": 3}, "leave `kernel_size` out"),
        ({"input_shape": (16,)}, "`input_shape=\\(height, width, channels\\)`"),
        ({"input_shape": (7, 8, 1)}, "at least 8"),
    ],
)
def test_what_no_hierarchy_is_built_from_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DeepVAE(**{"input_shape": SHAPE, "widths": (4, 4), **arguments})
