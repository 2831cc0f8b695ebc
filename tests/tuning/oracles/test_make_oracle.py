"""Oracles without training: trials are ended by writing their results."""

import importlib.util
import json

import pytest

from keras_genae.tuning import pareto_front
from keras_genae.tuning.oracles.make_oracle import make_oracle
from keras_genae.tuning.oracles.search_oracle import Status
from keras_genae.tuning.results.results import Results
from keras_genae.tuning.trials.preflight import values_with
from keras_genae.tuning.trials.trial_folder import COMPLETED, FAILED, PRUNED, TrialResult

KINDS = ["random", "grid", "hyperband", "bayesian"]
if importlib.util.find_spec("optuna"):
    KINDS += ["nsga2", "tpe"]
GRID = ("latent_dim: {int: [2, 16], log: true}", "latent_dim: {choice: [2, 4, 8]}")


def end(oracle, trial, status=COMPLETED, reason="", **measures):
    oracle.trial_folder(trial.trial_id).finish(TrialResult(status, reason, measures, epochs=2))
    oracle.end_trial(trial)


def end_well(oracle, trial):
    latents = trial.hyperparameters.values["latent_dim"]
    end(oracle, trial, val_elbo_per_dim=-1.0 / latents, parameters=100.0 * latents)


def run(oracle, limit=100):
    """Values of the trials, until the oracle has no more."""
    values = []
    for _ in range(limit):
        trial = oracle.create_trial("worker0")
        if trial.status == Status.STOPPED:
            return values
        values.append(trial.hyperparameters.values)
        end_well(oracle, trial)
    raise AssertionError("the oracle does not stop")


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_ends_with_all_trials_completed(config_with, tmp_path, kind):
    oracle = make_oracle(config_with(("oracle: random", f"oracle: {kind}")), tmp_path)
    values = run(oracle)
    assert 1 <= len(values) <= 5
    assert oracle.is_finished
    assert all(trial.status == Status.COMPLETED for trial in oracle.trials.values())
    assert oracle.get_best_trials(3)[0].score == max(t.score for t in oracle.trials.values())


STEPPED = ("{int: [2, 16], log: true}", "{int: [2, 16], step: 2, log: true}")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("grid", "hyperband")])
@pytest.mark.parametrize("changes", [(), (STEPPED,)], ids=["range", "steps"])
def test_a_search_begins_with_its_start(config_with, tmp_path, kind, changes):
    start = {"latent_dim": 8, "widths": "8-16"}
    config = config_with(
        *changes,
        ("oracle: random", f"oracle: {kind}"),
        ("seed: 0", "start: {latent_dim: 8, widths: [8, 16]}"),
    )
    values = run(make_oracle(config, tmp_path))
    assert values[0] == start and start not in values[1:]
    assert len(values) == 5


def test_what_is_recommended_is_no_worse_than_the_start(config_with, tmp_path):
    def recommended(*changes):
        config = config_with(*changes)
        oracle = make_oracle(config, tmp_path / str(len(changes)))
        # Quality and cost: the start, a bad one, the knee of all, one better than the start.
        for quality, parameters in ((2.0, 1e6), (0.0, 1e2), (1.9, 1e3), (2.5, 8e5)):
            trial = oracle.create_trial("worker0")
            end(oracle, trial, val_elbo_per_dim=quality, parameters=parameters)
        return Results(config, oracle, oracle.folder).recommended()["measures"]

    assert recommended()["parameters"] == 1e3
    start = ("seed: 0", "start: {latent_dim: 4, widths: [8]}")
    assert recommended(start)["parameters"] == 8e5


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_killed_after_each_trial_loses_and_repeats_none(config_with, tmp_path, kind):
    config = config_with(("oracle: random", f"oracle: {kind}"))
    unbroken = run(make_oracle(config, tmp_path / "unbroken"))
    values = []
    for _ in range(20):
        oracle = make_oracle(config, tmp_path / "broken")
        oracle.reload()
        trial = oracle.create_trial("worker0")
        if trial.status == Status.STOPPED:
            break
        values.append(trial.hyperparameters.values)
        end_well(oracle, trial)
    assert len(values) == len(unbroken)
    keys = [json.dumps(value, sort_keys=True) for value in values]
    assert len(set(keys)) == len(keys)
    if kind in ("random", "grid", "hyperband"):
        assert values == unbroken


@pytest.mark.parametrize("kind", KINDS)
def test_what_ran_when_the_chief_died_runs_again_with_its_values(config_with, tmp_path, kind):
    # Nine epochs: Hyperband's first bracket has several trials that need not wait for each other.
    config = config_with(("oracle: random", f"oracle: {kind}"), ("epochs: 2", "epochs: 9"))
    oracle = make_oracle(config, tmp_path)
    end_well(oracle, oracle.create_trial("worker0"))
    running = [oracle.create_trial("worker0"), oracle.create_trial("worker1")]
    finished = oracle.trial_folder(running[1].trial_id)
    # The worker wrote the result; the chief died before it heard of it.
    finished.finish(TrialResult(COMPLETED, "", {"val_elbo_per_dim": -1.0, "parameters": 5.0}))

    assert "IDLE" not in (trial.status for trial in running)
    again = make_oracle(config, tmp_path)
    again.reload()
    assert again.trials[running[1].trial_id].status == Status.COMPLETED
    trial = again.create_trial("worker1")
    assert trial.trial_id == running[0].trial_id
    assert trial.hyperparameters.values == running[0].hyperparameters.values
    end_well(again, trial)
    run(again)
    assert sorted(again.end_order) == sorted(again.trials)
    assert len(set(again.end_order)) == len(again.end_order)


def test_a_failed_trial_counts_and_is_never_the_best(config_with, tmp_path):
    oracle = make_oracle(config_with(), tmp_path)
    for status in (FAILED, PRUNED, FAILED, FAILED):
        end(oracle, oracle.create_trial("worker0"), status, "no reason", val_elbo_per_dim=9.0)
    assert oracle.get_best_trials(4) == []
    end_well(oracle, oracle.create_trial("worker0"))
    assert oracle.create_trial("worker0").status == Status.STOPPED
    assert [trial.status for trial in oracle.get_best_trials(4)] == [Status.COMPLETED]
    assert oracle.trials["0"].message == "no reason"


def test_a_trial_ends_once(config_with, tmp_path):
    oracle = make_oracle(config_with(), tmp_path)
    trial = oracle.create_trial("worker0")
    end_well(oracle, trial)
    oracle.end_trial(trial)
    assert oracle.end_order == [trial.trial_id]


def test_a_dead_workers_trial_is_not_given_to_its_successor(config_with, tmp_path):
    oracle = make_oracle(config_with(), tmp_path)
    dead = oracle.create_trial("worker0")
    oracle.trial_folder(dead.trial_id).finish(TrialResult(FAILED, "killed by SIGKILL"))
    assert oracle.create_trial("worker0").trial_id != dead.trial_id
    assert oracle.trials[dead.trial_id].status == Status.FAILED


def test_grid_visits_every_combination_once(config_with, tmp_path):
    config = config_with(("oracle: random", "oracle: grid"), GRID, ("trials: 5", "trials: 50"))
    values = run(make_oracle(config, tmp_path))
    assert [(v["latent_dim"], v["widths"]) for v in values] == [
        (latents, widths) for latents in (2, 4, 8) for widths in ("8", "8-16")
    ]


def test_grid_leaves_out_what_is_switched_off(config_with, tmp_path):
    conditional = "\n  kernel_size: {choice: [3, 4], when: {widths: 8-16}}"
    config = config_with(
        ("oracle: random", "oracle: grid"),
        GRID,
        ("[8, 16]]}", "[8, 16]]}" + conditional),
        ("trials: 5", "trials: 50"),
    )
    values = run(make_oracle(config, tmp_path))
    assert len(values) == 3 * (1 + 2)
    assert all(("kernel_size" in v) == (v["widths"] == "8-16") for v in values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_of_one_point_is_one_trial(config_with, tmp_path, kind):
    config = config_with(
        ("oracle: random", f"oracle: {kind}"),
        ("{int: [2, 16], log: true}", "{int: [4, 4]}"),
        ("[[8], [8, 16]]", "[[8]]"),
    )
    oracle = make_oracle(config, tmp_path)
    values = [v for v in run(oracle) if v.get("tuner/round", 0) == 0]
    assert len(values) == 1
    assert values[0]["latent_dim"] == 4


def test_conditions_hold_in_what_optuna_suggests(config_with, tmp_path):
    pytest.importorskip("optuna")
    extra = "\n  kernel_size: {choice: [3, 4], when: {widths: 8-16}}"
    config = config_with(
        ("oracle: random", "oracle: nsga2"),
        ("[8, 16]]}", "[8, 16]]}" + extra),
        ("trials: 5", "trials: 30"),
    )
    values = run(make_oracle(config, tmp_path))
    assert {v["widths"] for v in values} == {"8", "8-16"}
    assert all(("kernel_size" in v) == (v["widths"] == "8-16") for v in values)


def test_the_genetic_algorithm_breeds_over_a_resume(config_with, tmp_path):
    pytest.importorskip("optuna")
    config = config_with(
        ("oracle: random", "oracle: nsga2"), ("[2, 16]", "[2, 999]"), ("trials: 5", "trials: 24")
    )
    for _ in range(3):
        oracle = make_oracle(config, tmp_path)
        oracle.reload()
        for _ in range(8):
            end_well(oracle, oracle.create_trial("worker0"))
    attributes = [trial.system_attrs for trial in oracle.study.get_trials()]
    generations = [value for entry in attributes for key, value in entry.items() if "gen" in key]
    assert max(generations) >= 2


def test_the_sampler_sees_both_objectives(config_with, tmp_path):
    """Where large latents cost without being better, it turns to smaller ones."""
    pytest.importorskip("optuna")
    config = config_with(
        ("oracle: random", "oracle: tpe"),
        ("[2, 16], log: true", "[1, 1000]"),
        ("[[8], [8, 16]]", "[[8]]"),
        ("trials: 5", "trials: 40"),
    )
    oracle = make_oracle(config, tmp_path)
    points = []
    for _ in range(40):
        trial = oracle.create_trial("worker0")
        latents = trial.hyperparameters.values["latent_dim"]
        # Beyond 100 more latents cost without being better.
        points.append([min(latents, 100), latents])
        end(oracle, trial, val_elbo_per_dim=points[-1][0], parameters=points[-1][1])
    late = [latents for _, latents in points[20:]]
    early = [latents for _, latents in points[:10]]
    assert sum(value <= 150 for value in late) / 20 > sum(value <= 150 for value in early) / 10
    assert len(pareto_front(points, ["max", "min"])) >= 3


def test_the_median_rule_answers_a_worker(config_with, tmp_path):
    config = config_with(
        ("seed: 0", "pruning: {median: true, warmup_epochs: 1}"), ("epochs: 2", "epochs: 4")
    )
    oracle = make_oracle(config, tmp_path)
    trials = [oracle.create_trial(f"worker{i}") for i in range(4)]
    for place, trial in enumerate(trials[:3]):
        oracle.update_trial(trial.trial_id, {"val_elbo_per_dim": place, "parameters": 10}, step=2)
    bad = {"val_elbo_per_dim": 0.5, "parameters": 20}
    assert oracle.update_trial(trials[3].trial_id, bad, step=1).status == Status.RUNNING
    assert oracle.update_trial(trials[3].trial_id, bad, step=2).status == Status.STOPPED
    cheap = {"val_elbo_per_dim": 0.5, "parameters": 5}
    assert oracle.update_trial(trials[3].trial_id, cheap, step=2).status == Status.RUNNING


def test_an_error_in_the_choice_of_values_locks_nothing(config_with, tmp_path, monkeypatch):
    oracle = make_oracle(config_with(), tmp_path)
    monkeypatch.setattr(oracle, "_random_values", lambda: 1 / 0)
    assert oracle.create_trial("worker0").status == Status.STOPPED
    assert isinstance(oracle.failure, ZeroDivisionError)
    assert oracle.create_trial("worker1").status == Status.STOPPED


def test_default_values_follow_conditions(config_with):
    extra = "\n  kernel_size: {choice: [3, 4], when: {widths: 8-16}}"
    config = config_with(("[8, 16]]}", "[8, 16]]}" + extra))
    assert values_with(config) == {"latent_dim": 2, "widths": "8"}
    assert values_with(config, {"widths": "8-16"})["kernel_size"] == 3
