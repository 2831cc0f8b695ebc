"""The VAE whose prior is a mixture that clusters."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import NormalMixture
from keras_genae.models.vae import LOG_VAR_BOUND, VAE, bounded
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole
from keras_genae.priors.mixtures.gaussian_mixture import check_components
from keras_genae.priors.mixtures.vamp_mixture import density_of

# Added to the variances of the mixture that is fitted to codes, in shares of that of all codes.
SMALLEST_SHARE = 1e-3


@zoo_model(
    family="priors and posteriors",
    minimises="−log p(x|z) + beta · Σ_c γ_c [KL(q(z|x) ‖ p(z|c)) + log γ_c / π_c], γ_c = p(c|z)",
    use="clustering, generation by clusters",
    paper="Jiang et al. 2017",
)
class VaDE(VAE):
    """Cluster while learning the codes: the prior is a mixture of normals, one for each cluster.

    p(c) = π_c, p(z|c) = N(μ_c, diag(σ_c²)), all learned. Minimises, in nats per example,
    −log p(x|z) + beta · Σ_c γ_c [KL(q(z|x) ‖ p(z|c)) + log γ_c / π_c], with γ_c = p(c|z) at the
    draw z ~ q(z|x) in the place of q(c|x). `cluster(x)` gives the most probable cluster of each
    example.

    How to train it: from random codes the clusters fall into one, so begin with `pretrain(x)`, an
    autoencoder and a mixture fitted to its codes, and then `fit(x)`.

    Choose it to find groups in data without labels; `evaluation.cluster_accuracy` compares them
    with labels, where there are some.

    Its limits: clusters are what is easy to tell apart, not what one means by classes; results
    differ from seed to seed, and the number of clusters has to be said. Reported as `kl_loss` is
    the paper's bound, a little above `evaluation.rate`, which sums the clusters up exactly. No
    `free_bits`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        clusters: components of the prior.
        **kwargs: `beta` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> centers = 5.0 * np.repeat(np.eye(6)[:3], 30, axis=0)
    >>> x = (centers + rng.normal(size=(90, 6))).astype("float32")
    >>> model = VaDE((6,), latent_dim=2, clusters=3, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.pretrain(x, epochs=2, verbose=0)
    >>> history = model.fit(x, epochs=2, verbose=0)
    >>> model.cluster(x).shape
    (90,)

    Reference:
        Jiang et al., "Variational Deep Embedding: An Unsupervised and Generative Approach to
        Clustering", 2017.
    """

    WHITENS = False
    KL_IS_OF_UNITS = False

    def __init__(self, input_shape=None, latent_dim=None, clusters=10, **kwargs):
        self.clusters = check_whole("clusters", clusters)
        super().__init__(input_shape, latent_dim, **kwargs)
        shape = (self.clusters, self.latent_dim)
        self.logits = self.add_weight(
            name="logits", shape=shape[:1], initializer="zeros", dtype="float32"
        )
        self.means = self.add_weight(
            name="means",
            shape=shape,
            # A single cluster is the prior of the `VAE` at first.
            initializer=keras.initializers.RandomNormal(stddev=1.0) if shape[0] > 1 else "zeros",
            dtype="float32",
        )
        self.log_vars = self.add_weight(
            name="log_vars", shape=shape, initializer="zeros", dtype="float32"
        )

    @property
    def prior(self):
        """p(z) = Σ_c π_c · N(μ_c, diag(σ_c²))."""
        log_vars = bounded(ops.convert_to_tensor(self.log_vars), LOG_VAR_BOUND)
        return NormalMixture(ops.convert_to_tensor(self.means), log_vars, self.logits)

    def latent_terms(self, posterior, z, batch):
        """Σ_c γ_c [KL(q(z|x) ‖ p(z|c)) + log γ_c − log π_c]."""
        prior = self.prior
        log_joint = prior.log_joint(z)  # (batch, clusters)
        log_gamma = log_joint - ops.logsumexp(log_joint, axis=-1, keepdims=True)  # log p(c|z)
        each = type(posterior)(*[ops.expand_dims(part, 1) for part in posterior.parameters])
        costs = each.kl(prior.components) + log_gamma - prior.log_shares
        return {"kl_loss": ops.sum(ops.exp(log_gamma) * costs, axis=-1)}

    def cluster(self, x, batch_size=128, verbose="auto"):
        """The most probable cluster of each example, by p(c|z) at the mean of its posterior.

        Args:
            x, batch_size, verbose: as in `encode`.

        Returns:
            int array `(n,)`, from 0 to `clusters` − 1; the order has no meaning.
        """
        x = self.check_examples(x, is_target=False)
        return self.in_batches(self._gamma, x, batch_size, verbose).argmax(axis=1)

    def pretrain(self, x, *args, **kwargs):
        """Train as an autoencoder, beta = 0, and start the clusters from the codes.

        Args:
            x: array of training examples `(n, *input_shape)`.
            *args, **kwargs: of `fit`.

        Returns:
            What `fit` returns.
        """
        beta = float(ops.convert_to_numpy(self.beta))
        self.beta.assign(0.0)
        try:
            history = self.fit(x, *args, **kwargs)
        finally:
            self.beta.assign(beta)
        self.initialise(x)
        return history

    def initialise(self, x, seed=0):
        """Start the clusters as a mixture fitted to the codes of examples, by EM.

        Args:
            x: array of examples `(n, *input_shape)`.
            seed: of the start of EM.

        Raises:
            ValueError: on fewer examples than clusters, or data of the wrong shape, dtype or range.
        """
        from sklearn.mixture import GaussianMixture

        z = self.encode(x).astype("float64")
        check_components(self.clusters, len(z))
        mixture = GaussianMixture(
            self.clusters,
            covariance_type="diag",
            reg_covar=SMALLEST_SHARE * np.mean(np.var(z, axis=0)) + 1e-6,
            n_init=5,
            random_state=seed,
        ).fit(z)
        self.logits.assign(np.log(np.maximum(mixture.weights_, 1e-6)))
        self.means.assign(mixture.means_)
        self.log_vars.assign(np.log(mixture.covariances_))

    def own_density(self):
        """The mixture that the model is trained with, as it is now."""
        return density_of(self.prior)

    def _gamma(self, x):
        return self.prior.responsibilities(self.posterior(self.to_float(x)).mean)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "clusters": self.clusters}
