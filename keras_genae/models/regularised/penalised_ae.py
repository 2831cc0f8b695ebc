"""What autoencoders that pay for their code have in common."""

from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.autoencoder import Autoencoder


class PenalisedAE(Autoencoder):
    """Base: minimises −log p(x|z) + penalty_weight · penalty, z = encoder(x).

    A subclass gives its penalty a name, `PENALTY`, and says what it is in `penalty`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        penalty_weight: weight of the penalty, in nats for each unit of it. It is a Keras variable:
            a callback may move it. At 0 the model is an `Autoencoder`.
        **kwargs: the other arguments of `Autoencoder`.
    """

    PENALTY = None

    def __init__(self, input_shape=None, latent_dim=None, penalty_weight=1.0, **kwargs):
        super().__init__(input_shape, latent_dim, **kwargs)
        self.initial_penalty_weight = check_not_negative("penalty_weight", penalty_weight)
        self.penalty_weight = self.weight_of_term("penalty_weight", self.initial_penalty_weight)

    def penalty(self, z, batch):
        """What the codes of a batch cost, before its weight: float32 `(batch,)`.

        Args:
            z: codes, float32 `(batch, latent_dim)`.
            batch: a `keras_genae.training.Batch`.
        """
        raise NotImplementedError

    def latent_terms(self, posterior, z, batch):
        """The penalty."""
        return {self.PENALTY: self.penalty(z, batch)}

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, self.PENALTY)

    @property
    def term_weights(self):
        """The weight of the penalty."""
        return {self.PENALTY: self.penalty_weight}

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "penalty_weight": self.initial_penalty_weight}


def for_each_example(value, batch):
    """A number of the whole batch as one for each of its examples, `(batch,)`."""
    return ops.zeros_like(batch.sample_weight) + value
