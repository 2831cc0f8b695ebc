import itertools

import numpy as np
import pytest
from quantised import all_differ
from scipy.special import softmax
from scipy.stats import entropy
from zoo import build, compiled, examples

from keras_genae import LFQVAE


@pytest.mark.parametrize("name", ["LFQVAE", "BSQVAE"])
@pytest.mark.parametrize("weight", [None, np.linspace(0.0, 2.0, 10).astype("float32")])
def test_the_terms_are_those_of_an_enumeration_of_codes(name, weight):
    model = compiled(build(name, temperature=0.7), run_eagerly=True)
    x = examples(model.input_shape, 10)
    logs = model.evaluate(x, sample_weight=weight, verbose=0, return_dict=True)
    h, s = np.float64(model.heads(x)[0]).reshape(10, -1, 3), 1.0
    if name == "BSQVAE":
        h, s = h / np.sqrt((h**2).sum(-1, keepdims=True) + 1e-5), 3**-0.5
    codes = s * np.array(list(itertools.product([-1, 1], repeat=3)))
    distances = ((h[..., None, :] - codes) ** 2).sum(-1)
    q = softmax(-distances / (0.7 * s**2), axis=-1)  # (example, place, code)
    of_place = np.average(entropy(q, axis=-1).sum(1), weights=weight)
    mean = np.average(q.mean(1), axis=0, weights=weight)
    expected = of_place - h.shape[1] * entropy(mean)
    assert logs["entropy_loss"] == pytest.approx(expected, rel=1e-3)
    commitment = np.average(distances.min(-1).sum(-1), weights=weight)
    assert logs["commitment_loss"] == pytest.approx(commitment, rel=1e-4)


def test_every_argument_changes_the_loss():
    changes = {"entropy_weight": 1.0}, {"commitment": 1.0}, {"temperature": 0.3}
    all_differ("LFQVAE", *changes)
    all_differ("BSQVAE", *changes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latent_dim": 21}, "there are a million codes"),
        ({"temperature": 0.0}, "`temperature` must be above 0"),
        ({"entropy_weight": -1.0}, "`entropy_weight` must be a finite number from 0 up"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        LFQVAE(**{"input_shape": (16,), "latent_dim": 3, "widths": (4,), **arguments})
