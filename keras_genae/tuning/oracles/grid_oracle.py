"""Every combination, once."""

import itertools

import keras_tuner as kt

from keras_genae.tuning.oracles.search_oracle import Status


class GridOracle(kt.Oracle):
    """Try all combinations, those of the first hyperparameter's first value first.

    KerasTuner's own grid keeps its place in memory only: resumed, it ends at once. This one asks
    which combinations have been tried, and takes the next. Of a range without a step, KerasTuner's
    ten values are taken.
    """

    def populate_space(self, trial_id):
        """The first combination that no trial has had."""
        tried = {self._key(trial.hyperparameters.values) for trial in self.trials.values()}
        for values in self._combinations():
            if self._key(values) not in tried:
                return {"status": Status.RUNNING, "values": values}
        return {"status": Status.STOPPED, "values": None}

    def _combinations(self):
        space = self.get_space().space
        for combination in itertools.product(*(list(hp.values) for hp in space)):
            values = kt.HyperParameters()
            for hp, value in zip(space, combination, strict=True):
                values.merge([hp])
                if values.is_active(hp):
                    values.values[hp.name] = value
            yield {hp.name: values.values[hp.name] for hp in space if values.is_active(hp)}

    @staticmethod
    def _key(values):
        return tuple(sorted((name, repr(value)) for name, value in values.items()))
