"""Optuna's multi-objective samplers behind a KerasTuner oracle."""

import keras_tuner as kt

from keras_genae.tuning.config.objectives import directions
from keras_genae.tuning.oracles.search_oracle import Status

# A generation of NSGA-II; a budget of twenty trials should see several.
LARGEST_POPULATION = 24
SMALLEST_POPULATION = 5
GENERATIONS = 4
# Drawing again what was tried already teaches nothing.
MOST_REPEATS = 20


class OptunaOracle(kt.Oracle):
    """Choose values by what all objectives said of the trials before.

    Args:
        config: `SearchConfig`.
        sampler: `"nsga2"` (a genetic algorithm) or `"tpe"` (a model of good and bad values).
        **kwargs: of `kt.Oracle`.

    Raises:
        ImportError: where Optuna is not installed.

    Reference:
        Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002;
        Ozaki et al., "Multiobjective tree-structured Parzen estimator", 2022.
    """

    def __init__(self, config, sampler, **kwargs):
        super().__init__(**kwargs)
        self.optuna = import_optuna()
        self.config = config
        self.items = config.space
        self.objectives = config.objectives
        self.sampler = sampler
        # The numbers Optuna gave to trials, by trial id.
        self.numbers = {}
        self.study = self._new_study(asked=0)

    def _new_study(self, asked):
        return self.optuna.create_study(
            sampler=self._make_sampler(asked), directions=self._directions()
        )

    def _directions(self):
        long_names = {"min": "minimize", "max": "maximize"}
        return [long_names[direction] for direction in directions(self.objectives)]

    def _make_sampler(self, asked):
        # A resumed search must not draw the numbers of its beginning again.
        seed = self.seed + asked
        budget = self.max_trials or 2 * LARGEST_POPULATION
        if self.sampler == "tpe":
            startup = max(SMALLEST_POPULATION, min(10, budget // GENERATIONS))
            return self.optuna.samplers.TPESampler(n_startup_trials=startup, seed=seed)
        population = budget // GENERATIONS
        population = max(SMALLEST_POPULATION, min(LARGEST_POPULATION, population))
        return self.optuna.samplers.NSGAIISampler(population_size=population, seed=seed)

    def populate_space(self, trial_id):
        """Ask the sampler for values that no trial has had; the start comes first."""
        start = self.config.start_values
        if start and not self.trials:
            self.study.enqueue_trial(
                {
                    item.name: as_asked(item, start[item.name])
                    for item in self.items
                    if item.name in start
                }
            )
        for _ in range(MOST_REPEATS):
            asked = self.study.ask()
            values = self._suggest(asked)
            if not self._was_tried(values):
                self.numbers[trial_id] = asked.number
                return {"status": Status.RUNNING, "values": values}
            self._repeat(asked, values)
        return {"status": Status.STOPPED, "values": None}

    def _was_tried(self, values):
        return any(trial.hyperparameters.values == values for trial in self.trials.values())

    def _repeat(self, asked, values):
        """Tell the sampler what it would have learnt from a repetition."""
        twin = next(t for t in self.trials.values() if t.hyperparameters.values == values)
        known = [twin.metrics.exists(name) for name in self.objectives]
        if twin.status == Status.COMPLETED and all(known):
            self.study.tell(asked.number, [self._value(twin, name) for name in self.objectives])
        else:
            self.study.tell(asked.number, state=self.optuna.trial.TrialState.FAIL)

    @staticmethod
    def _value(trial, name):
        return float(trial.metrics.get_best_value(name))

    def _suggest(self, asked):
        values = {}
        for item in self.items:
            if all(values.get(parent) in allowed for parent, allowed in item.when):
                values[item.name] = self._suggest_one(asked, item)
        return values

    @staticmethod
    def _suggest_one(asked, item):
        if item.kind == "choice":
            return asked.suggest_categorical(item.name, [item.label(v) for v in item.values])
        low, high = item.values
        if item.log and item.step:
            steps = log_steps(item)
            return steps[asked.suggest_int(item.name, 0, len(steps) - 1)]
        if item.kind == "int":
            return asked.suggest_int(item.name, low, high, step=item.step or 1, log=item.log)
        return asked.suggest_float(item.name, low, high, step=item.step, log=item.log)

    def learn(self, trial, result):
        """Tell the sampler how a trial ended."""
        states = self.optuna.trial.TrialState
        number = self.numbers[trial.trial_id]
        if trial.status == Status.COMPLETED:
            self.study.tell(number, [float(result.measures[n]) for n in self.objectives])
        else:
            state = states.PRUNED if result.status == "pruned" else states.FAIL
            self.study.tell(number, state=state)

    # Optuna's trials as JSON: its own storages are a database, or a file written in place.

    def get_state(self):
        """The oracle's state, the study's trials included."""
        trials = [self._to_json(trial) for trial in self.study.get_trials(deepcopy=False)]
        return {**super().get_state(), "study": trials, "numbers": self.numbers}

    def set_state(self, state):
        """Bring state and study back."""
        super().set_state(state)
        self.numbers = dict(state["numbers"])
        self.study = self._new_study(asked=len(state["study"]))
        for entry in state["study"]:
            self.study.add_trial(self._from_json(entry))

    def _to_json(self, trial):
        to_json = self.optuna.distributions.distribution_to_json
        return {
            "state": trial.state.name,
            "values": trial.values,
            "params": trial.params,
            "distributions": {k: to_json(v) for k, v in trial.distributions.items()},
            "system_attrs": dict(trial.system_attrs),
        }

    def _from_json(self, entry):
        from_json = self.optuna.distributions.json_to_distribution
        return self.optuna.trial.create_trial(
            state=self.optuna.trial.TrialState[entry["state"]],
            values=entry["values"],
            params=entry["params"],
            distributions={k: from_json(v) for k, v in entry["distributions"].items()},
            system_attrs=entry["system_attrs"],
        )


def log_steps(item):
    """The values of a logarithmic range with steps, which Optuna does not have."""
    low, high = item.values
    steps = []
    while low <= high * (1 + 1e-9):
        steps.append(low)
        low = low * item.step
    return steps


def as_asked(item, value):
    """A value as `_suggest_one` asks Optuna for it: of a range with steps, the step's number."""
    if not (item.kind != "choice" and item.log and item.step):
        return value
    return min(range(len(log_steps(item))), key=lambda i: abs(log_steps(item)[i] - value))


def import_optuna():
    """Optuna, or an ImportError with the line that installs it."""
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "The oracles `nsga2` and `tpe` need Optuna: `pip install keras_genae[tuning]`."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
