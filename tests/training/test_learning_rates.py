import keras
import numpy as np
import pytest
from keras.optimizers import SGD, LossScaleOptimizer
from keras.optimizers.schedules import CosineDecay, ExponentialDecay, LearningRateSchedule

from keras_genae import Autoencoder
from keras_genae.training.learning_rates import ScaledSchedule, scale_learning_rate, schedule_of

X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")


class Unregistered(LearningRateSchedule):
    def __call__(self, step):
        return 0.1

    def get_config(self):
        return {}


def model_of(optimizer):
    model = Autoencoder((4,), latent_dim=2, widths=(4,), seed=0)
    model.compile(optimizer)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("wrap", [lambda optimizer: optimizer, LossScaleOptimizer])
@pytest.mark.parametrize("rate", [0.2, ExponentialDecay(0.2, 1, 0.5), CosineDecay(0.2, 10)])
def test_the_rate_is_scaled_in_the_middle_of_training(rate, wrap):
    """After scaling, a step is as long as one with the lower rate from the beginning."""
    models = []
    for scaled_first in (True, False):
        keras.utils.set_random_seed(0)
        model = model_of(wrap(SGD(rate)))
        options = {"batch_size": 16, "verbose": 0, "shuffle": False}
        if not scaled_first:
            # A step with weight 0: the step is compiled, and nothing is learnt.
            model.fit(X, sample_weight=np.zeros(16), **options)
            model.optimizer.iterations.assign(0)
        for _ in range(2):
            scale_learning_rate(model, 0.5)
        model.fit(X, sample_weight=np.ones(16), epochs=3, **options)
        models.append(model)
    for a, b in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-7)
    expected = 0.25 * (rate(3) if callable(rate) else rate)
    assert float(models[1].optimizer.learning_rate) == pytest.approx(float(expected))


def test_a_scaled_schedule_is_saved_with_the_model(tmp_path):
    model = model_of(SGD(ExponentialDecay(0.4, 10, 0.5)))
    scale_learning_rate(model, 0.5)
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    schedule = schedule_of(loaded.optimizer)
    assert isinstance(schedule, ScaledSchedule)
    assert float(schedule(10)) == pytest.approx(0.1)


@pytest.mark.parametrize("rate", [Unregistered(), lambda: 0.1])
def test_a_rate_that_cannot_be_scaled_is_refused_in_words(rate):
    with pytest.raises(ValueError, match=r"mark a schedule of your own .* an optimizer `SGD`"):
        schedule_of(SGD(rate))
