"""A VAE of continuous and discrete units."""

import math

import numpy as np
from keras import ops

from keras_genae.distributions import DiagonalNormal, Joint, RelaxedCategorical
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.vae import LOG_VAR_BOUND, VAE, bounded
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="conditional",
    minimises="−log p(x|z, c) + gamma · |KL(z) − capacity| + gamma · |KL(c) − class capacity|",
    use="classes and styles without labels",
    paper="Dupont 2018",
)
class JointVAE(VAE):
    """Learn units that are classes beside units that are numbers, without any label.

    The code is a vector z of continuous units, followed by a relaxed one-hot row c for each
    discrete unit, drawn by the Gumbel-softmax. Minimises, in nats per example,

        −log p(x|z, c) + γ · |KL(q(z|x) ‖ N(0, I)) − C_z| + γ · |KL(q(c|x) ‖ uniform) − C_c|,

    the KL of the classes exact. The capacities C_z and C_c rise from 0 over the first
    `capacity_steps` training steps, which keeps the model from passing over the discrete units.
    `kl_loss` and `class_kl_loss` are logged and weigh nothing by themselves. Here each example pays
    for its own distance from the capacity, so that the loss does not depend on the batch.

    `encode` gives the mean of z and the probabilities of the classes, which `decode` takes, or
    one-hot rows in their place. Choose it where data fall into groups that no one has labelled.
    Its limits: the groups that it finds need not be the ones that are meant, and depend on the
    seed; where C_c is below log K it may leave classes unused. The relaxed draws have a density of
    their own, for which the exact KL of classes stands in, so that the sum is no strict bound of
    log p(x), and there is no `log_likelihood`.

    Args:
        input_shape: as in `Autoencoder`.
        latent_dim: continuous units; the code is as long as these and all classes together.
        discrete: the number of classes of each discrete unit: `(10,)` for one of ten.
        capacity: the end of C_z, in nats.
        class_capacity: the end of C_c, in nats; by default all that the classes can tell, Σ log K,
            which is also the most it may be.
        gamma: γ, nats paid for each nat of distance.
        capacity_steps: training steps over which the capacities rise; 0 for none.
        temperature: of the Gumbel-softmax.
        **kwargs: the other arguments of `VAE`, but `beta` and `free_bits`. An encoder of one's own
            has two outputs of the length of the code: the means of z, followed by the logits of the
            classes; and log σ² of z, followed by as many entries that are not used.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = JointVAE((8,), latent_dim=2, discrete=(3,), capacity_steps=10, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> z = model.encode(x)
    >>> z.shape, bool(np.allclose(z[:, 2:].sum(axis=1), 1.0))
    ((64, 5), True)

    References:
        Dupont, "Learning Disentangled Joint Continuous and Discrete Representations", 2018;
        Jang et al., "Categorical Reparameterization with Gumbel-Softmax", 2017.
    """

    WHITENS = False

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        discrete=(10,),
        capacity=5.0,
        class_capacity=None,
        gamma=30.0,
        capacity_steps=25_000,
        temperature=0.67,
        **kwargs,
    ):
        self.discrete = check_discrete(discrete)
        self.capacity = check_not_negative("capacity", capacity)
        self.class_capacity = check_class_capacity(class_capacity, self.discrete)
        self.capacity_steps = check_whole("capacity_steps", capacity_steps, smallest=0)
        self.temperature = check_temperature(temperature)
        if latent_dim is not None:
            latent_dim = check_whole("latent_dim", latent_dim) + sum(self.discrete)
        gamma = check_not_negative("gamma", gamma)
        super().__init__(input_shape, latent_dim, beta=gamma, free_bits=0.0, **kwargs)
        # The continuous units are what classes leave of the code.
        self.continuous = check_whole("latent_dim", self.latent_dim - sum(self.discrete))
        self.steps = self.count_of_steps()

    def posterior(self, x, training=False):
        """q(z, c|x): normal units, and the classes behind them."""
        return self.posterior_of(*self.split(*self.heads(x, training)))

    def split(self, mean, log_var):
        """Mean and log σ² of the continuous units, then the logits of each discrete one."""
        ends = np.cumsum([self.continuous, *self.discrete])
        parts = zip(ends[1:], self.discrete, strict=True)
        logits = [mean[:, end - size : end] for end, size in parts]
        log_var = bounded(log_var[:, : self.continuous], LOG_VAR_BOUND)
        return mean[:, : self.continuous], log_var, *logits

    def posterior_of(self, mean, log_var, *logits):
        """The posteriors of these parameters, tensors or arrays of many examples."""
        classes = [RelaxedCategorical(values, self.temperature) for values in logits]
        return Joint(DiagonalNormal(mean, log_var), *classes)

    @property
    def prior(self):
        """N(0, I) for z, and all classes alike."""
        classes = [RelaxedCategorical(np.zeros(size, "float32")) for size in self.discrete]
        return Joint(DiagonalNormal.standard(self.continuous), *classes)

    def latent_terms(self, posterior, z, batch):
        """The KL of z and that of c, and how far they are from their capacities."""
        normal, *classes = posterior.parts
        kl = normal.kl()  # KL(q(z|x) ‖ N(0, I))
        class_kl = sum(part.kl() for part in classes)  # KL(q(c|x) ‖ uniform)
        risen = self.share_of_capacity()
        return {
            "kl_loss": kl,
            "class_kl_loss": class_kl,
            "capacity_loss": ops.abs(kl - risen * self.capacity),
            "class_capacity_loss": ops.abs(class_kl - risen * self.class_capacity),
        }

    def share_of_capacity(self):
        """How far the capacities have risen, from 0 to 1."""
        if not self.capacity_steps:
            return 1.0
        return ops.minimum(ops.cast(self.steps, "float32") / self.capacity_steps, 1.0)

    def follow(self, posterior, batch):
        """Count the steps, over which the capacities rise."""
        super().follow(posterior, batch)
        self.steps.assign_add(1)

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        kls, distances = ("kl_loss", "class_kl_loss"), ("capacity_loss", "class_capacity_loss")
        return ("reconstruction_loss", *kls, *distances)

    @property
    def term_weights(self):
        """γ weighs the distances; the KLs themselves are only logged."""
        gamma = self.beta
        distances = {"capacity_loss": gamma, "class_capacity_loss": gamma}
        return {"kl_loss": 0.0, "class_kl_loss": 0.0, **distances}

    def classify(self, x, batch_size=128, verbose="auto"):
        """The most probable class of each discrete unit: int32 `(n, discrete units)`."""
        code = self.encode(x, batch_size=batch_size, verbose=verbose)[:, self.continuous :]
        rows = np.split(code, np.cumsum(self.discrete)[:-1], axis=1)
        return np.stack([np.argmax(row, axis=1) for row in rows], axis=1).astype("int32")

    def encode_distribution(self, x, label=None, batch_size=128, verbose="auto"):
        """The posteriors of `x`: a `Joint` of arrays, `(n, ...)`."""
        x = self.check_examples(x, label, is_target=False)
        return self.posterior_of(*self.in_batches(self._encode_parameters, x, batch_size, verbose))

    def posterior_moments(self, x, label=None, batch_size=128, verbose="auto"):
        """Means and variances of the codes of `x`, as one draw has them."""
        posterior = self.encode_distribution(x, label, batch_size, verbose)
        mean = ops.convert_to_numpy(posterior.mean)
        p = mean[:, self.continuous :]
        return mean, np.concatenate([np.exp(posterior.parts[0].log_var), p * (1.0 - p)], axis=1)

    def spread_around(self, x, strength, label=None):
        """Mean and standard deviation of codes like those of `x`: of the same classes."""
        mean, variance = self.posterior_moments(x, label)
        variance[:, self.continuous :] = 0.0
        wider = np.maximum(1.0 - variance, 0.0) * (np.arange(self.latent_dim) < self.continuous)
        return mean, np.sqrt(variance + strength**2 * wider)

    def draw_latents(self, count, rng, temperature, label=None, **options):
        """z from N(0, I), and one-hot rows of classes, all alike."""
        if self.fitted_prior is not None:
            return super().draw_latents(count, rng, temperature, label, **options)
        z = temperature * rng.standard_normal((count, self.continuous))
        classes = [np.eye(size)[rng.integers(size, size=count)] for size in self.discrete]
        return np.concatenate([z, *classes], axis=1).astype("float32")

    def own_density(self):
        """Of codes that are classes in part there is none."""
        raise ValueError(
            "Codes with one-hot rows in them have no density. Fit one to the relaxed codes, "
            f"`model.fit_prior(x)`. Received: {type(self).__name__} without a fitted prior"
        )

    def _encode_parameters(self, x):
        return self.posterior(self.to_float(x)).parameters

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        gamma = config.pop("beta")
        del config["free_bits"]
        return {
            **config,
            "latent_dim": self.continuous,
            "discrete": self.discrete,
            "capacity": self.capacity,
            "class_capacity": self.class_capacity,
            "gamma": gamma,
            "capacity_steps": self.capacity_steps,
            "temperature": self.temperature,
        }


def check_discrete(discrete):
    """The numbers of classes as a tuple."""
    if not isinstance(discrete, (list, tuple)) or not discrete:
        raise ValueError(
            "`discrete` must hold the number of classes of each discrete unit, such as (10,). "
            f"Received: discrete={discrete!r}"
        )
    return tuple(check_whole("discrete[i]", size, smallest=2) for size in discrete)


def check_class_capacity(capacity, discrete):
    """The end of C_c: no more than what the classes can tell."""
    most = sum(map(math.log, discrete))
    if capacity is None:
        return most
    if check_not_negative("class_capacity", capacity) > most + 1e-6:
        raise ValueError(
            f"Classes {discrete} cannot tell more than Σ log K = {most:.3f} nats. "
            f"Received: class_capacity={capacity}"
        )
    return capacity


def check_temperature(temperature):
    """`temperature` where it is above 0."""
    if check_not_negative("temperature", temperature) == 0.0:
        raise ValueError(f"`temperature` must be above 0. Received: temperature={temperature}")
    return temperature
