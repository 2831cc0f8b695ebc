"""Priors are fitted on this backend, and their densities are those of TensorFlow."""

import json

import numpy as np
import pytest
from computed import computed_of_priors
from processes import run_python

from keras_genae.models.latent_methods import second_stage
from keras_genae.priors import PRIORS, MapFlowMatchingPrior, TransformerPrior

# Where a normal distribution of few codes is no worse.
pytestmark = pytest.mark.filterwarnings("ignore:On codes held out")


@pytest.mark.parametrize("kind", PRIORS)
def test_a_prior_is_fitted_and_drawn_from(kind, rng):
    codes = rng.normal([2.0, 0.0], [1.0, 0.3], (200, 2))
    prior = PRIORS[kind](2, **({"vae": second_stage(2)} if kind == "two_stage" else {}))
    prior.fit(codes, **({"epochs": 1} if "flow" in kind or kind == "maf" else {}))
    z = prior.sample(500, rng)
    assert np.isfinite(prior.log_prob(z)).all()
    np.testing.assert_allclose(z.mean(axis=0), codes.mean(axis=0), atol=0.3)


def test_a_prior_of_maps_is_fitted_and_drawn_from_by_class(rng):
    labels = np.arange(200) % 2
    codes = rng.normal(size=(200, 2, 2, 1)) + 4.0 * labels[:, None, None, None]
    prior = MapFlowMatchingPrior((2, 2, 1), widths=(8,), steps=4, classes=2)
    prior.fit(codes, labels=labels, epochs=4)
    low, high = (prior.sample(100, rng, label=label).mean() for label in (0, 1))
    assert np.isfinite([low, high]).all() and high > low + 0.5


def test_a_prior_of_codes_is_fitted_and_drawn_from(rng):
    codes = np.where(rng.random((100, 1)) < 0.5, [[0, 1, 2]], [[2, 2, 0]])
    prior = TransformerPrior((3,), 3, classes=2, width=16, depth=1, num_heads=2)
    prior.fit(codes, labels=(codes[:, 0] == 2), epochs=4)
    assert prior.nats_per_code < 0.5 < prior.unigram_nats_per_code
    assert np.mean(prior.sample(100, rng, label=1) == [2, 2, 0]) > np.exp(-0.5)


def test_densities_and_draws_of_flows_and_transformers_are_those_of_tensorflow():
    code = "import computed, json; print(json.dumps(computed.computed_of_priors()))"
    expected = json.loads(run_python(code, backend="tensorflow"))
    for what, numbers in computed_of_priors().items():
        np.testing.assert_allclose(numbers, expected[what], atol=2e-5, err_msg=what)
