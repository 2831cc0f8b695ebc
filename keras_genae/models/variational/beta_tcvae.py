"""The β-TCVAE."""

from keras import ops

from keras_genae.distributions import AggregatedPosterior
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + alpha · I(z; n) + beta · TC(z) + gamma · Σ KL(q(z_j) ‖ p(z_j))",
    use="disentangling, by pressure on dependence alone",
    paper="Chen et al. 2018",
)
class BetaTCVAE(VAE):
    """A VAE that takes the KL divergence apart, and makes only the dependence of units dear.

    Averaged over a data set of N examples n, with q(z) = 1/N Σ q(z|n), the KL is a sum of three:

        E KL(q(z|n) ‖ p(z)) = I_q(z; n) + KL(q(z) ‖ Π q(z_j)) + Σ KL(q(z_j) ‖ p(z_j)).

    Minimises −log p(x|z) + α · I_q(z; n) + β · TC + γ · Σ KL(q(z_j) ‖ p(z_j)), in nats per example:
    what codes know of the example, the total correlation of the units, and how far each unit is
    from its prior. With α = β = γ = 1 it is the VAE. `fit` logs the KL too, as `kl_loss`, which is
    not weighed.

    Choose it to disentangle where `BetaVAE` costs too much of the reconstruction.

    Limits: q(z) is estimated from the batch, see `keras_genae.distributions.AggregatedPosterior`:
    the estimates differ with the batch size, are biased in small ones and with many units, and take
    memory in the square of the batch. One example's three terms may be negative; their means over a
    data set are not. Independent units are not yet the factors one had in mind
    (Locatello et al., 2019): compare several seeds.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        dataset_size: N, how many examples the model is trained on; to be given before training.
        alpha: α, weight of `mutual_information_loss`.
        beta: β, weight of `total_correlation_loss`; 6, the paper's on its small shapes, by
            default. A callback may move it: see `KLAnnealing`.
        gamma: γ, weight of `dimension_wise_kl_loss`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from; on training without
            `dataset_size`.

    Example:

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> model = BetaTCVAE((16,), latent_dim=4, dataset_size=len(x), widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['dimension_wise_kl_loss', 'kl_loss', 'loss', 'mutual_information_loss',
     'reconstruction_loss', 'total_correlation_loss']

    Reference:
        Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018.
    """

    WHITENS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        dataset_size=None,
        alpha=1.0,
        beta=6.0,
        gamma=1.0,
        **kwargs,
    ):
        super().__init__(input_shape, latent_dim, beta=beta, free_bits=0.0, **kwargs)
        if dataset_size is not None:
            dataset_size = check_whole("dataset_size", dataset_size)
        self.dataset_size = dataset_size
        self.alpha = check_not_negative("alpha", alpha)
        self.gamma = check_not_negative("gamma", gamma)

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), and the three parts of it at z."""
        if self.dataset_size is None:
            raise ValueError(
                "`BetaTCVAE` estimates from each batch how the codes of all examples lie, and has "
                "to know how many there are: give `dataset_size=len(x)` of the training data to "
                "the constructor. Received: dataset_size=None"
            )
        aggregated = AggregatedPosterior(posterior, self.dataset_size, batch.sample_weight)
        log_posterior = posterior.log_prob(z)  # log q(z|n)
        log_aggregated = aggregated.log_prob(z)  # log q(z)
        log_product = ops.sum(aggregated.log_prob_per_unit(z), axis=-1)  # Σ log q(z_j)
        return {
            "kl_loss": posterior.kl(self.prior),
            "mutual_information_loss": log_posterior - log_aggregated,
            "total_correlation_loss": log_aggregated - log_product,
            "dimension_wise_kl_loss": log_product - self.prior.log_prob(z),
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        parts = ("mutual_information_loss", "total_correlation_loss", "dimension_wise_kl_loss")
        return ("reconstruction_loss", "kl_loss", *parts)

    @property
    def term_weights(self):
        """α, β and γ weigh the three parts; the KL itself is only logged."""
        return {
            "kl_loss": 0.0,
            "mutual_information_loss": self.alpha,
            "total_correlation_loss": self.beta,
            "dimension_wise_kl_loss": self.gamma,
        }

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["free_bits"]
        parts = {"dataset_size": self.dataset_size, "alpha": self.alpha, "gamma": self.gamma}
        return {**config, **parts}
