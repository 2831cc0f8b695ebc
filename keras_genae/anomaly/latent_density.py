"""How far from all known codes an example lies."""

import math
import warnings

import numpy as np
from keras import ops

from keras_genae.evaluation.requirements import require_vectors
from keras_genae.priors.mixtures.gaussian_mixture import GaussianMixturePrior

# A component takes some codes to be fitted to; beyond so many, more make it no better.
CODES_PER_COMPONENT, MOST_CODES = 50, 10_000


class LatentDensity:
    """−log density of an example's code under a Gaussian mixture of codes of training, in nats.

    A decoder may render well what it never saw, from a place where no training example lies: the
    reconstruction error misses that, the density does not.

    The mixture is one of codes: of a VAE, of the means of the posteriors. `model.fit_prior` fits
    the aggregated posterior, which is right for samples; blurred by the width of the posteriors, it
    hides the gaps between codes. Nor does this change what `model.sample` draws from.

    `fit` it to the training data, then call it.

    Args:
        components: of the mixture, at most; 1 is a single normal distribution, which anomalies
            among the training data hardly move.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> model = genae.Autoencoder((4,), latent_dim=2, widths=(3,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    >>> near, far = LatentDensity().fit(model, x)(model, np.stack([x[0], 100 * x[0]]))
    >>> bool(near < far)
    True

    Reference:
        A mixture on the codes of an autoencoder: Zong et al., "Deep Autoencoding Gaussian Mixture
        Model for Unsupervised Anomaly Detection", 2018; there trained with the model, here after.
    """

    def __init__(self, components=10):
        self.components = components

    def fit(self, model, x, batch_size=128, verbose="auto"):
        """Fit a mixture to the codes of `x`.

        Args:
            model: a model of the zoo.
            x: array of normal examples `(n, *input_shape)`, two or more.
            batch_size, verbose: as in `model.encode`.

        Returns:
            This object.

        Raises:
            ValueError: on data of the wrong shape, dtype or range, or too few of them.
        """
        require_vectors(model, "LatentDensity")
        x = x[:: math.ceil(len(x) / MOST_CODES)]
        codes = model.encode(x, batch_size=batch_size, verbose=verbose)
        prior = GaussianMixturePrior(model.latent_dim)
        with warnings.catch_warnings():
            # Where one component is as good, one it is.
            warnings.filterwarnings("ignore", "On codes held out")
            most = min(self.components, max(1, len(codes) // CODES_PER_COMPONENT))
            prior.fit(codes, components=most)
        weights = prior.shares, prior.means, prior.spread
        if prior.is_normal:
            weights = np.ones(1), prior.gaussian.mean[None], prior.gaussian.cholesky[None]
        self.shares, self.means, self.spread = map(ops.convert_to_numpy, weights)
        return self

    def __call__(self, model, x, batch_size=128, verbose="auto"):
        """The score of each example, float32 `(n,)`, in nats."""
        prior = GaussianMixturePrior(model.latent_dim, components=len(self.shares))
        for name in ("shares", "means", "spread"):
            getattr(prior, name).assign(getattr(self, name))
        return -prior.log_prob(model.encode(x, batch_size=batch_size, verbose=verbose))
