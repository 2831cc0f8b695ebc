"""A whole search: data, chief, workers, results."""

import json
import pathlib
import shutil
import time

from keras_genae.files import lock_folder, write_aside
from keras_genae.tuning.oracles.make_oracle import make_oracle
from keras_genae.tuning.results.progress import Progress
from keras_genae.tuning.results.results import Results
from keras_genae.tuning.trials.examples import SharedExamples, examples_of
from keras_genae.tuning.trials.preflight import check_models, check_split, known_input_shape
from keras_genae.tuning.workers.chief import ChiefThread, chief_environment
from keras_genae.tuning.workers.lost_trials import LostTrials
from keras_genae.tuning.workers.pool import WorkerPool
from keras_genae.tuning.workers.search_tuner import SearchTuner

SECONDS_BETWEEN_LOOKS = 0.2
# How long workers on other machines are given to hear that the search is over.
SECONDS_TO_SAY_GOODBYE = 20.0
# May differ when a search is resumed: how long to go on, and where things lie.
NOT_SETTINGS = {
    "budget": {"max_trials", "trials_per_process", "minutes_per_trial"},
    "data": {"path"},
}


class NothingToRecommend(ValueError):
    """No trial of a search completed."""


def run_search(config, output_dir, workers=1, max_trials=None, resume=True, say=None):
    """Search, or go on with a search, and leave its results in a folder.

    Args:
        config: `SearchConfig`.
        output_dir: the folder; made if need be.
        workers: how many processes of this machine train at once.
        max_trials: how many trials at most, those before a resume included; by default the
            config's.
        resume: whether to go on with what the folder holds.
        say: what takes each line of progress; `print` by default.

    Returns:
        The content of `summary.json`: dict of the front, the recommended trial, the hypervolume.

    Raises:
        ConfigError: where a model of the search cannot be built.
        NothingToRecommend: where no trial completed; the table says why for each.
        ValueError: where the folder holds another search, or is in use.
        RuntimeError: where workers cannot be started.
    """
    say = say or (lambda line: print(line, flush=True))
    shape = known_input_shape(config)
    if shape is not None:
        check_models(config, shape)
    folder = pathlib.Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(folder)
    try:
        _check_settings(config, folder, resume)
        return _search(config, folder, workers, max_trials, say)
    finally:
        lock.close()


def _search(config, folder, workers, max_trials, say):
    total = max_trials or config.budget.max_trials
    oracle = make_oracle(config, folder, total)
    oracle.reload()
    examples = SharedExamples(folder / "data")
    examples.prepare(config)
    split = examples.open()
    if known_input_shape(config) is None:
        check_models(config, examples_of(split[0])[0].shape[1:])
    check_split(config, split)
    _keep_settings(config, folder)
    results = Results(config, oracle, folder)
    results.reference.fix(split[1])
    progress = Progress(config, total, workers, say)
    for trial_id in oracle.end_order:
        progress.known(trial_id, oracle.trial_folder(trial_id).result())
    if progress.results:
        say(f"Going on after {len(progress.results)} trials.")
    started = time.perf_counter()
    if len(oracle.end_order) < total:
        _run_trials(config, folder, oracle, examples, workers, progress, results)
    results.write_table()
    if not results.completed:
        counts = f"{len(results.rows)} trials, none of which completed"
        raise NothingToRecommend(
            f"There is nothing to recommend: {_reasons(results)}. The table with every reason is "
            f"{folder / 'trials.csv'}. Received: {counts}"
        )
    summary = results.write_all(split[1], time.perf_counter() - started)
    examples.remove()
    return summary


def _reasons(results):
    reasons = [row["reason"] for row in results.rows if row["reason"]]
    if not reasons:
        return "no trial was run"
    commonest = max(set(reasons), key=reasons.count)
    return f"{reasons.count(commonest)} of {len(results.rows)} trials ended with: {commonest}"


def _run_trials(config, folder, oracle, examples, workers, progress, results):
    with chief_environment() as environment:
        names = [f"worker{place}" for place in range(workers)]
        chief = ChiefThread(SearchTuner(config, oracle, examples, folder))
        path = folder / "search.yaml"
        pool = WorkerPool(config, path, folder, names, environment, oracle.trial_folder)
        lost = LostTrials(oracle, names)
        try:
            pool.start()
            while not oracle.is_finished:
                time.sleep(SECONDS_BETWEEN_LOOKS)
                chief.check()
                _look_after(oracle, pool, lost)
                _tell(oracle, progress, results)
            chief.check()
            _say_goodbye(oracle, pool)
        finally:
            pool.stop()
        _tell(oracle, progress, results)


def _look_after(oracle, pool, lost):
    """Nothing waits for the dead: their trials end, and they are asked no more."""
    for name in (*pool.poll(), *lost.look()):
        oracle.forget(name)
    oracle.collect()


def _tell(oracle, progress, results):
    new = [trial_id for trial_id in list(oracle.end_order) if trial_id not in progress.results]
    for trial_id in new:
        progress.ended(trial_id, oracle.trial_folder(trial_id).result())
    if new:
        results.write_table()
        results.remove_beaten_models()


def _say_goodbye(oracle, pool):
    """Wait for the workers of other machines to ask once more and hear that it is over."""
    local = {worker.name for worker in pool.workers}
    until = time.monotonic() + SECONDS_TO_SAY_GOODBYE
    while set(oracle.tuner_ids) - local and time.monotonic() < until:
        time.sleep(SECONDS_BETWEEN_LOOKS)


def join_search(config, output_dir, workers, name, environment):
    """Train trials for a chief on another machine, until it has no more.

    Args:
        config: `SearchConfig`, the same as the chief's.
        output_dir: the chief's folder, on a disk that both see.
        workers: how many processes.
        name: `KERASTUNER_TUNER_ID` of this machine.
        environment: `KERASTUNER_ORACLE_IP` and `KERASTUNER_ORACLE_PORT`.
    """
    folder = pathlib.Path(output_dir)
    names = [name] if workers == 1 else [f"{name}-{place}" for place in range(workers)]
    # Only for where trials lie: the chief's oracle is the one that chooses.
    trial_folder = make_oracle(config, folder).trial_folder
    pool = WorkerPool(config, config.path, folder, names, environment, trial_folder)
    try:
        pool.start()
        while not pool.is_done:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            pool.poll()
    finally:
        pool.stop()


def settings_of(config):
    """What a resumed search must have in common with the one before, as JSON values."""
    return config.model_dump(mode="json", by_alias=True, exclude=NOT_SETTINGS)


def _check_settings(config, folder, resume):
    path = folder / "settings.json"
    if not path.exists():
        return
    if not resume:
        raise ValueError(
            f"{folder} already holds a search. Go on with it by --resume, choose another "
            "--output-dir, or remove the folder."
        )
    settings, before = settings_of(config), json.loads(path.read_text("utf-8"))
    changed = [name for name in settings if before.get(name) != settings[name]]
    if changed:
        name = changed[0]
        raise ValueError(
            f"The search in {folder} had other settings ({', '.join(changed)}). Resume with "
            f"the same ones, or choose another --output-dir. Received: {name}="
            f"{settings[name]!r}, which was {before.get(name)!r}"
        )


def _keep_settings(config, folder):
    """From now on the folder is this search's. Later would be too late, earlier would let a search
    without data keep the folder from the next try."""
    with write_aside(folder / "settings.json") as aside:
        aside.write_text(json.dumps(settings_of(config), indent=2) + "\n", "utf-8")
    # The file as it is now, for the workers: theirs must not change under a running search.
    with write_aside(folder / "search.yaml") as aside:
        shutil.copyfile(config.path, aside)
