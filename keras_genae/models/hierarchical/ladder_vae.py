"""The ladder VAE."""

from keras_genae.models.hierarchical.hierarchical_vae import HierarchicalVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.hierarchy import ladder_networks


@zoo_model(
    family="hierarchical",
    minimises="−log p(x|z) + beta · Σ_i KL(q(z_i|x, z_{i+1}) ‖ p(z_i|z_{i+1})), q ∝ N(μ̂, σ̂²) · p",
    use="several levels of vectors that are all in use",
    paper="Sønderby et al. 2016",
)
class LadderVAE(HierarchicalVAE):
    """Correct the prior of each level by what the data say: several levels that are all in use.

    A deterministic encoder goes up from x and says of each level N(μ̂_i, σ̂_i²). From the top down,
    p(z_i|z_{i+1}) = N(μ_p, σ_p²) by a network of z_{i+1}, and the posterior is the merge of both by
    their precisions, N(μ, σ²) ∝ N(μ̂_i, σ̂_i²) · N(μ_p, σ_p²):

        1/σ² = 1/σ̂_i² + 1/σ_p²,   μ = σ² (μ̂_i/σ̂_i² + μ_p/σ_p²);

    at the top it is N(μ̂_L, σ̂_L²), and p(z_L) = N(0, I). Minimises, in nats per example,
    −log p(x|z) + beta · Σ_i KL(q(z_i|x, z_{i+1}) ‖ p(z_i|z_{i+1})). `fit` logs the sum as
    `kl_loss`, and the levels as `kl_loss_0`, the top's, `kl_loss_1` and so on.

    How to train it: with a warm-up, `keras_genae.training.KLAnnealing(epochs=…)`, without which the
    upper levels fall silent early; `free_bits` help too.

    `encode` gives a list, one array `(n, d)` a level, the top first; `decode` takes it, or its
    first few. `reconstruct(x, levels=1)` shows what the top alone knows, `sample(9, fixed=z[:1])`,
    with the code of one example, what it leaves open.

    Choose it for vectors, or small images, where one level of latents is not enough. Its limits:
    networks are dense, one hidden layer a level, without the paper's batch normalisation; of
    images `DeepVAE` makes more. With few data the upper levels stay empty, whatever is done. There
    is no `fit_prior`, and networks of one's own are not taken.

    Args:
        input_shape: `(features,)`, or `(height, width, channels)`, which is flattened.
        latent_dim: entries of each level's code, from the data inwards; or one number for all.
        widths: units of the hidden layer of each level, from the data inwards: there are as many
            levels.
        beta: weight of the KL divergence. See `KLAnnealing`.
        free_bits: nats of KL that each level may spend for nothing.
        **kwargs: `likelihood`, `scale`, `seed`, `name`, `dtype` of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = LadderVAE((16,), latent_dim=(4, 2), widths=(32, 16), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'kl_loss_0', 'kl_loss_1', 'loss', 'reconstruction_loss']
    >>> z = model.encode(x)
    >>> [part.shape for part in z], model.sample(5, seed=0, fixed=[z[0][:1]]).shape
    ([(64, 2), (64, 4)], (5, 16))

    Reference:
        Sønderby et al., "Ladder Variational Autoencoders", 2016.
    """

    def __init__(
        self,
        input_shape=None,
        latent_dim=(64, 32, 16, 8, 4),
        widths=(512, 256, 128, 64, 64),
        network=None,
        **kwargs,
    ):
        if network not in (None, "mlp"):
            raise ValueError(
                "The networks of a ladder are dense: leave `network` out; a `DeepVAE` has "
                f"convolutions. Received: network={network!r}"
            )
        widths = check_widths(widths)
        is_one = not isinstance(latent_dim, (list, tuple))
        latent_dim = (latent_dim,) * len(widths) if is_one else latent_dim
        latent_dim = tuple(check_whole("latent_dim[i]", size) for size in latent_dim)
        if len(latent_dim) != len(widths):
            raise ValueError(
                "`latent_dim` and `widths` have one number for each level, from the data inwards. "
                f"Received: latent_dim={latent_dim}, widths={widths}"
            )
        super().__init__(input_shape, latent_dim, network="mlp", widths=widths, **kwargs)

    def check_latent_dim(self, latent_dim):
        """One number a level."""
        return latent_dim

    def make_networks(self, network, input_shape, latent_dim, widths, kernel_size, numbers):
        """Dense layers, up and down."""
        return ladder_networks(input_shape, latent_dim, widths, numbers, self.dtype_policy)
