import keras
import numpy as np
import pytest
from bound_gradients import gradients_in_training, linear_gaussian, twin

from keras_genae import IWAE, MIWAE, PIWAE


def of_both(exact, x, scale=0.5, **arguments):
    """Loss, and gradients of the decoder and of the encoder."""
    results = []
    for kind, sizes in (
        (PIWAE, {"samples": 3, "groups": 4}),
        (IWAE, {"samples": 12}),
        (MIWAE, {"samples": 3, "groups": 4}),
    ):
        model = twin(exact, kind, scale, **sizes, **arguments)
        found, loss = gradients_in_training(model, x)
        results.append((loss, found[-2:], found[:-2]))
    return results


# A small σ: weights that are hundreds of nats apart, as those of images are before training.
@pytest.mark.parametrize("scale", [0.5, 0.01])
@pytest.mark.parametrize("gradient", ["reparametrised", "dreg"])
def test_the_decoder_learns_as_in_iwae_and_the_encoder_as_in_miwae(gradient, scale):
    exact = linear_gaussian()
    piwae, iwae, miwae = of_both(exact, exact.x, scale, gradient=gradient)
    np.testing.assert_allclose(piwae[0], iwae[0], rtol=1e-6)
    size = max(np.abs(g).max() for g in iwae[1])
    for a, b in zip(piwae[1], iwae[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6 * size)
    size = max(np.abs(g).max() for g in miwae[2])
    for a, b in zip(piwae[2], miwae[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6 * size)
    # Neither is that of the other bound.
    assert not np.allclose(miwae[1][0], iwae[1][0], rtol=0.01)
    assert not np.allclose(miwae[2][0], iwae[2][0], rtol=0.01)


def test_one_group_is_iwae():
    exact = linear_gaussian()
    found, loss = gradients_in_training(twin(exact, PIWAE, samples=5, groups=1), exact.x)
    expected, loss_of_iwae = gradients_in_training(twin(exact, IWAE, samples=5), exact.x)
    np.testing.assert_array_equal(loss, loss_of_iwae)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_dropout_in_the_decoder_and_statistics_count_once():
    layers, arguments = keras.layers, {"samples": 2, "groups": 2, "likelihood": "gaussian"}
    results = []
    for kind in (PIWAE, MIWAE):
        keras.utils.set_random_seed(0)
        decoder = keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(8),
                layers.BatchNormalization(),
                layers.Dropout(0.5, seed=1),
                layers.Dense(4),
            ]
        )
        x = keras.Input((4,))
        encoder = keras.Model(x, [layers.Dense(2)(x), layers.Dense(2)(x)])
        model = kind(encoder=encoder, decoder=decoder, seed=0, **arguments)
        found, _ = gradients_in_training(model, np.eye(4, dtype="float32"))
        results.append((found[:4], decoder.get_weights()))
    for one, other in zip(*results, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
