import math

import keras
import numpy as np
import pytest

from keras_genae import GatedSAE, JumpReLUSAE, SparseAE, TopKSAE
from keras_genae.training import TargetL0


def test_the_penalty_rises_where_too_many_fire():
    controller = TargetL0(target=10.0, gain=0.5)
    assert controller.next_weight(2.0, 12.0) == pytest.approx(2.0 * math.exp(0.1))
    assert controller.next_weight(2.0, 5.0) == pytest.approx(2.0 * math.exp(-0.25))
    assert controller.next_weight(2.0, math.nan) == 2.0


@pytest.mark.parametrize(
    ("l0", "words"),
    [(0.0, "more than there is to explain"), (1e9, "less than it can be brought to")],
)
def test_a_target_out_of_reach_is_said_once(l0, words, capsys):
    model = JumpReLUSAE((8,), 16, penalty_weight=1.0)
    controller = TargetL0(target=3.0, gain=20.0)
    controller.set_model(model)
    controller.on_train_begin()
    for epoch in range(4):
        controller.on_epoch_end(epoch, {"l0": l0})
    printed = capsys.readouterr().out
    assert printed.count("TargetL0:") == 1 and words in printed
    assert float(model.penalty_weight) == pytest.approx(1e8 if l0 else 1e-8)


@pytest.mark.parametrize("model_class", [TopKSAE, SparseAE])
def test_what_pays_for_no_features_is_an_error(model_class):
    arguments = {"k": 4} if model_class is TopKSAE else {"widths": (8,)}
    model = model_class((8,), 16, **arguments)
    model.compile()
    with pytest.raises(ValueError, match="`TargetL0` moves what `JumpReLUSAE` and `GatedSAE` pay"):
        model.fit(np.zeros((4, 8), "float32"), verbose=0, callbacks=[TargetL0(2.0)])


@pytest.mark.slow
@pytest.mark.parametrize(("model_class", "target"), [(GatedSAE, 2.0), (JumpReLUSAE, 8.0)])
def test_it_reaches_the_number_asked_for(model_class, target):
    x = np.random.default_rng(0).normal(size=(2048, 16)).astype("float32")
    model = model_class((16,), 64, seed=0)
    model.compile(keras.optimizers.Adam(3e-3), steps_per_execution=16)
    history = model.fit(
        x, epochs=40, batch_size=64, verbose=0, callbacks=[TargetL0(target)]
    ).history
    assert np.mean(history["l0"][-5:]) == pytest.approx(target, rel=0.1)
    assert history["penalty_weight"][0] == pytest.approx(0.1)
