"""The mutual information gap."""

import numpy as np

from keras_genae.evaluation.disentanglement.factor_information import (
    factor_entropy,
    factor_information,
)


def mig(codes, factors):
    """Whether each factor is told by one unit alone: the mutual information gap.

    Of each factor, the information of the unit that tells most about it less that of the second,
    as a share of the factor's entropy; then the mean over factors. Two units that tell the same
    leave no gap.

    Args:
        codes, factors: as in `factor_information`, where the bins are described. The paper's code
            has bins of equal width for the units, here they are of equal counts.

    Returns:
        A float in [0, 1]: 1 where each factor is one unit's alone, about 0 for codes that know
        nothing.

    Raises:
        ValueError: as `factor_information`.

    Example:

    >>> import numpy as np
    >>> values = np.random.default_rng(0).integers(0, 4, size=(2000, 2))
    >>> factors = {"shape": values[:, 0], "color": values[:, 1]}
    >>> mig(values[:, ::-1], factors) > 0.99       # a copy, in another order
    True

    Reference:
        Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018,
        section 4.1.
    """
    ordered = np.sort(factor_information(codes, factors), axis=0)
    return float(np.mean((ordered[-1] - ordered[-2]) / factor_entropy(factors)))
