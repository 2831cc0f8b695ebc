"""All disentanglement scores of a latent space whose factors of variation are known."""

from keras_genae.evaluation.disentanglement.dci import dci
from keras_genae.evaluation.disentanglement.factor_vae_score import factor_vae_score
from keras_genae.evaluation.disentanglement.mig import mig
from keras_genae.evaluation.disentanglement.modularity import modularity
from keras_genae.evaluation.disentanglement.sap import sap


def disentanglement_scores(codes, factors, seed=0):
    """Measure how far latent units and known factors go together, one to one.

    The scores ask different things and often disagree; each function says what it asks. Differences
    between runs of one model with other seeds can be as large as those between models.

    Args:
        codes: latent vectors `(n, units)`, such as `model.encode(x)`; some thousands, at least 100
            and two units.
        factors: dict of name to values `(n,)`, as `keras_genae.datasets.draw_faces` returns; at
            least two, none constant. Floats are a scale; whole numbers, booleans and texts are
            classes.
        seed: of all draws.

    Returns:
        dict of `"mig"`, `"sap"`, `"modularity"`, `"factor_vae_score"`, `"dci_disentanglement"`,
        `"dci_completeness"` and `"dci_informativeness"` to a float in [0, 1], higher for the more
        disentangled (the last: for the better predicted).

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).normal(size=(1000, 2))
    >>> scores = disentanglement_scores(values, {"size": values[:, 0], "angle": values[:, 1]})
    >>> min(scores.values()) > 0.9
    True

    Reference:
        Locatello et al., "Challenging Common Assumptions in the Unsupervised Learning of
        Disentangled Representations", 2019.
    """
    return {
        "mig": mig(codes, factors),
        "sap": sap(codes, factors),
        "modularity": modularity(codes, factors),
        "factor_vae_score": factor_vae_score(codes, factors, seed),
        **{f"dci_{side}": score for side, score in dci(codes, factors, seed).items()},
    }
