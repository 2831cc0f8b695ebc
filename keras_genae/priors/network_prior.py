"""What the densities share that are networks."""

from keras_genae.networks.checks import check_whole
from keras_genae.priors.fit_network import MAX_EPOCHS
from keras_genae.priors.shaped import ShapedPrior


class NetworkPrior(ShapedPrior):
    """A density whose shape is a network, trained until codes held out gain no more."""

    # Once is long enough; the codes held out have said when to stop.
    LEARNS_AGAIN = False

    def fit(self, mean, variance=None, seed=0, epochs=MAX_EPOCHS):
        """Train until a tenth of the examples, held out, gains no more.

        Args:
            mean: codes, or posterior means, `(examples, latent_dim)`.
            variance: posterior variances of the same shape; each epoch then sees new draws from the
                posteriors.
            seed: an int; the same data and seed give the same density.
            epochs: of 100 steps each, fewer where there are few codes; at most how many.

        Raises:
            ValueError: on fewer than two examples, or entries that are not finite.
        """
        self.fit_if_better(mean, variance, seed, epochs=check_whole("epochs", epochs))
