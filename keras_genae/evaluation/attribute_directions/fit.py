"""The directions of a latent space along which attributes change, found from labelled examples."""

import numpy as np

from keras_genae.evaluation.attribute_directions.directions import AttributeDirections
from keras_genae.evaluation.attribute_directions.labels import check_labels
from keras_genae.evaluation.attribute_directions.separation import is_binary, regression, separation
from keras_genae.evaluation.requirements import require_vectors

# A unit that spreads by less than this share of the widest does not move, but for rounding.
LEAST_SPREAD = 1e-6
# Where the others leave a score less than this of its own, it is one of them by another name.
LEAST_OF_ITS_OWN = 0.05


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
    require_vectors(model, "fit_directions")
    labels = check_labels(labels, len(x))
    codes = model.encode(x, batch_size=batch_size, verbose=verbose).astype("float64")
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
    scores = regression().fit(inputs, targets).predict(inputs).reshape(targets.shape)
    _check_scores(scores, list(labels))
    scores = _standardise(scores)
    vectors = scores.T @ centred / len(codes)
    side_effects = scores.T @ scores / len(codes)
    if orthogonal:
        vectors, side_effects = _decorrelated(vectors, side_effects, list(labels))
    separations = {
        name: separation(inputs, target, label, seed)
        for (name, label), target in zip(labels.items(), targets.T, strict=True)
    }
    return AttributeDirections(
        model=model,
        names=tuple(labels),
        vectors=vectors,
        side_effects=side_effects,
        separation={name: float(np.mean(folds)) for name, folds in separations.items()},
        separation_deviation={name: float(np.std(folds)) for name, folds in separations.items()},
        measures={name: "AUROC" if is_binary(label) else "R²" for name, label in labels.items()},
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
