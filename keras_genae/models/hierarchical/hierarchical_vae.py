"""What VAEs with several levels of codes share."""

import dataclasses
import functools

import numpy as np
from keras import ops

from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.hierarchical.hierarchy import Hierarchy, kl_of_levels, log_prob
from keras_genae.models.vae import VAE
from keras_genae.models.weighed_draws import WeighedDraws
from keras_genae.networks.checks import check_whole
from keras_genae.networks.hierarchy import TopDown
from keras_genae.training.batch import Batch


class HierarchicalVAE(VAE):
    """Base of the VAEs whose code is a list, one tensor a level, the top first.

    p(z) = Π p(z_i|z above) and q(z|x) = Π q(z_i|x, z above), all of them normal. Minimises
    −log p(x|z) + beta · Σ_i KL(q(z_i|x, z above) ‖ p(z_i|z above)), each KL in closed form at a
    draw of the levels above. `kl_loss` is their sum; `kl_loss_0`, the top's, `kl_loss_1` and so on
    are logged beside it, and weigh nothing by themselves. A subclass makes the networks.
    """

    WHITENS = False
    # `widths` say how many levels there are, with networks too.
    SIZES = ()

    def check_given(self, encoder, decoder, sizes, input_shape, latent_dim):
        """The shapes of networks that a saved model brings; none of the caller's own are taken."""
        if encoder is None or not isinstance(decoder, TopDown):
            raise ValueError(
                "The levels of a hierarchy are its networks, which the model builds itself: leave "
                "`encoder` and `decoder` out, and choose `widths`. "
                f"Received: encoder={encoder}, decoder={decoder}"
            )
        return tuple(encoder.input_shape[1:]), latent_dim

    @property
    def latent_shape(self):
        """The shape of the code of each level, a list, the top first."""
        return [level.latent_shape for level in self.decoder.levels]

    def heads(self, x, training=False):
        """What the encoder says of x: features for the levels."""
        return Autoencoder.heads(self, x, training)

    def posterior_of(self, *features):
        """q(z|x) of the encoder's features."""
        return Hierarchy(self.decoder, features)

    @property
    def prior(self):
        """p(z), over all levels."""
        return Hierarchy(self.decoder)

    def loss_terms(self, batch, training):
        """See `Autoencoder.loss_terms`; all levels in one way down."""
        batch = dataclasses.replace(batch, training=training)
        posterior = self.posterior(self.encoder_input(batch, training), training)
        descent = posterior.drawn(self.noise_for(training, batch.x))  # z_i ~ q(z_i|x, z above)
        likelihood = self.likelihood(self.raw_of(descent, training))  # p(x|z)
        return {
            **self.reconstruction_terms(likelihood, batch, training),
            **self.level_terms(descent),
        }

    def latent_terms(self, posterior, z, batch):
        """See `VAE.latent_terms`; the KL of each level at the codes above it."""
        return self.level_terms(posterior.descend(lambda i, level: z[i]))

    def level_terms(self, descent):
        """What is paid for the codes of a way down: the sum, what free bits add, and each level."""
        kls = kl_of_levels(descent)  # KL(q(z_i|x, z above) ‖ p(z_i|z above))
        terms = {"kl_loss": sum(kls)}
        if self.free_bits:
            # kl + max(λ − kl, 0) = max(kl, λ), level by level.
            terms["free_bits_loss"] = sum(ops.relu(self.free_bits - kl) for kl in kls)
        return {**terms, **dict(zip(self.level_names, kls, strict=True))}

    @property
    def level_names(self):
        """Names of the KLs of the levels, the top first."""
        return tuple(f"kl_loss_{i}" for i in range(len(self.latent_shape)))

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, *self.level_names)

    @property
    def term_weights(self):
        """Beta weighs the sum over the levels; the levels themselves are only logged."""
        return {**super().term_weights, **dict.fromkeys(self.level_names, 0.0)}

    def raw_of(self, descent, training=False):
        """The decoder's output at the end of a way down."""
        return ops.cast(self.decoder.last(descent.h, training=training), "float32")

    def weigh_draws(self, batch, posterior, seed, training=False):
        """See `VAE.weigh_draws`; draws, their densities and p(x|z) in one way down."""
        descent = posterior.drawn(seed)
        count = ops.shape(batch.x)[0]
        batch = batch.repeated(ops.shape(descent.z[0])[0] // count)
        likelihood = self.likelihood(self.raw_of(descent, training))
        distortion = self.reconstruction_loss(likelihood, batch, training=False)
        rate = sum(map(log_prob, descent.posteriors, descent.z)) - sum(
            map(log_prob, descent.priors, descent.z)
        )
        shape = (count, -1)
        return WeighedDraws(
            ops.reshape(distortion, shape), ops.reshape(rate, shape), likelihood, batch
        )

    def log_weights(self, x, samples=1, training=False):
        """See `VAE.log_weights`."""
        batch = x if isinstance(x, Batch) else self.unpack((x,))
        posterior = self.posterior(self.encoder_input(batch, training), training)
        seed = self.noise_for(training, batch.x)
        draws = [self.weigh_draws(batch, posterior, seed, training) for _ in range(samples)]
        return ops.concatenate([draw.log_weights for draw in draws], axis=1)

    # What a trained model is for.

    def decode(self, z, label=None, batch_size=128, verbose="auto"):
        """The mean of p(x|z) for the codes of all levels, or of the top ones: images in [0, 1].

        Args:
            z: list of arrays, one a level, the top first, each `(n, *shape)`. Where lower levels
                are left out, the means of their priors stand in.
            label: none is taken.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.

        Raises:
            ValueError: where `z` is no such list.
        """
        self.check_latents(z)
        self.check_wanted(label)
        return self.in_batches(self._decode, tuple(z), batch_size, verbose, self.latent_shape[0])

    def reconstruct(self, x, label=None, batch_size=128, verbose="auto", levels=None):
        """The reconstructions of `x`; always the same for the same `x`.

        Args:
            x, label, batch_size, verbose: as in `encode`.
            levels: how many levels, from the top, tell of x; those below are at the means of their
                priors. All by default.

        Returns:
            float32 array `(n, *input_shape)`.

        Raises:
            ValueError: where there are not so many levels, or on data as in `encode`.
        """
        if levels is None:
            return super().reconstruct(x, label, batch_size, verbose)
        levels = self.check_count("levels", levels)
        z = self.encode(x, label, batch_size, verbose)
        return self.decode(z[:levels], None, batch_size, verbose)

    def sample(
        self,
        count,
        seed=None,
        temperature=1.0,
        batch_size=128,
        verbose="auto",
        label=None,
        fixed=(),
    ):
        """Invent examples: decode draws from the prior, level by level.

        Args:
            count: how many.
            seed: an int draws the same each time; `None` goes on with the model's own generator.
            temperature: the standard deviation of each level's prior is multiplied by it.
            batch_size, verbose: as in `encode`.
            label: none is taken.
            fixed: codes of the top levels to keep, a list as `encode` begins with: each of one
                example, `(1, *shape)`, or of `count`. Levels below are drawn given these.

        Returns:
            float32 array `(count, *input_shape)`.

        Raises:
            ValueError: where `fixed` is no such list.
        """
        count = check_whole("count", count)
        self.check_wanted(label)
        z = self.draw_latents(count, self.numpy_generator(seed), temperature, fixed=fixed)
        return self.decode(z, None, batch_size, verbose)

    def draw_latents(self, count, rng, temperature, label=None, fixed=()):
        """Codes from the prior, a list; `fixed` as in `sample`."""
        if len(fixed):
            self.check_latents(fixed)
        if any(len(z) not in (1, count) for z in fixed):
            raise ValueError(
                f"`fixed` must hold codes of one example or of all {count}. "
                f"Received: codes of {[len(z) for z in fixed]} examples"
            )
        fixed = [np.broadcast_to(np.float32(z), (count, *z.shape[1:])) for z in fixed]
        # The noise of a level is the same, whatever is fixed above it.
        noise = self.noise_of_levels(count, rng, temperature)[len(fixed) :]
        draw = self.named(self._draw_below, len(fixed))
        return self.in_batches(draw, (*fixed, *noise), 128, 0, self.latent_shape[0])

    def variations(self, x, count=8, seed=None, strength=0.3, label=None):
        """Examples like `x`: its upper levels stay, the lower ones are drawn anew.

        Args:
            x: one example of shape `input_shape`, or a batch `(n, *input_shape)`.
            count: how many of each.
            seed: as in `sample`.
            strength: the share of the levels, from the bottom up, that are drawn from the prior;
                those above are drawn from the posterior q(z|x). At 1 nothing of `x` is left.
            label: none is taken.

        Returns:
            float32 array `(count, *input_shape)`, or `(n, count, *input_shape)` for a batch.
        """
        count = check_whole("count", count)
        self.check_wanted(label)
        x, is_single = self.as_batch(x)
        x = np.repeat(self.check_examples(x, is_target=False), count, axis=0)
        levels = len(self.latent_shape)
        kept = levels - round(min(max(strength, 0.0), 1.0) * levels)
        noise = self.noise_of_levels(len(x), self.numpy_generator(seed), 1.0)
        z = self.in_batches(self.named(self._draw_like, kept), (x, *noise), 128, 0)
        z = [part.reshape(-1, count, *part.shape[1:]) for part in z]
        return self.decode_nested(z, is_single)

    def prior_log_prob(self, z, batch_size=1024, verbose="auto"):
        """log p(z) of the codes of all levels, a list: float32 `(n,)`, in nats."""
        self.check_latents(z)
        self.check_count("levels of z", len(z), smallest=len(self.latent_shape))
        log_p = self._prior_log_prob
        return self.in_batches(log_p, tuple(z), batch_size, verbose, self.latent_shape[0])

    def fit_prior(self, x, kind="gaussian", batch_size=128, verbose="auto", label=None, **options):
        """Say that each level is the prior of the one below already."""
        raise ValueError(
            "The levels of a hierarchy are each other's prior, learned with the model: `sample` "
            f"draws from it as it is. Received: a {type(self).__name__}, kind={kind!r}"
        )

    def own_density(self):
        """Say how the density of lists is asked for."""
        raise ValueError(
            "The codes of a hierarchy are lists, and no density of vectors is theirs: "
            "`prior_log_prob` gives log p(z), `sample` and `draw_latents` draw. "
            f"Received: a {type(self).__name__}"
        )

    def check_latents(self, z):
        """Check that `z` is a list of codes, of all levels or of the top ones."""
        shapes = self.latent_shape
        if (
            not isinstance(z, (list, tuple))
            or not 0 < len(z) <= len(shapes)
            or any(
                tuple(np.shape(part)[1:]) != shape for part, shape in zip(z, shapes, strict=False)
            )
        ):
            found = list(map(np.shape, z)) if isinstance(z, (list, tuple)) else np.shape(z)
            raise ValueError(
                "The codes of a hierarchy are a list of arrays, one a level, the top first, of "
                f"shapes {[('n', *shape) for shape in shapes]}, or the first few of them. "
                f"Received: {found}"
            )

    def check_count(self, name, count, smallest=1):
        """A number of levels."""
        count = check_whole(name, count, smallest)
        if count > len(self.latent_shape):
            raise ValueError(
                f"The model has {len(self.latent_shape)} levels. Received: {name}={count}"
            )
        return count

    def decode_nested(self, z, is_single, label=None):
        """Decode a list of codes `(n, k, *shape)` to `(n, k, *input_shape)`, or without n."""
        self.check_wanted(label)
        shape = z[0].shape[:2]
        flat = self.decode([part.reshape(-1, *part.shape[2:]) for part in z])
        nested = flat.reshape(*shape, *self.input_shape)
        return nested[0] if is_single else nested

    def noise_of_levels(self, count, rng, temperature):
        """Normal noise for each level, a list of float32 arrays `(count, *shape)`."""
        return [
            (temperature * rng.standard_normal((count, *shape))).astype("float32")
            for shape in self.latent_shape
        ]

    @staticmethod
    def named(function, levels):
        """A function with a number of levels filled in, and a name of its own."""
        filled = functools.partial(function, levels)
        filled.__name__ = f"{function.__name__} {levels}"
        return filled

    # One batch, in the graph.

    def _draw_below(self, fixed, parts):
        z, noise = parts[:fixed], parts[fixed:]

        def choose(i, prior):
            return z[i] if i < fixed else prior.mean + prior.stddev * noise[i - fixed]

        return self.prior.descend(choose).z

    def _draw_like(self, kept, parts):
        x, *noise = parts

        def choose(i, prior, posterior):
            level = posterior if i < kept else prior
            return level.mean + level.stddev * noise[i]

        return self.decoder.descend(choose, self.heads(self.to_float(x))).z

    def _prior_log_prob(self, z):
        return self.prior.log_prob(z)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "widths": self.widths}
