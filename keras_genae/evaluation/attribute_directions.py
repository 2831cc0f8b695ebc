"""Directions of a latent space along which one attribute changes: a smile, glasses, age."""

import dataclasses
import json
import pathlib
import typing

import numpy as np
from keras import ops

from keras_genae.files import write_aside

FOLDS = 5
# From nearly no ridge to one that leaves next to nothing; cross-validation chooses.
PENALTIES = np.logspace(-2, 4, 7)
# A unit that spreads by less than this share of the widest does not move, but for rounding.
LEAST_SPREAD = 1e-6
# Where the others leave a score less than this of its own, it is one of them by another name.
LEAST_OF_ITS_OWN = 0.05


@dataclasses.dataclass(frozen=True, eq=False)
class AttributeDirections:
    """Edit examples along directions of the latent space, as `fit_directions` finds them.

    One unit along a direction is one standard deviation of the codes of real data in that
    direction: ±1 is common, ±2 rare, beyond ±3 the decoder is asked for what it has not seen.

    Attributes:
        model: the autoencoder whose latent space it is.
        names: of the attributes, k of them.
        vectors: float64 `(k, latent_dim)`, one unit along each direction.
        side_effects: float64 `(k, k)`. Row i: by how many of its standard deviations the predicted
            score of each attribute changes where the code moves one unit along direction i.
        separation: name → how well the codes tell the attribute, on examples that were not fitted:
            the mean over 5 folds. Near chance the codes do not know the attribute, and its
            direction means nothing.
        separation_deviation: name → the standard deviation of that over the folds.
        measures: name → what `separation` is: `"AUROC"` (0.5 is chance, 1 perfect) of an attribute
            with two values, `"R²"` (0 is chance, 1 perfect) of one with more.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((6,), latent_dim=3, widths=(8,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")
    >>> directions = fit_directions(model, x, {"first": x[:, 0] > 0, "second": x[:, 1]})
    >>> directions.edit_strip(x[:4], "first", [-2, 0, 2]).shape
    (4, 3, 6)
    """

    model: typing.Any
    names: tuple
    vectors: np.ndarray
    side_effects: np.ndarray
    separation: dict
    separation_deviation: dict
    measures: dict

    @property
    def total_side_effects(self):
        """Name → Σ |change| of all other attributes' scores, for one unit: 0 moves nothing else."""
        of_others = self.side_effects - np.diag(np.diag(self.side_effects))
        return dict(zip(self.names, np.abs(of_others).sum(axis=1).tolist(), strict=True))

    def edit(self, x, name, amount, keep_detail=False):
        """Move examples along the direction of one attribute.

        Args:
            x: one example of shape `input_shape`, or a batch `(n, *input_shape)`.
            name: of the attribute.
            amount: how far, in units of the direction; negative for less of it.
            keep_detail: add the change to `x` itself, x + decode(z + δ) − decode(z), so that what
                the reconstruction loses stays, and at amount 0 it is `x`. Sharper, but what stays
                hides the edit: glasses that the model hardly draws cannot be taken off. By default
                decode(z + δ), what the model draws of the edited code; at amount 0 the
                reconstruction.

        Returns:
            float32 array of the shape of `x`, images in [0, 1].

        Raises:
            ValueError: on an unknown name, or data of the wrong shape, dtype or range.
        """
        strip = self.edit_strip(x, name, [amount], keep_detail)
        return strip.reshape(np.shape(x))

    def edit_strip(self, x, name, amounts, keep_detail=False):
        """Move examples along the direction of one attribute, by several amounts.

        Args:
            x, name, keep_detail: as in `edit`.
            amounts: k numbers.

        Returns:
            float32 array `(n, k, *input_shape)`, or `(k, *input_shape)` for a single example.

        Raises:
            ValueError: as `edit`.
        """
        vector = self.vectors[self._index(name)]
        amounts = np.asarray(amounts, "float64")
        x, is_single = self.model.as_batch(x)
        z = self.model.encode(x)
        moved = z[:, None] + amounts[:, None] * vector
        edited = self.model.decode_nested(moved.astype("float32"), is_single=False)
        if keep_detail:
            lost = ops.convert_to_numpy(self.model.to_float(x)) - self.model.decode(z)
            edited += lost[:, None]
            if self.model.is_image:
                np.clip(edited, 0.0, 1.0, out=edited)
        return edited[0] if is_single else edited

    def save(self, path):
        """Write all but the model as JSON.

        Args:
            path: the file; its folder is made if need be.

        Raises:
            OSError: where it cannot be written.
        """
        contents = {
            "names": self.names,
            "vectors": self.vectors.tolist(),
            "side_effects": self.side_effects.tolist(),
            "separation": self.separation,
            "separation_deviation": self.separation_deviation,
            "measures": self.measures,
        }
        with write_aside(path) as aside:
            aside.write_text(json.dumps(contents, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path, model):
        """Read what `save` wrote.

        Args:
            path: the file.
            model: the model that the directions were fitted with.

        Returns:
            `AttributeDirections`.

        Raises:
            OSError: where the file cannot be read.
            ValueError: where it holds something else, or directions of another latent space.
        """
        try:
            contents = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
            contents["names"] = tuple(contents["names"])
            for name in ("vectors", "side_effects"):
                contents[name] = np.array(contents[name], "float64")
            directions = cls(model=model, **contents)
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "The file does not hold attribute directions, as `AttributeDirections.save` writes "
                f"them. Received: path={str(path)!r} ({type(error).__name__}: {error})"
            ) from error
        expected = (len(directions.names), model.latent_dim)
        if directions.vectors.shape != expected:
            raise ValueError(
                f"The directions belong to a model with another latent space than this one, whose "
                f"`latent_dim` is {model.latent_dim}. "
                f"Received: path={str(path)!r}, vectors of shape {directions.vectors.shape}"
            )
        return directions

    def _index(self, name):
        if name not in self.names:
            raise ValueError(
                f"There is no direction of that name. The names are: {', '.join(self.names)}. "
                f"Received: name={name!r}"
            )
        return self.names.index(name)


def fit_directions(model, x, labels, orthogonal=False, batch_size=128, verbose="auto", seed=0):
    """Find the direction of each attribute in the model's latent space, to edit examples along it.

    A linear score of the codes, s = w·z, is fitted to each attribute: ridge regression, which for
    an attribute of two values is the linear discriminant. The weights w are a filter: they tell how
    to read the attribute, and lean on whatever cancels the rest. Codes of real data do not spread
    along them. Moved along instead is the pattern, Cov(z, s) / sd(s): how codes change on average
    where the score is one standard deviation higher. It is the likeliest change of that size (the
    shortest in units of the codes' covariance, exactly one standard deviation long).

    Args:
        model: a trained autoencoder.
        x: examples `(n, *input_shape)`, as `model.encode` takes them; some hundreds or more.
        labels: dict of attribute's name to `(n,)` numbers. Of two values (such as booleans) the
            larger means that the attribute is there; of more, that there is more of it.
        orthogonal: take out of each direction what changes the scores of the others: a beard
            without the age that comes with it in the data. The unit stays one standard deviation of
            the codes, in which the attribute itself now changes by less: see the diagonal of
            `side_effects`.
        batch_size, verbose: as in `model.encode`.
        seed: of the cross-validation's folds.

    Returns:
        `AttributeDirections`.

    Raises:
        ValueError: on labels that are not as many as the examples, not finite, all the same, or
            with fewer than 5 examples of one of two values; on codes that are all the same, or have
            nothing to do with an attribute; with `orthogonal`, on an attribute that follows from
            the others.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((6,), latent_dim=3, widths=(8,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")
    >>> directions = fit_directions(model, x, {"first": x[:, 0] > 0, "second": x[:, 1]})
    >>> directions.names, directions.edit(x[:4], "first", +2).shape
    (('first', 'second'), (4, 6))

    References:
        Haufe et al., "On the interpretation of weight vectors of linear models in multivariate
        neuroimaging", 2014 (filters and patterns);
        Shen et al., "Interpreting the Latent Space of GANs for Semantic Face Editing", 2020,
        section 3 (`orthogonal`, there called conditional manipulation).
    """
    labels = _check_labels(labels, len(x))
    codes = model.encode(x, batch_size, verbose).astype("float64")
    centred = codes - codes.mean(axis=0)
    if not centred.any():
        raise ValueError(
            "The model gives all examples the same code, so that no direction tells them apart. "
            "Train it first, or pass examples that differ. "
            f"Received: {len(codes)} examples"
        )
    # `(n, latent_dim)`, `(n, k)` and `(n, k)`: columns of mean 0 and variance 1.
    spread = codes.std(axis=0)
    inputs = centred / np.where(spread > LEAST_SPREAD * spread.max(), spread, np.inf)
    targets = _standardise(np.stack(list(labels.values()), axis=1))
    # Of a single attribute scikit-learn predicts `(n,)`.
    scores = _regression().fit(inputs, targets).predict(inputs).reshape(targets.shape)
    _check_scores(scores, list(labels))
    scores = _standardise(scores)
    vectors = scores.T @ centred / len(codes)
    side_effects = scores.T @ scores / len(codes)
    if orthogonal:
        vectors, side_effects = _decorrelated(vectors, side_effects, list(labels))
    separations = {
        name: _separation(inputs, target, label, seed)
        for (name, label), target in zip(labels.items(), targets.T, strict=True)
    }
    return AttributeDirections(
        model=model,
        names=tuple(labels),
        vectors=vectors,
        side_effects=side_effects,
        separation={name: float(np.mean(folds)) for name, folds in separations.items()},
        separation_deviation={name: float(np.std(folds)) for name, folds in separations.items()},
        measures={name: "AUROC" if _is_binary(label) else "R²" for name, label in labels.items()},
    )


def _decorrelated(vectors, correlations, names):
    """Combine directions so that each moves no other's score; with the side effects that remain.

    The sum Σ c_j δ_j changes the scores by R c, R being their correlations, and is √(c' R c)
    standard deviations long. So c = R⁻¹ e_i, over its length, which is √(R⁻¹)_ii.
    """
    # A trace of ridge, so that the inverse exists and what follows from others can be named.
    inverse = np.linalg.inv(correlations + 1e-9 * np.eye(len(names)))
    own = 1.0 / np.sqrt(np.diag(inverse))
    if own.min() < LEAST_OF_ITS_OWN:
        named = [name for name, rest in zip(names, own, strict=True) if rest < LEAST_OF_ITS_OWN]
        raise ValueError(
            "To the model these attributes say the same, or one follows from the others, so that "
            "none can change alone. Leave one of them out. "
            f"Received: {', '.join(named)}"
        )
    return own[:, None] * (inverse @ vectors), np.diag(own)


def _separation(inputs, target, label, seed):
    """AUROC or R² of the scores predicted for each fold from the others, `(FOLDS,)`.

    The AUROC is of one fold at a time: each has a regression of its own, and scores of two do not
    compare. What is left out is on average the other way round from what is fitted, so that scores
    of all folds together would rank labels without any meaning below chance. For the same reason
    each fold has its share of a rare value.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import KFold, StratifiedKFold

    is_binary = _is_binary(label)
    folds = (StratifiedKFold if is_binary else KFold)(FOLDS, shuffle=True, random_state=seed)
    skills = []
    for train, test in folds.split(inputs, label if is_binary else None):
        score = _regression().fit(inputs[train], target[train]).predict(inputs[test])
        skills.append(
            roc_auc_score(label[test] == label.max(), score)
            if is_binary
            # The variance is that of all labels, 1: a fold may hold a few equal ones.
            else 1.0 - np.mean(np.square(target[test] - score))
        )
    return np.array(skills)


def _regression():
    """Of one attribute, or of several at once, each with the penalty that suits it."""
    from sklearn.linear_model import RidgeCV

    return RidgeCV(PENALTIES, alpha_per_target=True)


def _check_scores(scores, names):
    """Raise a ValueError where the codes do not tell an attribute at all: its score is constant."""
    constant = scores.std(axis=0) < LEAST_SPREAD
    if constant.any():
        named = [name for name, is_flat in zip(names, constant, strict=True) if is_flat]
        raise ValueError(
            "The codes have nothing to do with these attributes, so that there is no direction "
            f"along which they change. Leave them out. Received: {', '.join(named)}"
        )


def _standardise(columns):
    return (columns - columns.mean(axis=0)) / columns.std(axis=0)


def _is_binary(label):
    return len(np.unique(label)) == 2


def _check_labels(labels, count):
    """`labels` as dict of name to float64 `(n,)`, or a ValueError that says what is wrong."""
    if not labels:
        raise ValueError("`labels` must hold at least one attribute. Received: labels={}")
    return {str(name): _check_label(str(name), label, count) for name, label in labels.items()}


def _check_label(name, label, count):
    label = np.asarray(label)
    if label.shape != (count,) or label.dtype.kind not in "buif":
        raise ValueError(
            f"The labels of an attribute must be numbers or booleans of shape ({count},), one for "
            f"each example. Received: labels[{name!r}] of shape {label.shape}, type {label.dtype}"
        )
    label = label.astype("float64")
    if not np.isfinite(label).all():
        raise ValueError(
            "Labels must be finite numbers. Leave out the examples whose label is not known. "
            f"Received: labels[{name!r}] with {np.sum(~np.isfinite(label))} that are not"
        )
    values, counts = np.unique(label, return_counts=True)
    if count and len(values) == 1:
        raise ValueError(
            "An attribute that all examples share has no direction. Leave it out. "
            f"Received: labels[{name!r}], all {values[0]:g}"
        )
    if count < 2 * FOLDS or (len(values) == 2 and counts.min() < FOLDS):
        raise ValueError(
            f"An attribute of two values needs at least {FOLDS} examples of each, one of more "
            f"values {2 * FOLDS} examples. "
            f"Received: labels[{name!r}], {count} examples, the fewest of a value "
            f"{counts.min(initial=count)}"
        )
    return label
