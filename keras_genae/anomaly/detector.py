"""Anomaly detection with a model of the zoo, behind scikit-learn's interface."""

import json
import math
import pathlib

import keras
import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.exceptions import NotFittedError

from keras_genae.anomaly.complexity_normalizer import ComplexityNormalizer
from keras_genae.anomaly.conformal import SplitConformal
from keras_genae.anomaly.heat_map import HeatMap
from keras_genae.anomaly.latent_density import LatentDensity
from keras_genae.anomaly.likelihood_regret import likelihood_regret
from keras_genae.anomaly.rank_combination import RankCombination
from keras_genae.anomaly.scores import (
    negative_elbo,
    negative_log_likelihood,
    reconstruction_error,
    reconstruction_probability,
)
from keras_genae.anomaly.standardizer import Standardizer
from keras_genae.files import write_aside
from keras_genae.models import VAE

# Scores that need no more than the model.
FUNCTIONS = {
    "reconstruction_error": reconstruction_error,
    "reconstruction_probability": reconstruction_probability,
    "negative_elbo": negative_elbo,
    "negative_log_likelihood": negative_log_likelihood,
    "likelihood_regret": likelihood_regret,
}
SCORES = ("combined", "normalized_error", "latent_density", *FUNCTIONS)
# What `fit` learns besides the model.
PARTS = {
    "standardizer_": Standardizer,
    "latent_density_": LatentDensity,
    "complexity_": ComplexityNormalizer,
    "combination_": RankCombination,
    "conformal_": SplitConformal,
    "heat_map_": HeatMap,
}

# Of training, where no number of epochs is given.
STEPS, MOST_EPOCHS = 1000, 50
# Of the dense VAE. Where anomalies are among the training data, a wide latent space learns them as
# well; so does a mixture of more than one component.
WIDTHS, FEATURES_PER_LATENT = (128, 64), 10
COMPONENTS_OF_VECTORS = 1
LEAST_HELD_OUT = 6
TINY = 1e-12


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Learn what is normal, then say how odd an example is, how sure that is, and where.

    A score of a trained model, calibrated on normal data that were held out, so that `predict`
    keeps the rate of false alarms that it is asked for (see `SplitConformal`).

    NOTE scikit-learn's convention: `score_samples` and `decision_function` are HIGHER for NORMAL
    examples, and `predict` returns +1 for normal, -1 for anomalies. `anomaly_score` is higher for
    anomalies, as everywhere else in this package.

    Args:
        model: a compiled model of the zoo, which `fit` trains in place. By default a dense VAE is
            built for arrays `(n, features)`, which are then standardised on the way in.
        score: one of `SCORES`, or `"auto"`: `"normalized_error"` for images, the log of the
            reconstruction error less what complexity explains (`ComplexityNormalizer`);
            `"combined"` for vectors, the error and the latent density by their ranks among normal
            data (`RankCombination`). Combined for images, the error is the normalised one.
        calibration: the share of the data that is held out of training; one half of it scales the
            scores, the other gives the p-values.
        alpha: the rate of false alarms that `predict` and `decision_function` keep.
        batch_size: of training and of scoring.
        verbose: as in Keras, of training and of scoring.
        seed: an int: which examples are held out. (The weights start from Keras's global seed:
            `keras.utils.set_random_seed`.)

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> normal = rng.normal(size=(400, 1)) * [1.0, 2.0, -1.0] + rng.normal(0, 0.1, (400, 3))
    >>> detector = AnomalyDetector(verbose=0).fit(normal, epochs=5)
    >>> detector.predict(np.array([[0.5, 1.0, -0.5], [9.0, -9.0, 9.0]])).tolist()
    [1, -1]
    """

    def __init__(
        self,
        model=None,
        score="auto",
        calibration=0.2,
        alpha=0.05,
        batch_size=128,
        verbose="auto",
        seed=0,
    ):
        self.model = model
        self.score = score
        self.calibration = calibration
        self.alpha = alpha
        self.batch_size = batch_size
        self.verbose = verbose
        self.seed = seed

    def fit(self, X, y=None, train=True, **fit_options):
        """Hold out a share of normal data, train on the rest, and calibrate.

        Args:
            X: array of normal examples `(n, *input_shape)`. A few anomalies among them do little
                harm but to make the detector careful.
            y: ignored, as scikit-learn has it.
            train: False keeps the weights of a model that is trained already; on other data than
                these, or the p-values mean nothing.
            **fit_options: for `model.fit`, such as `epochs` (by default as many as make 1000
                steps, at most 50) or `callbacks`.

        Returns:
            The detector.

        Raises:
            ValueError: on arguments or data that cannot be used, or too few of them.
        """
        self._check_arguments(train, fit_options)
        X = self._as_examples(X)
        training, reference, calibration = self._split(X)
        self._prepare_model(training)
        training, reference, calibration = (
            self._to_model(part) for part in (training, reference, calibration)
        )
        if train:
            steps_per_epoch = math.ceil(len(training) / self.batch_size)
            defaults = {
                "epochs": min(math.ceil(STEPS / steps_per_epoch), MOST_EPOCHS),
                "batch_size": self.batch_size,
                "verbose": self.verbose,
            }
            self.model_.fit(training, **{**defaults, **fit_options})
        if "latent_density" in self.components_:
            components = (
                LatentDensity().components if self.model_.is_image else COMPONENTS_OF_VECTORS
            )
            self.latent_density_ = LatentDensity(components).fit(self.model_, training, verbose=0)
        if "normalized_error" in self.components_:
            self.complexity_ = ComplexityNormalizer().fit(reference, self._log_error(reference))
        if self.model_.is_image:
            self.heat_map_ = HeatMap().fit(self.model_, reference, verbose=0)
        if len(self.components_) > 1:
            self.combination_ = RankCombination().fit(self._columns(reference))
        self.conformal_ = SplitConformal().fit(self._score(calibration))
        self.offset_ = self._offset()
        return self

    def anomaly_score(self, X):
        """How odd each example is: HIGHER is more ANOMALOUS.

        Args:
            X: array `(n, *input_shape)`.

        Returns:
            float64 array `(n,)`, in the unit of the score; nats of surprise for `"combined"`.

        Raises:
            ValueError: before `fit`, or on data of the wrong shape, dtype or range.
        """
        return self._score(self._checked(X))

    def component_scores(self, X):
        """The scores that go into `anomaly_score`, before they are combined.

        Args:
            X: array `(n, *input_shape)`.

        Returns:
            Dict of name → float64 array `(n,)`, each higher for anomalies, in its own unit.
        """
        return dict(zip(self.components_, self._columns(self._checked(X)).T, strict=True))

    def score_samples(self, X):
        """Minus `anomaly_score`: HIGHER is more NORMAL, as scikit-learn has it."""
        return -self.anomaly_score(X)

    def decision_function(self, X):
        """`score_samples` less the threshold of `alpha`: negative for what `predict` flags."""
        return self.score_samples(X) - self.offset_

    def p_values(self, X):
        """How often normal data are as odd as this: float64 `(n,)`, see `SplitConformal`."""
        scores = self.anomaly_score(X)
        return self.conformal_.p_values(scores)

    def predict(self, X, alpha=None):
        """+1 for normal examples, -1 for anomalies.

        Args:
            X: array `(n, *input_shape)`.
            alpha: the rate of false alarms among normal data; by default the detector's own.

        Returns:
            int array `(n,)`.

        Raises:
            ValueError: before `fit`, on data of the wrong kind, or where `alpha` is too small for
                the number of calibration examples.
        """
        scores = self.anomaly_score(X)
        alpha = self.alpha if alpha is None else alpha
        return np.where(self.conformal_.is_anomaly(scores, alpha), -1, 1)

    def heat_map(self, X):
        """Where each image is odd: float32 `(n, height, width)`, 1 being usual. See `HeatMap`."""
        X = self._checked(X)
        if not self.model_.is_image:
            raise ValueError(
                "A heat map is that of an image. "
                f"Received: a detector of examples of shape {self.model_.input_shape}"
            )
        return self.heat_map_(self.model_, X, self.batch_size, self.verbose)

    def save(self, folder):
        """Write model, calibration and arguments into a folder; `load` reads them back.

        Args:
            folder: made if need be; files of an earlier detector are replaced.
        """
        self._require_fit()
        folder = pathlib.Path(folder)
        with write_aside(folder / "model.keras") as aside:
            self.model_.save(aside)
        arrays = {
            f"{name}.{attribute}": value
            for name in PARTS
            if hasattr(self, name)
            for attribute, value in vars(getattr(self, name)).items()
        }
        with write_aside(folder / "detector.npz") as aside:
            np.savez(aside, **arrays)
        arguments = {name: value for name, value in self.get_params().items() if name != "model"}
        saved = {"arguments": arguments, "model_was_given": self.model is not None}
        with write_aside(folder / "detector.json") as aside:
            aside.write_text(json.dumps(saved, indent=2) + "\n")

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote.

        Args:
            folder: the folder.

        Returns:
            A fitted `AnomalyDetector`.

        Raises:
            OSError: where there is no such folder, or a file of it is missing.
        """
        folder = pathlib.Path(folder)
        saved = json.loads((folder / "detector.json").read_text())
        model = keras.saving.load_model(folder / "model.keras")
        detector = cls(model if saved["model_was_given"] else None, **saved["arguments"])
        detector.model_ = model
        with np.load(folder / "detector.npz", allow_pickle=False) as arrays:
            for key in arrays.files:
                name, attribute = key.split(".")
                if not hasattr(detector, name):
                    setattr(detector, name, PARTS[name]())
                setattr(getattr(detector, name), attribute, arrays[key])
        detector.components_ = detector._components()
        detector.offset_ = detector._offset()
        return detector

    # Data.

    def _as_examples(self, X):
        if self.model is not None:
            X = np.asarray(X)
            self.model.check_examples(X)
            return X
        X = np.asarray(X, "float64")
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise ValueError(
                "Without a `model` the detector takes finite numbers of shape (n, features); for "
                "images pass a model, such as `ConvVAE`. "
                f"Received: X.shape={X.shape}, {np.sum(~np.isfinite(X))} of them not finite"
            )
        return X

    def _split(self, X):
        """Training, reference and calibration examples."""
        held_out = round(self.calibration * len(X))
        if held_out < LEAST_HELD_OUT or held_out > len(X) - LEAST_HELD_OUT:
            raise ValueError(
                f"Too few examples to train on one part and to calibrate with another: each needs "
                f"{LEAST_HELD_OUT} or more. "
                f"Received: {len(X)} examples, calibration={self.calibration}"
            )
        order = np.random.default_rng(self.seed).permutation(len(X))
        parts = np.split(order, [len(X) - held_out, len(X) - held_out // 2])
        return [X[np.sort(part)] for part in parts]

    def _prepare_model(self, training):
        if self.model is None:
            self.standardizer_ = Standardizer().fit(training)
            self.model_ = dense_model(training.shape[1], self.seed)
        else:
            self.model_ = self.model
        self.components_ = self._components()

    def _to_model(self, X):
        return self.standardizer_(X) if self.model is None else X

    def _checked(self, X):
        self._require_fit()
        X = self._as_examples(X)
        if X.shape[1:] != self.model_.input_shape:
            raise ValueError(
                f"The detector was fitted to examples of shape {self.model_.input_shape}. "
                f"Received: X.shape={X.shape}"
            )
        return self._to_model(X)

    # Scores.

    def _components(self):
        error = "normalized_error" if self.model_.is_image else "reconstruction_error"
        if self.score == "combined" or (self.score == "auto" and not self.model_.is_image):
            return (error, "latent_density")
        return (error if self.score == "auto" else self.score,)

    def _score(self, x):
        """The anomaly score of examples as the model takes them."""
        columns = self._columns(x)
        return self.combination_(columns) if len(self.components_) > 1 else columns[:, 0]

    def _columns(self, x):
        """The scores of each component, float64 `(n, components)`."""
        columns = [self._column(name, x) for name in self.components_]
        return np.stack(columns, axis=1).astype("float64")

    def _column(self, name, x):
        if name == "normalized_error":
            return self.complexity_(x, self._log_error(x))
        function = self.latent_density_ if name == "latent_density" else FUNCTIONS[name]
        return function(self.model_, x, batch_size=self.batch_size, verbose=self.verbose)

    def _log_error(self, x):
        # Errors spread in proportion to themselves.
        error = reconstruction_error(self.model_, x, self.batch_size, self.verbose)
        return np.log(error.astype("float64") + TINY)

    def _offset(self):
        """What `score_samples` falls below for anomalies; −∞ where `alpha` allows no alarm."""
        if not self.conformal_.alarms(self.alpha):
            return -math.inf
        return -self.conformal_.threshold(self.alpha)

    # Checks.

    def _check_arguments(self, train, fit_options):
        if self.score not in ("auto", *SCORES):
            raise ValueError(
                f"`score` must be 'auto' or one of {', '.join(map(repr, SCORES))}. "
                f"Received: score={self.score!r}"
            )
        if not 0.0 < self.calibration < 1.0:
            raise ValueError(
                "`calibration` is the share of the data held out of training, between 0 and 1. "
                f"Received: calibration={self.calibration}"
            )
        of_images = self.model is not None and self.model.is_image
        if self.score == "normalized_error" and not of_images:
            raise ValueError(
                "Complexity is that of an image; choose another score for vectors. "
                f"Received: score={self.score!r}"
            )
        if not train and self.model is None:
            raise ValueError("`train=False` needs a trained `model`. Received: model=None")
        if not train and fit_options:
            raise ValueError(
                "Options of training say nothing with `train=False`. "
                f"Received: {', '.join(fit_options)}"
            )

    def _require_fit(self):
        if not hasattr(self, "conformal_"):
            raise NotFittedError("The detector has not been fitted yet: call `fit` first.")


def dense_model(features, seed=0):
    """The dense VAE for arrays of so many features, compiled.

    Args:
        features: how many.
        seed: of its noise.

    Returns:
        A `VAE` with a latent variable for every ten features, two at least.
    """
    latent_dim = max(2, features // FEATURES_PER_LATENT)
    model = VAE((features,), latent_dim=latent_dim, widths=WIDTHS, seed=seed)
    model.compile(optimizer="adam")
    return model
