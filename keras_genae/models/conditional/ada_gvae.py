"""The adaptive group VAE, which learns from pairs."""

import dataclasses
import math

from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="conditional",
    minimises="½ Σ over a pair of −log p(x|z) + beta · KL(q(z|x) ‖ N(0, I)), units shared",
    use="disentangled units, from pairs",
    paper="Locatello et al. 2020",
)
class AdaGVAE(VAE):
    """Disentangle from pairs of examples that share all but a few factors, unknown which.

    Data are pairs: `fit(x, partner)`, or datasets of `(x, partner)`, both of the shape of the data.
    The units whose posteriors differ little between the two are taken to be shared, and their
    posteriors are averaged. With δᵢ = KL(q(zᵢ|x₁) ‖ q(zᵢ|x₂)) and the threshold
    τ = ½ (maxᵢ δᵢ + minᵢ δᵢ), for each pair by itself,

        q̃(zᵢ|x₁) = q̃(zᵢ|x₂) = N(½ (m₁ + m₂), ½ (s₁² + s₂²)) where δᵢ < τ, else as they were,

    and of both examples −log p(x|z) + beta · KL(q̃(z|x) ‖ N(0, I)) is minimised, in nats, the mean
    of the two. An example without a partner is its own, for which this is the VAE; so `evaluate(x)`
    is the VAE's loss. All other methods take single examples, as with any VAE.

    Choose it where pairs are at hand, such as neighbouring frames of a video. Its limits: at least
    one factor must change within a pair and at least one must not; where most change at once, units
    are averaged that differ. It needs about twice the time of a VAE for an epoch of pairs.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        **kwargs: the other arguments of `VAE`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = AdaGVAE((8,), latent_dim=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> partner = x.copy()
    >>> partner[:, 0] += 1.0
    >>> history = model.fit(x, partner, epochs=1, verbose=0)
    >>> model.encode(x).shape
    (64, 2)

    Reference:
        Locatello, Poole, Rätsch, Schölkopf, Bachem & Tschannen, "Weakly-Supervised Disentanglement
        Without Compromises", 2020 (Ada-GVAE, section 4).
    """

    # What a unit means is the point.
    WHITENS = False

    def loss_terms(self, batch, training):
        """The mean of the terms of both examples of each pair, with the units shared."""
        if batch.target is batch.x:
            return super().loss_terms(batch, training)
        both = dataclasses.replace(with_partners(batch), training=training)
        posterior = self.posterior(self.encoder_input(both, training), training)  # q(z|x₁), q(z|x₂)
        pair = shared(*halves(posterior))
        z = ops.concatenate([self.draw(one, training) for one in pair])
        posterior = DiagonalNormal(
            ops.concatenate([one.mean for one in pair]),
            ops.concatenate([one.log_var for one in pair]),
        )
        terms = self.terms_of(posterior, z, both, training)
        return {name: ops.mean(ops.reshape(term, (2, -1)), axis=0) for name, term in terms.items()}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Keras's hook: metrics of an example and its own reconstruction."""
        return super().compute_metrics(x, x, y_pred, sample_weight)


def with_partners(batch):
    """A batch of the examples, then of their partners, each its own target."""
    x = ops.concatenate([batch.x, batch.target])
    weights = {name: getattr(batch, name) for name in ("sample_weight", "entry_weight")}
    twice = {
        name: None if weight is None else ops.concatenate([weight, weight])
        for name, weight in weights.items()
    }
    return dataclasses.replace(batch, x=x, target=x, label=None, **twice)


def halves(posterior):
    """The posteriors of the examples, and those of their partners."""
    shape = (2, -1, posterior.mean.shape[-1])
    mean, log_var = (ops.reshape(v, shape) for v in (posterior.mean, posterior.log_var))
    return [DiagonalNormal(mean[i], log_var[i]) for i in range(2)]


def shared(first, second):
    """Two posteriors, with the units in which they differ little averaged.

    Args:
        first, second: `DiagonalNormal`s of tensors `(batch, latent_dim)`.

    Returns:
        Two `DiagonalNormal`s.
    """
    differ = first.kl_per_unit(second)  # δ = KL(q(z|x₁) ‖ q(z|x₂))
    largest = ops.max(differ, axis=-1, keepdims=True)
    smallest = ops.min(differ, axis=-1, keepdims=True)
    is_shared = differ < 0.5 * (largest + smallest)  # δ < τ
    mean = 0.5 * (first.mean + second.mean)
    # log ½ (s₁² + s₂²)
    log_var = ops.logaddexp(first.log_var, second.log_var) - math.log(2.0)
    return [
        DiagonalNormal(
            ops.where(is_shared, mean, own.mean), ops.where(is_shared, log_var, own.log_var)
        )
        for own in (first, second)
    ]
