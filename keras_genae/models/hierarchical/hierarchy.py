"""The distribution of the codes of all levels."""

from keras_genae.distributions.events import sum_over_event


class Hierarchy:
    """q(z|x) = Π q(z_i|x, z above), or without features p(z) = Π p(z_i|z above).

    A draw is a list with one tensor a level, the top first.

    Args:
        decoder: a `keras_genae.networks.hierarchy.TopDown`.
        features: what the encoder says of x, a list of tensors; `None` for the prior.
    """

    def __init__(self, decoder, features=None):
        self.decoder = decoder
        self.features = features

    @property
    def parameters(self):
        """What tells posteriors apart: the encoder's features, a tuple."""
        return tuple(self.features)

    def descend(self, choose):
        """Go down: `choose(i, distribution)` gives the code of level i of its distribution."""
        return self.decoder.descend(
            lambda i, prior, posterior: choose(i, prior if posterior is None else posterior),
            self.features,
        )

    @property
    def mean(self):
        """The mean of each level, given the means above: a list of float32 tensors."""
        return self.descend(lambda i, level: level.mean).z

    def drawn(self, seed):
        """The `Descent` of one draw."""
        return self.descend(lambda i, level: level.sample(seed))

    def sample(self, seed=None):
        """One draw, a list of float32 tensors; `seed` as in `DiagonalNormal`."""
        return self.drawn(seed).z

    def log_prob(self, z):
        """log density at codes `z`, a list, in nats, summed over levels: `(batch,)`."""
        descent = self.descend(lambda i, level: z[i])
        levels = descent.priors if self.features is None else descent.posteriors
        return sum(map(log_prob, levels, z))


def log_prob(level, z):
    """log density of one level at its code, `(batch, ...)`, in nats: `(batch,)`."""
    return sum_over_event(level.log_prob(z))


def kl_of_levels(descent):
    """KL(q(z_i|x, z above) ‖ p(z_i|z above)) of each level, at a draw of those above: `(batch,)`.

    Their sum has the mean KL(q(z|x) ‖ p(z)) over draws.
    """
    pairs = zip(descent.posteriors, descent.priors, strict=True)
    return [sum_over_event(posterior.kl_per_unit(prior)) for posterior, prior in pairs]
