"""The hypervolume's reference: fixed once, so that trials can only add."""

import json

import keras
import pytest

from keras_genae.tuning.oracles.make_oracle import make_oracle
from keras_genae.tuning.results.reference import Reference
from keras_genae.tuning.results.results import Results
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.examples import load_split
from keras_genae.tuning.trials.hypermodel import build_model
from keras_genae.tuning.trials.trial_folder import COMPLETED, FAILED, TrialResult


@pytest.fixture
def results_of(config_with, tmp_path):
    """Results whose trials end with given measures, one more at each call."""
    config = config_with(("trials: 5", "trials: 50"), ("[2, 16]", "[2, 99]"))
    (tmp_path / "reference.json").write_text(
        json.dumps({"val_elbo_per_dim": -2.0, "parameters": 1e6})
    )
    oracle = make_oracle(config, tmp_path)
    results = Results(config, oracle, tmp_path)

    def end(quality, parameters, status=COMPLETED):
        trial = oracle.create_trial("worker0")
        measures = {"val_elbo_per_dim": quality, "parameters": parameters}
        oracle.trial_folder(trial.trial_id).finish(TrialResult(status, "", measures, epochs=1))
        oracle.end_trial(trial)
        rows = results.completed
        return results.hypervolume(rows, results.reference.of(rows)) if rows else 0.0

    return end


def test_the_volume_is_quality_times_decades_beyond_the_reference(results_of):
    assert results_of(-1.5, 1e4) == pytest.approx(0.5 * 2.0)
    assert results_of(-1.0, 1e5) == pytest.approx(0.5 * 2.0 + 0.5 * 1.0)


def test_a_bad_trial_never_raises_it(results_of):
    volume = results_of(-1.0, 1e4)
    for quality, parameters in [(-1.1, 1e4), (-1.0, 2e4), (-1e6, 1e9), (-3.0, 10.0), (5.0, 1e9)]:
        assert results_of(quality, parameters) == volume
    assert results_of(9.0, 10.0, FAILED) == volume


def test_going_on_never_lowers_it(results_of, rng):
    volumes = [
        results_of(*point)
        for point in zip(rng.uniform(-2.5, 0.0, 30), 10 ** rng.uniform(2.0, 7.0, 30), strict=True)
    ]
    assert volumes == sorted(volumes) and volumes[-1] > volumes[0]


@pytest.mark.slow
def test_the_reference_is_the_untrained_start_and_the_largest_model(config_with, tmp_path):
    config = config_with(("seed: 0", "start: {latent_dim: 4, widths: [8]}"))
    images = load_split(config)[1]
    path = tmp_path / "reference.json"
    reference = Reference(config, config.objectives, path)
    reference.fix(images)
    values = reference.of([])
    largest = build_model(config, {"latent_dim": 16, "widths": "8-16"}, (16, 16, 3))
    assert values["parameters"] == measure_costs(largest)["parameters"]
    keras.utils.set_random_seed(config.seed)
    start = build_model(config, {"latent_dim": 4, "widths": "8"}, (16, 16, 3))
    logs = start.evaluate(images, batch_size=128, verbose=0, return_dict=True)
    nats = logs["reconstruction_loss"] + logs["kl_loss"]
    assert values["val_elbo_per_dim"] == pytest.approx(-nats / 768, rel=1e-4)
    # A resumed search does not measure it again.
    path.write_text(json.dumps({**values, "parameters": 7.0}))
    reference.fix(images)
    assert reference.of([])["parameters"] == 7.0


def test_a_cost_known_only_after_training_is_fixed_by_the_first_trial(config_with, tmp_path):
    config = config_with(("parameters]", "training_seconds]"))
    reference = Reference(config, config.objectives, tmp_path / "reference.json")
    reference.fix(load_split(config)[1])
    rows = [{"measures": {"training_seconds": seconds}} for seconds in (3.0, 900.0)]
    assert reference.of(rows[:1])["training_seconds"] == 30.0
    assert reference.of(rows[::-1])["training_seconds"] == 30.0
