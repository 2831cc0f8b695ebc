"""A deep hierarchical VAE of images."""

import math

from keras_genae.models.hierarchical.hierarchical_vae import HierarchicalVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_widths
from keras_genae.networks.hierarchy import deep_networks
from keras_genae.networks.hierarchy.deep import check_levels


@zoo_model(
    family="hierarchical",
    minimises="−log p(x|z) + beta · Σ_i KL(q(z_i|x, z_<i) ‖ p(z_i|z_<i)), maps from coarse to fine",
    use="images: the highest log p(x), samples from coarse to fine",
    paper="Child 2021",
)
class DeepVAE(HierarchicalVAE):
    """Many levels of maps, from coarse to fine: a very deep VAE made small.

    The encoder makes smaller and smaller maps of the image. The decoder begins at the smallest with
    p(z_0) = N(0, I), and keeps a stream h of maps. Each level has a residual block that gives
    p(z_i|z_<i) of h, one that gives q(z_i|x, z_<i) of h and the encoder's maps of that size, and
    one that goes on when z_i has been added to h; from size to size each number of h is repeated,
    and a learned map added. Minimises, in nats per example,

        −log p(x|z) + beta · Σ_i KL(q(z_i|x, z_<i) ‖ p(z_i|z_<i)),

    or with `free_bits` λ the sum of max(KL_i, λ). `fit` logs the sum as `kl_loss`, and the levels
    as `kl_loss_0`, the top's, `kl_loss_1` and so on. A step whose gradient is not finite, or has a
    norm above `skip_above`, is left out, as in the paper; `skipped_steps` counts them.

    `encode` gives a list, one array `(n, height, width, latent_dim)` a level, the top first;
    `decode` takes it, or its first few. `reconstruct(x, levels=3)` shows what the first three
    levels know, `sample(9, fixed=z[:3])`, with codes of one example, what they leave open.

    Choose it for densities of images, and for samples whose coarse and fine can be taken apart.
    Its limits: many small layers, so that a step takes several times that of a `ConvVAE`, and the
    first one some seconds for each level; codes are maps, no vector to cluster by; how the rate is
    spread over the levels depends on the run. There is no `fit_prior`, and networks of one's own
    are not taken. The loss of a step that is left out is in the mean that is logged.

    Args:
        input_shape: `(height, width, channels)`, height and width from 8 up.
        latent_dim: channels of each level's code.
        widths: channels of the maps of each size, from the image inwards; each size is half the one
            before, the first a quarter of an image from 48 up.
        levels: how many levels there are at each size, from the image inwards; or one number for
            all. 0 is possible but at the last, the smallest.
        skip_above: the norm of the gradient above which a step is left out, in nats per example,
            far above what is usual: norms of a few thousand are, at first and with a small σ. By
            default only steps whose gradient is not finite are left out.
        beta: weight of the KL divergence. See `KLAnnealing`.
        free_bits: nats of KL that each level may spend for nothing.
        **kwargs: `likelihood`, `scale`, `seed`, `name`, `dtype` of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = DeepVAE((8, 8, 1), latent_dim=2, widths=(4,), levels=2, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((32, 8, 8, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> z = model.encode(x)
    >>> [part.shape for part in z], model.sample(5, seed=0, fixed=[z[0][:1]]).shape
    ([(32, 4, 4, 2), (32, 4, 4, 2)], (5, 8, 8, 1))

    Reference:
        Child, "Very Deep VAEs Generalize Autoregressive Models and Can Outperform Them on Images",
        2021.
    """

    def __init__(
        self,
        input_shape=None,
        latent_dim=16,
        widths=(32, 64, 128),
        levels=2,
        skip_above=None,
        network=None,
        **kwargs,
    ):
        if network not in (None, "conv"):
            raise ValueError(
                "The networks of a deep hierarchy are convolutional: leave `network` out; a "
                f"`LadderVAE` has dense ones. Received: network={network!r}"
            )
        if skip_above is not None and not 0.0 < skip_above < math.inf:
            raise ValueError(
                "`skip_above` must be a finite number above 0, or None for no bound. "
                f"Received: skip_above={skip_above}"
            )
        widths = check_widths(widths)
        self.levels = check_levels(levels, len(widths))
        self.skip_above = math.inf if skip_above is None else float(skip_above)
        super().__init__(input_shape, latent_dim, network="conv", widths=widths, **kwargs)
        self.skipped_steps = self.add_weight(
            name="skipped_steps",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def make_networks(self, network, input_shape, latent_dim, widths, kernel_size, numbers):
        """Residual blocks, up and down."""
        if kernel_size is not None:
            raise ValueError(
                "The sizes of the convolutions of a deep hierarchy are fixed: leave `kernel_size` "
                f"out. Received: kernel_size={kernel_size}"
            )
        return deep_networks(
            input_shape, latent_dim, widths, self.levels, numbers, self.dtype_policy
        )

    def get_config(self):
        """The constructor's arguments."""
        bound = self.skip_above if math.isfinite(self.skip_above) else None
        return {**super().get_config(), "levels": self.levels, "skip_above": bound}
