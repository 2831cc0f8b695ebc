"""The β-VAE."""

from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="variational",
    minimises="−log p(x|z) + beta · KL(q(z|x) ‖ N(0, I)), beta = 4",
    use="disentangling, by pressure on the rate",
    paper="Higgins et al. 2017",
)
class BetaVAE(VAE):
    """A `VAE` whose codes cost more than the ELBO asks for, so that each unit must earn its place.

    Minimises −log p(x|z) + beta · KL(q(z|x) ‖ p(z)), in nats per example. With beta above 1 the
    model spends nats only where they help the reconstruction most, and units along which the data
    vary independently are the cheapest way to spend them. It is `VAE` with another `beta`; as
    there, units go along the principal axes of the codes (`layers.CodeWhitener`).

    Choose it as the first and simplest way to codes that can be read unit by unit.

    Limits: the pressure falls on all information about x, not only on dependence between units, so
    reconstructions get worse as `beta` grows; `BetaTCVAE` and `FactorVAE` aim better. How strong a
    `beta` is depends on the scale of the likelihood: the paper's values belong to its Bernoulli
    pixels, under the default `"sigma"` the best ones are others. Without labels no objective
    guarantees that units are the factors one had in mind (Locatello et al., 2019): compare several
    seeds, by `keras_genae.evaluation`.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        beta: weight of the KL divergence; 4, a common choice of the paper, by default.
        **kwargs: `free_bits` of `VAE`, and the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = BetaVAE(input_shape=(16,), latent_dim=4, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> float(model.beta), model.encode(x).shape
    (4.0, (64, 4))

    Reference:
        Higgins et al., "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
        Framework", 2017.
    """

    def __init__(self, input_shape=None, latent_dim=None, beta=4.0, **kwargs):
        super().__init__(input_shape, latent_dim, beta=beta, **kwargs)
