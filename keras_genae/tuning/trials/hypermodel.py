"""A search space as a `kt.HyperModel`, for any tuner."""

import keras
import keras_tuner as kt

import keras_genae.models as zoo
from keras_genae.tuning.config.arguments import model_and_training
from keras_genae.tuning.config.objectives import MEASURES
from keras_genae.tuning.config.space import declare
from keras_genae.tuning.trials.images import load_split
from keras_genae.tuning.trials.train import measure, train


class AutoencoderHyperModel(kt.HyperModel):
    """Builds and trains the models that a search may choose from.

    Args:
        config: `SearchConfig`, as `load_config` returns it.
        input_shape: of the images; by default that of the config's data, which are then loaded.

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
        """Shape of one image."""
        return self.given_input_shape or self.split[0].shape[1:]

    @property
    def split(self):
        """The config's training and validation images, loaded when first asked for."""
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

    def fit(self, hp, model, x=None, validation_data=None, epochs=None, callbacks=(), **kwargs):
        """Train a model and measure it.

        Args:
            hp: `kt.HyperParameters` that the model was built from.
            model: what `build` returned.
            x, validation_data: uint8 images; by default the config's data.
            epochs: by default the config's.
            callbacks: of `keras.Model.fit`, as tuners hand them over.
            **kwargs: other arguments of `keras.Model.fit`.

        Returns:
            Name → value of the objectives.
        """
        values = declare(hp, self.config.space)
        _, training = model_and_training(self.config, values)
        if x is None:
            x, validation_data = self.split
        seconds = train(
            model,
            x,
            validation_data,
            epochs=epochs or self.config.budget.epochs,
            batch_size=training["batch_size"],
            seed=self.config.seed,
            callbacks=list(callbacks),
            **kwargs,
        )
        measured = measure(model, validation_data, seconds)
        return {name: measured[name] for name in self.config.objectives}


def build_model(config, values, input_shape):
    """The compiled model that a trial's values stand for.

    Args:
        config: `SearchConfig`.
        values: name → value of the active hyperparameters, as KerasTuner holds them.
        input_shape: of one image.
    """
    arguments, training = model_and_training(config, values)
    model = getattr(zoo, config.model_class)(
        input_shape=tuple(input_shape), seed=config.seed, **arguments
    )
    model.compile(optimizer=keras.optimizers.Adam(training["learning_rate"]))
    return model
