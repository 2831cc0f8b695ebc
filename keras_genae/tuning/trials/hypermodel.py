"""A search space as a `kt.HyperModel`, for any tuner."""

import keras_tuner as kt

import keras_genae.models as zoo
from keras_genae.training import default_optimizer
from keras_genae.tuning.config.arguments import model_and_training
from keras_genae.tuning.config.objectives import MEASURES
from keras_genae.tuning.config.space import declare
from keras_genae.tuning.trials.examples import examples_of, load_split
from keras_genae.tuning.trials.train import Training, measure, stream
from keras_genae.tuning.trials.validation import Validation, comes_in_batches, split


class AutoencoderHyperModel(kt.HyperModel):
    """Builds and trains the models that a search may choose from.

    Args:
        config: `SearchConfig`, as `load_config` returns it.
        input_shape: of one example; by default that of the config's data, which are then loaded.

    Example:

    ```python
    config = tuning.load_config("tuner_configs/drawn_faces.yaml")
    hypermodel = tuning.AutoencoderHyperModel(config)
    tuner = kt.RandomSearch(hypermodel, hypermodel.objective, max_trials=5)
    tuner.search()                       # the config's data, or `search(x, validation_data=v)`
    ```
    """

    def __init__(self, config, input_shape=None):
        super().__init__()
        self.config = config
        self.given_input_shape = None if input_shape is None else tuple(input_shape)
        self._split = None

    @property
    def objective(self):
        """The quality, as a `kt.Objective`."""
        name = self.config.quality
        return kt.Objective(name, MEASURES[name].direction)

    @property
    def input_shape(self):
        """Shape of one example."""
        return self.given_input_shape or examples_of(self.split[0])[0].shape[1:]

    @property
    def split(self):
        """The config's training and validation examples, loaded when first asked for."""
        if self._split is None:
            self._split = load_split(self.config)
        return self._split

    def build(self, hp):
        """A compiled model.

        Args:
            hp: `kt.HyperParameters`.

        Returns:
            A model of the zoo.

        Raises:
            ValueError: where no model can be built from the values.
        """
        values = declare(hp, self.config.space)
        return build_model(self.config, values, self.input_shape)

    def fit(self, hp, model, x=None, y=None, **arguments):
        """Train a model, keep its best epoch, and measure it.

        Args:
            hp: `kt.HyperParameters` that the model was built from.
            model: what `build` returned.
            x, y: as of `keras.Model.fit`; by default the config's data.
            **arguments: all others of `keras.Model.fit`, as a user or a tuner hands them over.
                `epochs` and `batch_size` are the config's by default; `validation_data` or
                `validation_split` must be given with `x`.

        Returns:
            Name → value of the objectives at the best epoch, whose weights the model has then.

        Raises:
            ValueError: without validation data, or with arguments that contradict the config.
            keras_tuner.errors.FailedTrialError: where the training diverged.
        """
        values = declare(hp, self.config.space)
        batch_size = self._batch_size(values, arguments)
        arguments = {"epochs": self.config.budget.epochs, **arguments}
        callbacks = arguments.pop("callbacks", None) or []
        if x is None:
            validation = self._own_data(arguments, batch_size)
        else:
            validation = _given_data(x, y, arguments, batch_size)
        # A tuner may hand over a model that it has trained before.
        is_new = not hp.values.get("tuner/trial_id")
        untrained = None if is_new else build_model(self.config, values, self.input_shape)
        training = Training(model, validation, self.config.quality, untrained)
        seconds = training.fit(callbacks, **arguments)
        if training.divergence.reason:
            raise kt.errors.FailedTrialError(training.divergence.reason)
        training.best.restore(model)
        measured = measure(model, validation, seconds, training.best.logs)
        return {name: measured[name] for name in self.config.objectives}

    def _batch_size(self, values, arguments):
        _, training = model_and_training(self.config, values)
        given = arguments.pop("batch_size", None)
        if given is not None and "batch_size" in values:
            raise ValueError(
                "`batch_size` is a hyperparameter of this search. Leave the argument out, or take "
                f"it out of {self.config.path}. Received: batch_size={given}"
            )
        return given or training["batch_size"]

    def _own_data(self, arguments, batch_size):
        """Complete the arguments of `fit` by the config's data; the validation data."""
        given = {"validation_data", "validation_split"} & set(arguments)
        if given:
            raise ValueError(
                "Without `x` the search has its own data and its own validation data. Give `x` "
                f"too, or neither. Received: {', '.join(sorted(given))} without x"
            )
        first_epoch = arguments.get("initial_epoch", 0)
        own = stream(self.split, batch_size, self.config.seed, first_epoch)
        arguments.update({**own, **arguments})
        return Validation(self.split[1])


def _given_data(x, y, arguments, batch_size):
    """Complete the arguments of `fit` by the caller's data; the validation data."""
    share = arguments.pop("validation_split", 0.0)
    if arguments.get("validation_data") is None:
        if not share:
            raise ValueError(
                "The quality of a trial is measured on validation data. Give `validation_data` or "
                "`validation_split` with `x`. Received: neither"
            )
        (x, y), arguments["validation_data"] = split(x, y, share)
    data = arguments["validation_data"]
    validation = Validation(data, arguments.get("validation_steps"))
    arguments["validation_data"] = validation.for_fit
    arguments.update(x=x, y=y)
    if comes_in_batches(x):
        arguments.setdefault("shuffle", False)  # Keras cannot, and would warn.
    else:
        arguments["batch_size"] = batch_size
    return validation


def build_model(config, values, input_shape):
    """The compiled model that a trial's values stand for.

    Args:
        config: `SearchConfig`.
        values: name → value of the active hyperparameters, as KerasTuner holds them.
        input_shape: of one example.
    """
    arguments, training = model_and_training(config, values)
    model = getattr(zoo, config.model_class)(
        input_shape=tuple(input_shape), seed=config.seed, **arguments
    )
    model.compile(optimizer=default_optimizer(model, training["learning_rate"]))
    # Keras loads the state of an optimizer only into one that has some; Hyperband goes on with it.
    model.optimizer.build(model.trainable_variables)
    return model
