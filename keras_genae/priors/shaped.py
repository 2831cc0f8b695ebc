"""What the densities share that can be of other shapes than a normal distribution."""

import warnings

import numpy as np
from keras import ops

from keras_genae.priors.gaussian import GaussianPrior
from keras_genae.priors.held_out import distinct, divide, is_higher
from keras_genae.priors.prior import Prior, draw

# Of fewer codes that differ, some held out and some not, neither side tells a shape.
FEWEST = 10


class ShapedPrior(Prior):
    """A density with a shape, which it shows where that is more likely than none.

    A shape takes codes to be learnt from: with few of them it is the noise of these codes, and new
    ones are less likely under it than under a normal distribution. So `fit` learns it from a part
    of the codes and judges it by the others. Where a normal distribution does no worse, the density
    is `GaussianPrior` from then on: `is_normal` is true, and a warning says so.

    A subclass defines `learn`, `sample_shape` and `log_prob_of_shape`.

    Args:
        latent_dim: entries of a latent vector.

    Attributes:
        gaussian: the normal distribution of the codes.
    """

    # Whether to learn again from all codes, once those held out have judged.
    LEARNS_AGAIN = True

    def __init__(self, latent_dim, **kwargs):
        super().__init__(latent_dim, **kwargs)
        self.gaussian = GaussianPrior(latent_dim, name="gaussian")
        # A weight, so that it is saved.
        self.normal = self.add_weight(name="normal", shape=(), initializer="zeros", trainable=False)

    @property
    def is_normal(self):
        """Whether the density is a normal distribution, a shape being no better."""
        return bool(ops.convert_to_numpy(self.normal))

    def learn(self, codes, judges, seed, **options):
        """Learn a shape; `gaussian` has been fitted to the same codes.

        Args:
            codes: (mean, variance) of those to learn from, and their conditions if there are any.
            judges: the same of those held out, which may say when to stop.
            seed: as in `fit`.
            **options: of the kind.

        Returns:
            Options to learn again with: what need not be searched for once more.
        """
        raise NotImplementedError

    def sample_shape(self, count, rng, temperature):
        """`sample` of the shape alone."""
        raise NotImplementedError

    def log_prob_of_shape(self, z, *conditions):
        """`log_prob` of the shape alone, at float64 `z`; given their conditions, if there are."""
        raise NotImplementedError

    @property
    def has_shape(self):
        """Whether what was learnt is another density than `gaussian`."""
        return True

    def fit_if_better(self, mean, variance, seed, conditions=(), **options):
        """Learn a shape, and keep it where it proves itself on codes held out.

        Args:
            mean, variance, seed: as in `fit`.
            conditions: arrays with a row for each code, which the shape is learnt and judged given.
            **options: of `learn`.
        """
        mean, variance = self.check_moments(mean, variance)
        is_better = False
        if distinct(mean)[1] >= FEWEST:
            judges, rest = divide((mean, variance, *conditions), seed)
            self.gaussian.fit(*rest[:2])
            options |= self.learn(rest, judges, seed, **options)
            if self.has_shape:
                z = draw(*judges[:2], np.random.default_rng(seed))
                normal, shaped = self.gaussian.log_prob(z), self.log_prob_of_shape(z, *judges[2:])
                is_better = is_higher(shaped, normal, errors=2.0)
                if not is_better:
                    warn_as_good_as_normal(self, len(mean))
        if self.LEARNS_AGAIN or not is_better:
            self.gaussian.fit(mean, variance)
        if self.LEARNS_AGAIN:
            self.learn((mean, variance), None, seed, **options)
        self.normal.assign(float(not is_better))

    def sample(self, count, rng, temperature=1.0):
        """See `Prior.sample`."""
        if self.is_normal:
            return self.gaussian.sample(count, rng, temperature)
        return self.sample_shape(count, rng, temperature).astype("float32")

    def log_prob(self, z):
        """log density at `z`, `(n, latent_dim)`, in nats: float32 `(n,)`."""
        if self.is_normal:
            return self.gaussian.log_prob(z)
        return self.log_prob_of_shape(self.check_latents(z)).astype("float32")

    @property
    def stddev(self):
        """Standard deviation of each unit, `(latent_dim,)`: that of the codes it was fitted to."""
        return self.gaussian.stddev


def warn_as_good_as_normal(prior, codes):
    """Say that a normal distribution is kept in the place of a density that is no better."""
    units = " × ".join(map(str, prior.latent_shape))
    warnings.warn(
        f"On codes held out, the {type(prior).__name__} is no more likely than a normal "
        "distribution, which is kept in its place. More codes may show a shape. "
        f"Received: {codes} codes of {units} units",
        stacklevel=4,
    )
