"""The autoencoder with finite scalar quantisation."""

import math

from keras_genae.layers.quantisers import FiniteScalarQuantiser
from keras_genae.models.quantised.quantised_ae import QuantisedAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole

# Indices are int32, and the codes are counted one by one.
MOST_CODES = 2**24


@zoo_model(
    family="quantised",
    minimises="−log p(x|e), e = tanh(encoder(x)), each entry rounded to one of a few levels",
    use="tokens without a codebook that could die",
    paper="Mentzer et al. 2023",
)
class FSQVAE(QuantisedAE):
    """Compress x to a map of indices by rounding: the simplest tokeniser.

    The encoder makes a map of vectors of a few entries. Each entry goes through tanh and is rounded
    to one of L_i evenly spaced levels in [−1, 1]; the points of this grid, Π L_i of them, are the
    codes. Minimises −log p(x|e) in nats per example, and nothing else: the gradient passes straight
    through the rounding. There is no codebook, so none to learn, to weigh or to lose. (Here the
    levels lie symmetrically about 0; the paper shifts even numbers of them, so that 0 is one.)

    Choose it first where tokens are wanted: it trains like an autoencoder, and uses all or nearly
    all of its codes. The paper's advice: (8, 6, 5) for 240 codes, (8, 5, 5, 5) for 1,000,
    (7, 5, 5, 5, 5) for 4,375, (8, 8, 8, 6, 5) for 15,360.

    Its limits: a `VQVAE` of few codes, up to some hundreds, reconstructs better; entries of a code
    depend on each other, so codes are used less evenly than their number says (see `perplexity` in
    the logs). It has nothing to sample from until `fit_prior`.

    Args:
        input_shape: `(height, width, channels)`, or `(features,)`.
        latent_dim: entries of a vector, where `levels` is one number.
        levels: the number of levels, of each entry its own, `(8, 5, 5, 5)`, or one for all; from 2
            up, the paper takes 5 at least.
        groups: codes of an example with `network="mlp"`, as in `VQVAE`; the map too.
        **kwargs: the other arguments of `Autoencoder`; the likelihood is `"sigma"` by default. An
            encoder of one's own ends without a tanh.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = FSQVAE((12, 12, 1), levels=(8, 6, 5), widths=(8, 8), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((64, 12, 12, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['codebook_usage', 'loss', 'perplexity', 'reconstruction_loss']
    >>> model.codebook_size, model.encode(x).shape
    (240, (64, 3, 3))

    Reference:
        Mentzer et al., "Finite Scalar Quantization: VQ-VAE Made Simple", 2023.
    """

    def __init__(self, input_shape=None, latent_dim=None, levels=5, **kwargs):
        self.levels = levels
        if latent_dim is None and hasattr(levels, "__len__") and kwargs.get("encoder") is None:
            latent_dim = len(levels)
        super().__init__(input_shape, latent_dim, **kwargs)

    def make_quantiser(self):
        """The grid."""
        self.levels = check_levels(self.levels, self.latent_dim)
        return FiniteScalarQuantiser(self.levels, name="quantiser")

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "levels": self.levels}


def check_levels(levels, latent_dim):
    """The levels of each of `latent_dim` entries, a tuple."""
    each = tuple(levels) if hasattr(levels, "__len__") else (levels,) * latent_dim
    each = tuple(check_whole("levels[i]", count, smallest=2) for count in each)
    if len(each) != latent_dim:
        raise ValueError(
            "`levels` has a number for each entry of a vector, and `latent_dim` is how many these "
            f"are: leave it out. Received: levels={levels}, latent_dim={latent_dim}"
        )
    if math.prod(each) > MOST_CODES:
        raise ValueError(
            f"The levels make more than {MOST_CODES} codes. Take fewer of them. "
            f"Received: levels={levels}, {math.prod(each)} codes"
        )
    return each
