"""The VAE whose codes are to hold so many nats."""

import keras
from keras import ops

from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + gamma · |KL(q(z|x) ‖ N(0, I)) − capacity|",
    use="disentangling at a rate one chooses",
    paper="Burgess et al. 2018",
)
class CapacityVAE(VAE):
    """A VAE whose codes hold a given number of nats, which grows while it trains.

    Minimises −log p(x|z) + γ · |KL(q(z|x) ‖ p(z)) − C|, in nats per example.
    `keras_genae.training.CapacityAnnealing` moves the capacity C: so units come into use one after
    the other, the most useful first, and the reconstruction does not suffer in the end as under a
    large `beta`. `fit` logs the KL as `kl_loss`, which is not weighed, and its distance to C as
    `capacity_loss`.

    Choose it to disentangle at a rate that is known beforehand, or for codes of equal rate.

    Limits: C has to be chosen, and every example is given the same number of nats, however much or
    little there is to say about it. Without the schedule C is `capacity` from the first step. A γ
    that is large beside the other losses makes small steps; give the optimizer its time.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        capacity: C, nats per example; 25, where the paper's schedule ends, by default.
        gamma: γ, weight of the distance; the model holds it in `beta`, for callbacks to move.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> from keras_genae.training import CapacityAnnealing
    >>> model = CapacityVAE(input_shape=(16,), latent_dim=4, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> schedule = CapacityAnnealing(epochs=2, end=5.0)
    >>> model.fit(x, epochs=3, verbose=0, callbacks=[schedule]).history["capacity"]
    [0.0, 2.5, 5.0]

    Reference:
        Burgess et al., "Understanding Disentangling in β-VAE", 2018.
    """

    def __init__(self, input_shape=None, latent_dim=None, capacity=25.0, gamma=1000.0, **kwargs):
        gamma = check_not_negative("gamma", gamma)
        super().__init__(input_shape, latent_dim, beta=gamma, free_bits=0.0, **kwargs)
        self.initial_capacity = check_not_negative("capacity", capacity)
        self.capacity = self.add_weight(
            name="capacity",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_capacity),
            dtype="float32",
            trainable=False,
        )

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), and how far it is from the capacity."""
        kl = posterior.kl(self.prior)
        return {"kl_loss": kl, "capacity_loss": ops.abs(kl - self.capacity)}  # |KL − C|

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss", "kl_loss", "capacity_loss")

    @property
    def term_weights(self):
        """γ weighs the distance; the KL itself is only logged."""
        return {"kl_loss": 0.0, "capacity_loss": self.beta}

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        gamma = config.pop("beta")
        del config["free_bits"]
        return {**config, "capacity": self.initial_capacity, "gamma": gamma}
