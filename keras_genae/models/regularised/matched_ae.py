"""What autoencoders whose codes are spread like N(0, I) have in common."""

from keras_genae.models.regularised.penalised_ae import PenalisedAE, for_each_example
from keras_genae.priors import GaussianPrior


class MatchedAE(PenalisedAE):
    """Base: −log p(x|z) + penalty_weight · D, D from the codes of the batch together to N(0, I).

    Not the code of each example is drawn towards the prior, as a VAE's posterior is, but all codes
    of a batch together (under replicas, of each replica's share of it). Since they are spread as
    the prior is, `sample` draws from N(0, I) from the start. A subclass says in `divergence` how
    far apart the two are.
    """

    def divergence(self, z, batch):
        """D, a float32 scalar, from codes `(batch, latent_dim)` with the weights of the batch."""
        raise NotImplementedError

    def penalty(self, z, batch):
        """D, the same for each example."""
        return for_each_example(self.divergence(z, batch), batch)

    def own_density(self):
        """N(0, I), which the codes are spread like."""
        return GaussianPrior(self.latent_dim)
