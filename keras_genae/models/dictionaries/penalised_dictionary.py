"""What dictionaries that pay for firing features have in common."""

import keras

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.dictionaries.sparse_dictionary import SparseDictionary


class PenalisedDictionary(SparseDictionary):
    """Base: `SparseDictionary` + penalty_weight · penalty, of which a subclass makes the code.

    Args:
        input_shape, latent_dim: as in `SparseDictionary`.
        penalty_weight: nats for each unit of the penalty, a Keras variable that a callback may
            move. What is right depends on the units of x.
        **kwargs: as in `SparseDictionary`.
    """

    def __init__(self, input_shape=None, latent_dim=None, penalty_weight=0.1, **kwargs):
        self.initial_penalty_weight = check_not_negative("penalty_weight", penalty_weight)
        super().__init__(input_shape, latent_dim, **kwargs)
        self.penalty_weight = self.add_weight(
            name="penalty_weight",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_penalty_weight),
            dtype="float32",
            trainable=False,
        )

    def penalty(self, posterior):
        """What the firing features of a batch cost, before its weight: float32 `(batch,)`."""
        raise NotImplementedError

    def latent_terms(self, posterior, z, batch):
        """The revival term and the penalty."""
        terms = super().latent_terms(posterior, z, batch)
        return {**terms, "sparsity_loss": self.penalty(posterior)}

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "sparsity_loss")

    @property
    def term_weights(self):
        """The weights of the revival term and of the penalty."""
        return {**super().term_weights, "sparsity_loss": self.penalty_weight}

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "penalty_weight": self.initial_penalty_weight}
