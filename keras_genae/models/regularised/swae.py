"""The sliced Wasserstein autoencoder."""

from keras import ops

from keras_genae import noise
from keras_genae.divergences import sliced_wasserstein
from keras_genae.models.regularised.matched_ae import MatchedAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="regularised",
    minimises="−log p(x|z) + penalty_weight · SW₂²(codes, N(0, I))",
    use="generation without noise in training, small batches",
    paper="Kolouri et al. 2019",
)
class SWAE(MatchedAE):
    """Spread the codes like N(0, I), seen along random directions.

    Minimises −log p(x|z) + penalty_weight · SW₂²(Q_z, P_z), z = encoder(x), where Q_z is the
    distribution of the codes, P_z = N(0, I), and

        SW₂² = E_θ W₂²(θ·z, θ·y),    z ~ Q_z,  y ~ P_z,  θ on the unit sphere.

    Along one direction W₂² is known: the codes of the batch in their order against the quantiles of
    N(0, 1), see `keras_genae.divergences.sliced_wasserstein`. The paper takes draws from the prior
    in place of its quantiles, which adds noise and no knowledge. Directions are drawn anew in each
    step; outside training they are always the same. Each example is given the same number.

    Choose it as `WAE`, and where a kernel is hard to choose: the distance has none, and pulls codes
    that are far off as hard as they are far.

    Its limits: a batch is never spread quite like N(0, I), so the distance stays above 0 and codes
    end a little closer to the centre than the prior, the more so the smaller the batch. In many
    dimensions few directions tell: take more `slices`. As with `WAE`, codes of data of fewer
    dimensions than z leave holes in N(0, I): sample after `fit_prior`; and there is no ELBO.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        slices: directions in each step.
        penalty_weight: nats for each unit of SW₂², a squared length in the space of codes; a
            callback may move it. At 0 the model is an `Autoencoder`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = SWAE((30,), latent_dim=2, widths=(32,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['loss', 'reconstruction_loss', 'sliced_wasserstein_loss']
    >>> model.sample(3, seed=0).shape
    (3, 30)

    Reference:
        Kolouri et al., "Sliced Wasserstein Auto-Encoders", 2019.
    """

    PENALTY = "sliced_wasserstein_loss"

    def __init__(self, input_shape=None, latent_dim=None, slices=50, penalty_weight=30.0, **kwargs):
        self.slices = check_whole("slices", slices)
        super().__init__(input_shape, latent_dim, penalty_weight, **kwargs)

    def divergence(self, z, batch):
        """SW₂²(Q_z, P_z)."""
        shape = (self.slices, self.latent_dim)
        # Outside training the same directions for each batch.
        seed = self.noise if batch.training else noise.ExampleSeeds(ops.arange(self.slices))
        theta = noise.normal(shape, seed)
        return sliced_wasserstein(z, theta, batch.sample_weight)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "slices": self.slices}
