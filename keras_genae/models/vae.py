"""The variational autoencoder."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.distributions import DiagonalNormal, kl_divergence
from keras_genae.distributions.events import sum_over_event
from keras_genae.distributions.real.log_variance import LOG_VAR_BOUND, bounded
from keras_genae.layers import CodeWhitener, Sampling
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.weighed_draws import WeighedDraws
from keras_genae.models.zoo import zoo_model
from keras_genae.noise import ExampleSeeds
from keras_genae.priors import GaussianPrior
from keras_genae.training.batch import Batch


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + beta · KL(q(z|x) ‖ N(0, I))",
    use="generation, interpolation, maps",
    paper="Kingma & Welling 2014; Higgins et al. 2017",
)
class VAE(Autoencoder):
    """Learn a latent space with a known distribution.

    Minimises the negative ELBO, −log p(x|z) + beta · KL(q(z|x) ‖ p(z)), in nats per example, with
    z drawn from the posterior q(z|x) = N(mean, diag(σ²)), and the prior p(z) = N(0, I). `fit` logs
    `reconstruction_loss` (the distortion), `kl_loss` (the rate, without beta) and `loss`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        beta: weight of the KL divergence. Below 1 reconstructions are sharper, above 1 the units
            are fewer and more independent. A callback may move it: see `KLAnnealing`.
        free_bits: nats of KL that each unit may spend for nothing; keeps units from dying early.
        **kwargs: the other arguments of `Autoencoder`. An encoder of one's own has two outputs,
            the mean and log σ² of q(z|x).

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = VAE(input_shape=(28, 28, 1), latent_dim=2, network="mlp", widths=(64,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 28, 28, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['kl_loss', 'loss', 'reconstruction_loss']
    >>> model.sample(4, seed=0).shape
    (4, 28, 28, 1)

    References:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2014;
        Higgins et al., "beta-VAE", 2017 (`beta`);
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016,
        section C.8 (`free_bits`; here per example rather than per batch).
    """

    HEADS = ("mean", "log_var")
    DEFAULT_LIKELIHOOD = "sigma"
    # Whether codes are put along their principal axes, in which N(0, I) suits them best; not where
    # the prior is another one, or what an axis means is what the paper is about.
    WHITENS = True
    # Whether the KL is a sum over units, as it is between normals with independent units.
    KL_IS_OF_UNITS = True

    def __init__(self, input_shape=None, latent_dim=None, beta=1.0, free_bits=0.0, **kwargs):
        self.free_bits = check_not_negative("free_bits", free_bits)
        if self.free_bits and not self.KL_IS_OF_UNITS:
            raise ValueError(
                "`free_bits` are granted to each unit, and the KL of this model is no sum over "
                f"units. Leave them out. Received: {type(self).__name__}(free_bits={free_bits})"
            )
        super().__init__(input_shape, latent_dim, **kwargs)
        self.sampling = Sampling(seed=self.noise, name="sampling")
        self.code_whitener = None
        if self.WHITENS:
            self.code_whitener = CodeWhitener(
                self.latent_dim, self.condition_sizes[1], name="code_whitener"
            )
        self.initial_beta = check_not_negative("beta", beta)
        # A Keras variable: a schedule moves it without retracing, and it is saved with the model.
        self.beta = self.add_weight(
            name="beta",
            shape=(),
            initializer=keras.initializers.Constant(self.initial_beta),
            dtype="float32",
            trainable=False,
        )

    def heads(self, x, training=False):
        """The encoder's outputs, mean and log σ² first, along the axes of the codes."""
        mean, log_var, *others = super().heads(x, training)
        if self.code_whitener is not None:
            log_var = bounded(log_var, LOG_VAR_BOUND + 10.0)
            mean, log_var = self.code_whitener.whiten(mean, log_var, self.condition_in(x))
        return mean, bounded(log_var, LOG_VAR_BOUND), *others

    def condition_in(self, x):
        """The side information in what the encoder takes, where the decoder is given it too."""
        return None

    def raw(self, z, training=False):
        """The decoder's output for a batch of codes along the axes of the codes."""
        return super().raw(self.restored(z), training)

    def restored(self, z):
        """Codes as the encoder put them, and the decoder takes them."""
        return z if self.code_whitener is None else self.code_whitener.restore(z)

    def follow(self, posterior, batch):
        """Keep the axes with the codes; those of an encoder that is frozen stay where they are."""
        if self.code_whitener is not None and self.encoder.trainable_variables:
            c = batch.condition if self.condition_sizes[1] else None
            self.code_whitener.update(posterior, batch.sample_weight, c)

    def posterior(self, x, training=False):
        """q(z|x) for a batch of floats `(batch, *input_shape)`.

        A distribution with a `mean`, `sample(seed)` and `log_prob(z)`; with `kl(prior)` where
        `has_kl(prior)` says that it has a closed form.
        """
        return self.posterior_of(*self.heads(x, training))

    def posterior_of(self, *parameters):
        """q(z|x) of its `parameters`, each `(batch, ...)`: tensors, or arrays of many examples."""
        return DiagonalNormal(*parameters)

    @property
    def prior(self):
        """p(z) = N(0, I)."""
        return DiagonalNormal.standard(self.latent_dim)

    def prior_of(self, batch):
        """p(z) of the examples of a batch: the same for all, but with side information."""
        return self.prior

    def draw(self, posterior, training):
        """z ~ q(z|x), by reparametrisation."""
        return self.sampling.draw(posterior, training)

    def draws(self, posterior, samples, training, log_prob=None):
        """Draws z ~ q(z|x), `(batch, samples, *latent_shape)`, and log q(z|x), `(batch, samples)`.

        Args:
            posterior: q(z|x), as `posterior` makes it.
            samples: draws of z for each example.
            training: whether to draw new noise.
            log_prob: log q(z|x) of one draw for each example; by default the posterior's.
        """
        draws = self.sampling.draws(posterior, samples, training)
        log_q = [(log_prob or posterior.log_prob)(z) for z in draws]
        return ops.stack(draws, axis=1), ops.stack(log_q, axis=1)

    def weigh(self, batch, z, log_q, training=False):
        """What draws from the posteriors cost: `WeighedDraws`, all of them decoded at once.

        Args:
            batch: a `keras_genae.training.Batch`.
            z, log_q: draws and log q(z|x), as `draws` makes them.
            training: whether this is a training step.
        """
        shape = ops.shape(log_q)
        z = ops.reshape(z, (-1, *self.latent_shape))
        batch = batch.repeated(shape[1])
        likelihood = self.likelihood(self.raw(self.decoder_input(z, batch), training))  # p(x|z)
        # What the draws count towards σ depends on their weights: it is not followed here.
        distortion = self.reconstruction_loss(likelihood, batch, training=False)
        rate = log_q - ops.reshape(self.prior_of(batch).log_prob(z), shape)
        return WeighedDraws(ops.reshape(distortion, shape), rate, likelihood, batch)

    def weigh_draws(self, batch, posterior, seed, training=False):
        """What draws from the posteriors cost, drawn here: `WeighedDraws`.

        Args:
            batch: a `keras_genae.training.Batch`.
            posterior: q(z|x) of each of its examples K times, one after the other.
            seed: as `posterior.sample` takes it.
            training: whether this is a training step.
        """
        z = posterior.sample(seed)
        log_q = ops.reshape(posterior.log_prob(z), (ops.shape(batch.x)[0], -1))
        return self.weigh(batch, z, log_q, training)

    def log_weights(self, x, samples=1, training=False):
        """log p(x|z) + log p(z) − log q(z|x) of draws z ~ q(z|x), float32 `(batch, samples)`.

        Each example is encoded once. The mean weight of an example is an unbiased estimate of p(x),
        so the logarithm of the mean is a lower bound of log p(x) in expectation.

        Args:
            x: a `keras_genae.training.Batch`, or a tensor of examples `(batch, *input_shape)`.
            samples: draws of z for each example.
            training: whether this is a training step.
        """
        batch = x if isinstance(x, Batch) else self.unpack((x,))
        posterior = self.posterior(self.encoder_input(batch, training), training)  # q(z|x)
        return self.weigh(batch, *self.draws(posterior, samples, training), training).log_weights

    def latent_terms(self, posterior, z, batch):
        """KL(q(z|x) ‖ p(z)), at the draw without a closed form, and what free bits add to it."""
        prior = self.prior_of(batch)
        if not self.free_bits:
            return {"kl_loss": kl_divergence(posterior, prior, z)}
        kl = posterior.kl_per_unit(prior)
        # kl + max(λ − kl, 0) = max(kl, λ): a term of its own, so that `kl_loss` stays the KL.
        free = ops.relu(self.free_bits - kl)
        return {"kl_loss": sum_over_event(kl), "free_bits_loss": sum_over_event(free)}

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss", "kl_loss", *(["free_bits_loss"] if self.free_bits else []))

    @property
    def term_weights(self):
        """Beta weighs what the posterior costs."""
        return {"kl_loss": self.beta, "free_bits_loss": self.beta}

    def encode_distribution(self, x, label=None, batch_size=128, verbose="auto"):
        """The posteriors of `x`.

        Args:
            x, label, batch_size, verbose: as in `encode`.

        Returns:
            A `DiagonalNormal` whose `mean` and `log_var` are float32 arrays `(n, latent_dim)`; of a
            model with another posterior that one, made of such arrays.
        """
        x = self.check_examples(x, label, is_target=False)
        return self.posterior_of(*self.in_batches(self._encode_parameters, x, batch_size, verbose))

    def own_density(self):
        """N(0, I), the prior the model is trained with."""
        return GaussianPrior(math.prod(self.latent_shape))

    def posterior_moments(self, x, label=None, batch_size=128, verbose="auto"):
        """Means and variances of the posteriors of `x`, each `(n, latent_dim)`.

        Of posteriors that are not normal with independent units, a draw from each, and `None`.
        """
        posterior = self.encode_distribution(x, label, batch_size, verbose)
        if isinstance(posterior, DiagonalNormal):
            return posterior.mean, np.exp(posterior.log_var)
        parameters = posterior.parameters
        places = np.arange(len(parameters[0]), dtype="int32")
        return in_batches(self._draw_at, (places, *parameters), batch_size, verbose=0), None

    def spread_around(self, x, strength, label=None):
        """Mean and standard deviation of the latent vectors of examples like `x`, each `(n, d)`."""
        mean, variance = self.posterior_moments(x, label)
        if variance is None:
            return super().spread_around(x, strength, label)
        # From the posterior's variance at strength 0 to the prior's at strength 1.
        prior_variance = np.square(self.density().stddev).reshape(self.latent_shape)
        wider = np.maximum(prior_variance - variance, 0.0)
        return mean, np.sqrt(variance + strength**2 * wider)

    def _encode_parameters(self, x):
        return self.posterior(self.to_float(x)).parameters

    def _draw_at(self, places_and_parameters):
        places, *parameters = places_and_parameters
        return self.posterior_of(*parameters).sample(ExampleSeeds(places))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "beta": self.initial_beta, "free_bits": self.free_bits}
