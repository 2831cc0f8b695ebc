"""Worker processes, their share of the machine and how they die."""

import time

import pytest

from keras_genae.tuning.oracles.make_oracle import make_oracle
from keras_genae.tuning.workers.chief import cluster_role
from keras_genae.tuning.workers.lost_trials import LostTrials
from keras_genae.tuning.workers.pool import (
    Worker,
    WorkerFailure,
    WorkerPool,
    share_of_machine,
    visible_gpus,
)


def test_gpus_are_handed_out_one_a_worker(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    gpus = visible_gpus()
    given = [share_of_machine(i, 3, gpus)["CUDA_VISIBLE_DEVICES"] for i in range(3)]
    assert given == ["4", "7", "4"]


def test_cores_are_shared_unless_the_user_said_how(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    assert int(share_of_machine(0, 1000, [])["TF_NUM_INTRAOP_THREADS"]) == 1
    assert "TF_NUM_INTRAOP_THREADS" not in share_of_machine(0, 1, [])
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert "TF_NUM_INTRAOP_THREADS" not in share_of_machine(0, 1000, [])


def test_workers_that_cannot_begin_end_the_search(config_with, tmp_path):
    config = config_with()
    trial_folder = make_oracle(config, tmp_path).trial_folder
    pool = WorkerPool(config, "missing.yaml", tmp_path, ["worker0"], {}, trial_folder)
    pool.workers[0].command = ["sh", "-c", "echo no module; exit 3"]
    pool.start()
    with pytest.raises(WorkerFailure, match=r"3 times(.|\n)*status 3(.|\n)*no module"):
        for _ in range(100):
            pool.workers[0].process.wait()
            pool.poll()


def test_a_worker_killed_in_a_trial_leaves_its_reason(config_with, tmp_path):
    config = config_with()
    oracle = make_oracle(config, tmp_path)
    trial = oracle.create_trial("worker0")
    pool = WorkerPool(config, config.path, tmp_path, ["worker0"], {}, oracle.trial_folder)
    pool.workers[0].command = ["sleep", "60"]
    pool.start()
    (tmp_path / "workers" / "worker0.trial").write_text(trial.trial_id)
    pool.workers[0].process.kill()
    pool.workers[0].process.wait()
    assert pool.poll() == ["worker0"]
    assert oracle.collect() == [trial.trial_id]
    assert "SIGKILL" in oracle.trials[trial.trial_id].message
    assert pool.workers[0].process.poll() is None  # Started again.
    pool.stop()


def test_a_trial_that_takes_too_long_is_ended(config_with, tmp_path):
    config = config_with(("epochs: 2", "epochs: 2, minutes_per_trial: 0.0001"))
    oracle = make_oracle(config, tmp_path)
    trial = oracle.create_trial("worker0")
    pool = WorkerPool(config, config.path, tmp_path, ["worker0"], {}, oracle.trial_folder)
    pool.workers[0].command = ["sleep", "60"]
    pool.start()
    (tmp_path / "workers" / "worker0.trial").write_text(trial.trial_id)
    pool.poll()
    time.sleep(0.05)
    pool.poll()
    assert "longer than 0.0001 minutes" in oracle.trial_folder(trial.trial_id).result().reason
    pool.stop()


def test_a_workers_stop_is_safe_before_its_start(tmp_path):
    Worker("worker0", ["true"], {}, tmp_path).stop()


def test_a_silent_worker_of_another_machine_is_given_up(config_with, tmp_path, monkeypatch):
    oracle = make_oracle(config_with(), tmp_path)
    here, there = oracle.create_trial("worker0"), oracle.create_trial("far")
    lost = LostTrials(oracle, ["worker0"])
    assert lost.look() == []
    monkeypatch.setattr("keras_genae.tuning.workers.lost_trials.SECONDS_OF_SILENCE", -1.0)
    assert lost.look() == ["far"]
    assert oracle.collect() == [there.trial_id]
    assert here.trial_id in {trial.trial_id for trial in oracle.ongoing_trials.values()}


def test_the_role_in_a_cluster(monkeypatch):
    assert cluster_role() is None
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    with pytest.raises(ValueError, match="KERASTUNER_ORACLE_IP"):
        cluster_role()
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "8000")
    assert cluster_role() == "chief"
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "tuner3")
    assert cluster_role() == "worker"
