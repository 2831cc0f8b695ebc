"""Anomaly detection with a model of the zoo, behind scikit-learn's interface."""

import itertools
import json
import math
import numbers
import pathlib

import keras
import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.exceptions import NotFittedError

from keras_genae.anomaly.conformal import SplitConformal
from keras_genae.anomaly.scored_model import PARTS, SCORES, ScoredModel
from keras_genae.anomaly.scores import reconstruction_error
from keras_genae.anomaly.standardizer import Standardizer
from keras_genae.files import write_aside
from keras_genae.models import VAE

# Of training, where no number of epochs is given.
STEPS, MOST_EPOCHS = 1000, 50
# Of the dense VAE. Where anomalies are among the training data, a wide latent space learns them as
# well.
WIDTHS, FEATURES_PER_LATENT = (128, 64), 10
# Of the detector's own training: the share of examples left out, which are chosen so many times.
TRIM, ROUNDS = 0.2, 5
# Parts that each example is held out with one of, where one part would be too few.
FOLDS = 5
# Examples to train on, to scale scores with, and to calibrate with, at least.
FEWEST = 6
# Of what `save` writes. Detectors of images are the same in 1.
FORMAT = 2


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Learn what is normal, then say how odd an example is, how sure that is, and where.

    A score of a trained model, calibrated on normal data that were held out, so that `predict`
    keeps the rate of false alarms that it is asked for (see `SplitConformal`).

    Where the share held out is too small for `alpha` (with the defaults: below 190 examples), five
    models are trained, each without another fifth of the data, so that all examples calibrate:
    each is scored by the model that has not seen it. A new example gets the lowest of its five
    scores, which keeps the rate whatever the models have in common (jackknife-minmax; the rate is
    mostly lower than asked for). Training and scoring then take five times as long, which of so few
    data is soon done. `alpha` needs 1 / alpha − 1 examples even so.

    Arrays `(n, features)` without a `model` are taken for a table that nobody has cleaned. Its
    heavy tails are bent (`Standardizer`), its worst fifth is not learnt (`trim`), and of the three
    scores each sees what the others miss: the reconstruction error, features that do not go
    together; the latent density, such as go together but too far; the density of each feature by
    itself, a value that is rare and easy to reconstruct.

    NOTE scikit-learn's convention: `score_samples` and `decision_function` are HIGHER for NORMAL
    examples, and `predict` returns +1 for normal, -1 for anomalies. `anomaly_score` is higher for
    anomalies, as everywhere else in this package.

    Args:
        model: a compiled model of the zoo, which `fit` trains in place (where five are needed, it
            is the first, and the others start from its weights). By default a dense VAE is built
            for arrays `(n, features)`, which are then standardised on the way in.
        score: one of `SCORES`, or `"auto"`: `"normalized_error"` for images, the log of the
            reconstruction error less what complexity explains (`ComplexityNormalizer`);
            `"combined"` for vectors: the error, the latent density and the density of each feature
            by itself (`MarginalDensity`), by their ranks among normal data (`RankCombination`).
            Combined for images, it is the normalised error and the latent density.
        calibration: the share of the data that is held out of training; one half of it scales the
            scores, the other gives the p-values. Of five models each does without the first half
            and a fifth.
        alpha: the rate of false alarms that `predict` and `decision_function` keep.
        batch_size: of training and of scoring.
        verbose: as in Keras, of training and of scoring.
        seed: an int: which examples are held out. (The weights start from Keras's global seed:
            `keras.utils.set_random_seed`.)
        trim: the share of the training data, up to a half, that the model is not to learn: those
            that it reconstructs worst, chosen anew five times in the course of training, the first
            time before it. So anomalies among the data do not become normal by being learnt. By
            default a fifth for the detector's own VAE, and nothing for a `model`; 0 for data known
            to be clean.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> normal = rng.normal(size=(400, 1)) * [1.0, 2.0, -1.0] + rng.normal(0, 0.1, (400, 3))
    >>> detector = AnomalyDetector(verbose=0).fit(normal, epochs=5)
    >>> detector.predict(np.array([[0.5, 1.0, -0.5], [9.0, -9.0, 9.0]])).tolist()
    [1, -1]

    References:
        Vovk, "Cross-conformal Predictors", 2015; Barber et al., "Predictive Inference with the
        Jackknife+", 2021 (section 2.3: the minimum and maximum over the models left out);
        Bates et al., "Testing for Outliers with Conformal p-values", 2023;
        Shen & Sanghavi, "Learning with Bad Training Data via Iterative Trimmed Loss Minimization",
        2019 (`trim`).
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
        trim="auto",
    ):
        self.model = model
        self.score = score
        self.calibration = calibration
        self.alpha = alpha
        self.batch_size = batch_size
        self.verbose = verbose
        self.seed = seed
        self.trim = trim

    def fit(self, X, y=None, train=True, **fit_options):
        """Hold out a share of normal data, train on the rest, and calibrate.

        Args:
            X: array of normal examples `(n, *input_shape)`. A few anomalies among them do little
                harm but to make the detector careful (see `trim`).
            y: ignored, as scikit-learn has it.
            train: False keeps the weights of a model that is trained already; on other data than
                these, or the p-values mean nothing.
            **fit_options: for `model.fit`, such as `epochs` (by default as many as make 1000
                steps, at most 50) or `callbacks`. Trimmed, `model.fit` is called once for each
                choice of the examples, with the epochs up to the next.

        Returns:
            The detector.

        Raises:
            ValueError: on arguments or data that cannot be used, or too few of them for `alpha`;
                before training.
        """
        self._check_arguments(train, fit_options)
        X = self._as_examples(X)
        parts = self._parts(len(X))
        models = self._models(X.shape[1:], len(parts), train)
        members, scores = [], []
        for (training, reference, calibration), model in zip(parts, models, strict=True):
            standardizer = Standardizer().fit(X[training]) if self.model is None else None
            member = ScoredModel(model, self.score, self.batch_size, self.verbose, standardizer)
            if train:
                training = training[self._train(model, member.to_model(X[training]), fit_options)]
            members.append(member.fit(X[training], X[reference]))
            scores.append(self._calibration_scores(member, X, calibration, len(parts)))
        self._keep(members, SplitConformal().fit(np.concatenate(scores)))
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
        return self._columns_and_score(X)[1]

    def component_scores(self, X):
        """The scores that go into `anomaly_score`, before they are combined.

        Args:
            X: array `(n, *input_shape)`.

        Returns:
            Dict of name → float64 array `(n,)`, each higher for anomalies, in its own unit. Of five
            models, those of the one whose score counts.
        """
        columns = self._columns_and_score(X)[0]
        return dict(zip(self.members_[0].components, columns.T, strict=True))

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
        return np.mean([member.heat_map(X) for member in self.members_], axis=0)

    def save(self, folder):
        """Write model, calibration and arguments into a folder; `load` reads them back.

        Args:
            folder: made if need be; files of an earlier detector are replaced.
        """
        self._require_fit()
        folder = pathlib.Path(folder)
        for name, model in self._files().items():
            with write_aside(folder / name) as aside:
                model.save(aside)
        arrays = {
            f"{index}.{name}.{attribute}": value
            for index, member in enumerate(self.members_)
            for name, part in member.parts.items()
            for attribute, value in vars(part).items()
        }
        with write_aside(folder / "detector.npz") as aside:
            np.savez(aside, calibration=self.conformal_.calibration, **arrays)
        arguments = {name: value for name, value in self.get_params().items() if name != "model"}
        saved = {
            "format": FORMAT,
            "arguments": arguments,
            "model_was_given": self.model is not None,
            "models": list(self._files()),
            "fingerprints": [member.fingerprint for member in self.members_],
        }
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
            ValueError: for a detector of vectors that an earlier version saved.
        """
        folder = pathlib.Path(folder)
        saved = json.loads((folder / "detector.json").read_text())
        models = [keras.saving.load_model(folder / name) for name in saved["models"]]
        if saved.get("format", 1) < FORMAT and not models[0].is_image:
            raise ValueError(
                "An earlier version saved this detector, whose scores of vectors were made of "
                f"other parts. Fit it anew. Received: folder={str(folder)!r}"
            )
        detector = cls(models[0] if saved["model_was_given"] else None, **saved["arguments"])
        # Members that were calibrated without training share one model.
        models = models * (len(saved["fingerprints"]) // len(models))
        members = [
            ScoredModel(model, detector.score, detector.batch_size, detector.verbose)
            for model in models
        ]
        for member, text in zip(members, saved["fingerprints"], strict=True):
            member.fingerprint = text
        with np.load(folder / "detector.npz", allow_pickle=False) as arrays:
            for key in arrays.files:
                if key == "calibration":
                    continue
                index, name, attribute = key.split(".")
                part = members[int(index)].parts.setdefault(name, PARTS[name]())
                setattr(part, attribute, arrays[key])
            detector._keep(members, SplitConformal().fit(arrays["calibration"]))
        return detector

    def _keep(self, members, conformal):
        self.members_, self.conformal_ = members, conformal
        self.model_ = members[0].model
        # What `score_samples` falls below for anomalies.
        self.offset_ = -conformal.threshold(self.alpha)

    def _files(self):
        """File name → model, of the models that differ."""
        models = {id(member.model): member.model for member in self.members_}.values()
        return {
            "model.keras" if index == 0 else f"model_{index + 1}.keras": model
            for index, model in enumerate(models)
        }

    # Data.

    def _as_examples(self, X):
        X = as_array(X)
        if self.model is not None:
            self.model.check_examples(X)
            return X
        X = X.astype("float64")
        if X.ndim != 2 or not X.size or not np.isfinite(X).all():
            raise ValueError(
                "Without a `model` the detector takes finite numbers of shape (n, features); for "
                "images pass a model, such as `ConvVAE`. "
                f"Received: X.shape={X.shape}, {np.sum(~np.isfinite(X))} of them not finite"
            )
        return X

    def _parts(self, count):
        """For each model the rows to train on, to scale scores with, and to calibrate with."""
        order = np.random.default_rng(self.seed).permutation(count)
        held_out = round(self.calibration * count)
        references = held_out - held_out // 2
        is_enough = SplitConformal.alarms_among(held_out // 2, self.alpha)
        if is_enough and references >= FEWEST:
            folds = [order[count - held_out // 2 :]]
        else:
            folds = np.array_split(order[::-1], FOLDS)
            references = max(references, FEWEST)
        if not SplitConformal.alarms_among(sum(map(len, folds)), self.alpha):
            raise ValueError(
                f"With {count} examples no p-value falls below 1/{count + 1}, so that at this "
                "`alpha` nothing would ever be flagged. Bring "
                f"{SplitConformal.fewest(self.alpha)} or more, or allow more false alarms. "
                f"Received: {count} examples, alpha={self.alpha}"
            )
        parts = []
        for fold in folds:
            rest = order[~np.isin(order, fold)]
            training, reference = np.split(rest, [max(0, len(rest) - references)])
            parts.append([np.sort(part) for part in (training, reference, fold)])
        if min(len(parts[0][0]), len(parts[0][1])) < FEWEST:
            raise ValueError(
                "Too few examples to train on one part, to scale scores with another and to "
                f"calibrate with a third: the first two need {FEWEST} or more. "
                f"Received: {count} examples, calibration={self.calibration}"
            )
        return parts

    def _models(self, shape, count, train):
        if self.model is None:
            return [dense_model(shape[0], self.seed) for _ in range(count)]
        if not train:
            return [self.model] * count
        # Before the first is trained.
        return [self.model, *(copy_of(self.model) for _ in range(count - 1))]

    def _train(self, model, x, fit_options):
        """Train, and say which rows of `x` it was trained on."""
        count = math.ceil((1.0 - self._share_trimmed()) * len(x))
        steps_per_epoch = math.ceil(count / self.batch_size)
        options = {
            "epochs": min(math.ceil(STEPS / steps_per_epoch), MOST_EPOCHS),
            "initial_epoch": 0,
            "batch_size": self.batch_size,
            "verbose": self.verbose,
            **fit_options,
        }
        if count == len(x):
            model.fit(x, **options)
            return np.arange(count)
        first, last = options.pop("initial_epoch"), options.pop("epochs")
        rounds = max(1, min(ROUNDS, last - first))
        ends = [first + (last - first) * i // rounds for i in range(rounds + 1)]
        for begin, end in itertools.pairwise(ends):
            errors = reconstruction_error(model, x, self.batch_size, verbose=0)
            kept = np.sort(np.argsort(errors, kind="stable")[:count])
            model.fit(x[kept], initial_epoch=begin, epochs=end, **options)
        return kept

    def _share_trimmed(self):
        if self.trim == "auto":
            return TRIM if self.model is None else 0.0
        return self.trim

    def _calibration_scores(self, member, X, rows, folds):
        if folds == 1:
            return member.combine(member.columns(X[rows]))
        # Of a score that draws noise, an example meets that of its place: in folds by themselves
        # all would meet the noise of the first few places.
        return member.combine(member.columns(X))[rows]

    def _checked(self, X):
        self._require_fit()
        X = self._as_examples(X)
        if X.shape[1:] != self.model_.input_shape:
            raise ValueError(
                f"The detector was fitted to examples of shape {self.model_.input_shape}. "
                f"Received: X.shape={X.shape}"
            )
        return X

    def _columns_and_score(self, X):
        """Of each example the lowest score of all models, `(n,)`, and what it is made of."""
        X = self._checked(X)
        columns = np.stack([member.columns(X) for member in self.members_])
        pairs = zip(self.members_, columns, strict=True)
        scores = np.stack([member.combine(own) for member, own in pairs])
        lowest = np.argmin(scores, axis=0), np.arange(len(X))
        return columns[lowest], scores[lowest]

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
        if not 0.0 < self.alpha < 1.0:
            raise ValueError(f"`alpha` must lie between 0 and 1. Received: alpha={self.alpha}")
        is_share = isinstance(self.trim, numbers.Real) and 0.0 <= self.trim <= 0.5
        if self.trim != "auto" and not is_share:
            raise ValueError(
                "`trim` is 'auto' or the share of the data that is not learnt, from 0 to 0.5: more "
                f"than half of them are what is normal. Received: trim={self.trim!r}"
            )
        of_images = self.model is not None and self.model.is_image
        if self.score == "normalized_error" and not of_images:
            raise ValueError(
                "Complexity is that of an image; choose another score for vectors. "
                f"Received: score={self.score!r}"
            )
        if self.score == "marginal_density" and of_images:
            raise ValueError(
                "A density of each feature by itself is that of vectors; choose another score for "
                f"images. Received: score={self.score!r}"
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
        members = {id(member.model): member for member in self.members_}.values()
        if any(member.state() != member.fingerprint for member in members):
            raise ValueError(
                "The model has changed since the detector was fitted (trained further, quantised, "
                "another likelihood), so that its scores and its p-values no longer hold. "
                "Calibrate anew, with normal examples that the model has not seen: "
                "`detector.fit(X, train=False)`."
            )


def as_array(X):
    """An array of what came; a ValueError where it is none of numbers."""
    if hasattr(X, "toarray"):
        raise ValueError(
            "The detector takes dense arrays: `X = X.toarray()`. "
            f"Received: X of type {type(X).__name__}"
        )
    try:
        array = np.asarray(X)
        if array.dtype.kind not in "biufV":  # bfloat16 is of kind V.
            array = array.astype("float64")
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The detector takes an array, a list or a DataFrame of numbers `(n, ...)`. "
            f"Received: X of type {type(X).__name__}: {error}"
        ) from error
    if array.ndim < 2:
        raise ValueError(
            "The detector takes one row an example; for a single one write `X[None]`. "
            f"Received: X of type {type(X).__name__}, of shape {array.shape}"
        )
    return array


def copy_of(model):
    """A model with the same layers, weights and compilation, which shares none of them."""
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    twin.set_weights(model.get_weights())
    return twin


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
