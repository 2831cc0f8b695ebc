"""What autoencoders with discrete codes have in common."""

import keras
import numpy as np
from keras import ops

from keras_genae.containers import is_source
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.networks.build import build_map_networks
from keras_genae.networks.checks import check_whole
from keras_genae.networks.given import shape_taken
from keras_genae.priors.kinds import CODE_PRIORS, check_kind
from keras_genae.priors.labelled import classes_of
from keras_genae.training.codebook_use import CodebookUse


class QuantisedAE(Autoencoder):
    """Base: the encoder makes a map of vectors, and a quantiser an index of each.

    `encode` gives the indices, int32 `(n, *latent_shape)`, and `decode` takes them. `fit` logs how
    much of the codebook is in use: `codebook_usage` and `perplexity`, see `CodebookUse`.

    A subclass says what quantises, `make_quantiser`, and what is paid for it, `latent_terms`.

    Args:
        input_shape: as in `Autoencoder`.
        latent_dim: entries of the vector at each place.
        groups: how many vectors dense layers make, with `network="mlp"`; 8 by default.
        **kwargs: the other arguments of `Autoencoder`. An encoder of one's own gives
            `(batch, height, width, latent_dim)` or `(batch, groups, latent_dim)`, which the decoder
            takes.
    """

    CODE_AXES = (2, 3)
    SIZES = (*Autoencoder.SIZES, "groups")
    # Of the scale of x the weight of the other terms should know nothing.
    DEFAULT_LIKELIHOOD = "sigma"

    def __init__(self, input_shape=None, latent_dim=None, groups=None, **kwargs):
        self.groups = groups
        super().__init__(input_shape, latent_dim, **kwargs)
        self.groups = check_groups(groups, self.places)
        self.quantiser = self.make_quantiser()
        self.codebook_use = CodebookUse(self.codebook_size, self.quantiser.CODEBOOKS)

    def make_networks(self, network, input_shape, latent_dim, widths, kernel_size, numbers):
        """See `build_map_networks`."""
        return build_map_networks(
            network,
            input_shape,
            latent_dim,
            self.groups,
            self.HEADS,
            widths,
            kernel_size,
            self.dtype_policy,
            numbers,
        )

    def make_quantiser(self):
        """The `Quantiser` of vectors of `latent_dim` entries."""
        raise NotImplementedError

    @property
    def places(self):
        """The shape of the map: `(height, width)`, or `(groups,)`."""
        return shape_taken(self.decoder)[:-1]

    @property
    def latent_shape(self):
        """The shape of the indices of an example."""
        return (*self.places, *self.quantiser.INDEX_SHAPE)

    @property
    def codebook_size(self):
        """How many values an index takes."""
        return self.quantiser.size

    def posterior(self, x, training=False):
        """q(z|x), all of it at one code."""
        (h,) = self.heads(x, training)
        return self.bottleneck(h, training)

    def bottleneck(self, h, training=False):
        """The `Code` of the encoder's output, `(batch, *places, latent_dim)`."""
        return self.quantiser.quantise(h)

    def terms_of(self, posterior, z, batch, training):
        """The loss terms of a batch; its codes are counted."""
        terms = super().terms_of(posterior, z, batch, training)
        indices = self.quantiser.each_codebook(posterior.indices)
        self.codebook_use.update_state(indices, batch.sample_weight)
        return terms

    def follow(self, posterior, batch):
        """The codebook goes with the codes, unless it is frozen."""
        if self.quantiser.trainable:
            self.quantiser.follow(posterior, batch.sample_weight, self.noise)

    def _encode(self, x):
        return self.posterior(self.to_float(x)).indices

    def _decode(self, z, like=None):
        z = keras.tree.map_structure(lambda part: ops.cast(part, "int32"), z)
        return super()._decode(self.quantiser.codes_of(z), like)

    # A prior over indices.

    def fit_prior(
        self, x, kind="transformer", batch_size=128, verbose="auto", labels=None, **options
    ):
        """Fit a density to the codes of `x`, which `sample` draws from, from then on.

        `"transformer"` is trained to tell each code from those before it: see
        `keras_genae.priors.TransformerPrior`. How well it does,
        `model.fitted_prior.nats_per_code`, is to be compared with `unigram_nats_per_code`, what
        the frequencies of the codes alone tell.

        Args:
            x: as in `encode`; the more examples the better, from some thousands.
            kind: `"transformer"`.
            batch_size: as in `encode`.
            verbose: as in `encode`; 1 prints the nats per code after each epoch too.
            labels: the class of each example of an array `x`: whole numbers from 0, names or
                one-hot rows. `sample(n, label=...)` then draws examples of a class.
            **options: `seed`, 0 by default, and `epochs`, as in `TransformerPrior.fit`; `width`,
                `depth`, `num_heads` and `dropout` of the transformer.

        Returns:
            The model.

        Raises:
            ValueError: on another kind, data of the wrong shape, dtype or range, or labels that
                are no classes.

        Example:

        >>> import numpy as np, keras_genae as genae
        >>> x = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
        >>> model = genae.FSQVAE((8,), levels=(3, 3), groups=2, widths=(16,), seed=0)
        >>> size = {"width": 16, "depth": 1, "num_heads": 2}
        >>> model = model.fit_prior(x, labels=np.arange(200) % 2, epochs=1, **size)
        >>> model.sample(3, label=1, top_k=4, seed=0).shape
        (3, 8)
        """
        prior_class = CODE_PRIORS[check_kind(kind, CODE_PRIORS, "indices")]
        if labels is not None and is_source(x):
            raise ValueError(
                "Labels are those of the examples of an array, in their order; of a dataset that "
                "is not known. Give both as arrays. Received: labels=… beside a dataset"
            )
        prior = prior_class(
            self.latent_shape,
            self.codebook_size,
            self.quantiser.CODEBOOKS,
            None if labels is None else classes_of(labels),
            name="fitted_prior",
            **{name: options.pop(name) for name in prior_class.SIZES if name in options},
        )
        codes = self.encode(x, batch_size=batch_size, verbose=verbose)
        prior.fit(codes, labels, verbose=verbose, **options)
        self.set_prior(prior, self.fingerprint_of_codes())
        return self

    @property
    def makes_codes(self):
        """See `LatentMethods.makes_codes`: what an index means is the codebook's to say."""
        return {**super().makes_codes, "codebook": self.quantiser}

    def own_density(self):
        """Refused: over indices there is none before one is fitted."""
        raise ValueError(
            "How often codes come, and which beside which, the model does not know, so there is "
            "nothing to draw from before a prior is fitted: call `model.fit_prior(x)` with "
            f"training data first. Received: a {type(self).__name__} without a fitted prior"
        )

    def prior_log_prob(self, z, batch_size=64, verbose="auto", label=None):
        """log probability of indices under the fitted prior.

        Args:
            z: indices as `encode` gives them.
            batch_size, verbose: as in `encode`.
            label: where the prior has classes, one for all or one each; by default the probability
                is that of all classes together.

        Returns:
            float32 array `(n,)`, in nats.

        Raises:
            ValueError: where `z` are no such indices, the model has no prior yet, or there is no
                such class.
        """
        self.check_latents(z)
        return self.density().log_prob(z, label, batch_size, verbose)

    def sample(
        self,
        count,
        seed=None,
        temperature=1.0,
        batch_size=128,
        verbose="auto",
        label=None,
        top_k=None,
    ):
        """Invent examples: decode draws from the prior over indices.

        Args:
            count: how many.
            seed: an int draws the same each time; `None` goes on with the model's own generator.
            temperature: the logits of a code are divided by it; below 1 the samples are more alike
                and more typical, at 0 each code is the likeliest.
            batch_size, verbose: as in `encode`.
            label: where the prior was fitted with classes, one for all or one each; by default they
                are drawn as often as they came.
            top_k: how many of the likeliest codes to draw each from; by default all.

        Returns:
            float32 array `(count, *input_shape)`.

        Raises:
            ValueError: where the model has no prior to draw from yet, or there is no such class.
        """
        count = check_whole("count", count)
        z = self.draw_latents(count, self.numpy_generator(seed), temperature, label, top_k)
        return self.decode(z, batch_size=batch_size, verbose=verbose)

    def draw_latents(self, count, rng, temperature, label=None, top_k=None):
        """Indices from the prior, as `decode` takes them."""
        return self.density().sample(count, rng, temperature, top_k, label)

    # What has no meaning for indices says what has.

    def check_latents(self, z):
        """Check that `z` are indices, as `encode` gives them."""
        check_indices(z, self.latent_shape, self.codebook_size)

    def interpolate(self, *args, **kwargs):
        """Refused: there is nothing between two indices.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "Codes are indices here, and nothing lies between two of them. A `VAE` interpolates. "
            f"Received: {type(self).__name__}.interpolate"
        )

    def variations(self, *args, **kwargs):
        """Refused: there is nothing around an index.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "Codes are indices here, and nothing lies around them. A `VAE` makes variations. "
            f"Received: {type(self).__name__}.variations"
        )


def check_groups(groups, places):
    """The number of vectors in a row, that of networks given; `None` where they make a map."""
    found = places[0] if len(places) == 1 else None
    if groups not in (None, found):
        raise ValueError(
            "`groups` may be left out with `encoder=` and `decoder=`, which say "
            f"{found if found else 'that the code is a map'}. Received: groups={groups}"
        )
    return found


def check_indices(z, shape, size, name="z"):
    """Check that `z` are whole numbers from 0 to size − 1, `(n, *shape)`."""
    array = np.asarray(ops.convert_to_numpy(z)) if hasattr(z, "shape") else None
    is_whole = array is not None and array.shape[1:] == shape and array.dtype.kind in "iu"
    if is_whole and (not array.size or (array.min() >= 0 and array.max() < size)):
        return
    found = type(z).__name__
    if array is not None:
        found = f"{array.dtype} of shape {array.shape}"
        found += f", from {array.min()} to {array.max()}" if array.size else ""
    raise ValueError(
        f"`{name}` must hold indices as `encode` gives them, whole numbers from 0 to {size - 1} of "
        f"shape (n, {', '.join(map(str, shape))}); for a single one write `z[None]`. "
        f"Received: {found}"
    )


def squared_distance(a, b):
    """‖a − b‖², summed over all but the batch: float32 `(batch,)`."""
    return ops.sum(ops.square(a - b), axis=tuple(range(1, len(a.shape))))
