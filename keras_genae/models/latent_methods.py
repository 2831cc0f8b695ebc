"""What a trained autoencoder is for: the methods that work outside `fit`."""

import inspect
import math
import warnings

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.fingerprint import fingerprint, layers_within
from keras_genae.models.latent_paths import PATHS, path_between
from keras_genae.networks.checks import check_whole
from keras_genae.priors.kinds import check_kind, new_prior
from keras_genae.training.backend import compile_for_batches

# Draws from the prior that `plausibility` compares with: their share is right to about 0.01.
PLAUSIBILITY_DRAWS = 4096
# Units of the hidden layers of the second VAE of the prior "two_stage".
SECOND_WIDTHS = (256, 256)


class LatentMethods:
    """Mixin: arrays, tensors or datasets go in, NumPy arrays come out, in batches, never retraced.

    It asks of the model its `_encode` and `_decode` of one batch, `call`, `check_examples`,
    `noise`, `encoder`, `decoder`, `input_shape`, `latent_dim` and `latent_shape`.
    """

    def encode(self, x, label=None, batch_size=128, verbose="auto"):
        """The latent vectors of `x`.

        Args:
            x: an array or tensor `(n, *input_shape)`, or a dataset of batches.
            label: of a model with side information, the label of each example, or one for all; a
                dataset brings its own, as pairs `(x, label)`. The others take none.
            batch_size: examples at a time, for arrays.
            verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

        Returns:
            float32 array `(n, latent_dim)`; of a VAE, the means of the posteriors. Of a model with
            a codebook, indices into it, int32 `(n, *latent_shape)`.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        x = self.check_examples(x, label, is_target=False)
        return self.in_batches(self._encode, x, batch_size, verbose)

    def decode(self, z, label=None, batch_size=128, verbose="auto"):
        """The mean of p(x|z) for latent vectors: images in [0, 1].

        Args:
            z: array or tensor `(n, latent_dim)`.
            label, batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.

        Raises:
            ValueError: where `z` is of another shape.
        """
        self.check_latents(z)
        z = self.with_label(z, label)
        return self.in_batches(self._decode, z, batch_size, verbose, self.latent_shape)

    def reconstruct(self, x, label=None, batch_size=128, verbose="auto"):
        """`decode(encode(x))` in one pass; always the same for the same `x`.

        Args:
            x, label, batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.
        """
        x = self.check_examples(x, label, is_target=False)
        return self.in_batches(self.call, x, batch_size, verbose)

    def fit_prior(
        self,
        x,
        kind="gaussian",
        batch_size=128,
        verbose="auto",
        label=None,
        labels=None,
        **options,
    ):
        """Fit a density to the latent vectors of `x`; of a VAE, to the aggregated posterior.

        `sample` draws from it from then on. It is saved with the model, in place of the one that
        was fitted before.

        Args:
            x: as in `encode`; a thousand examples are a good number for the first three kinds, ten
                thousand for the networks.
            kind: `"gaussian"`, a normal distribution with full covariance;
                `"gmm"`, a Gaussian mixture, of as many components as the data ask for;
                `"vamp_mixture"`, the posteriors of representative examples;
                `"flow"`, a normalising flow of couplings (RealNVP);
                `"maf"`, a masked autoregressive flow: samples take a pass for each unit;
                `"flow_matching"`, a continuous flow: what it can bend into is least limited;
                `"two_stage"`, a second VAE over the latent vectors.
                The classes in `keras_genae.priors` say more. A code that is a map is one long
                vector to them, but for `"flow_matching"`, whose network is one of maps then: a
                latent diffusion model.
                Codes that are indices have a prior of their own, `"transformer"`: see `fit_prior`
                of the models with a codebook.
            batch_size, verbose, label: as in `encode`.
            labels: with the kind `"flow_matching"` the class of each example, from which
                `sample(n, label=…, guidance=…)` draws then: whole numbers, one-hot rows or names.
                For models without side information, of which `label` is the one they have.
            **options: of the prior's class and its `fit`: `seed`, 0 by default; for the mixtures
                `components`, for the networks `epochs` and `width` or `widths`.

        Returns:
            The model.

        Raises:
            ValueError: on an unknown kind, or data that none can be fitted to.

        Example:

        >>> import numpy as np, keras_genae as genae
        >>> x = np.random.default_rng(0).normal(size=(500, 8)).astype("float32")
        >>> model = genae.Autoencoder((8,), latent_dim=2, widths=(16,), seed=0)
        >>> model.fit_prior(x, "gmm", components=2).sample(3, seed=0).shape
        (3, 8)
        >>> labels = ["low" if row[0] < 0.0 else "high" for row in x]
        >>> options = {"width": 16, "epochs": 1, "labels": labels}
        >>> model = model.fit_prior(x, "flow_matching", **options)
        >>> model.sample(3, seed=0, label="low", guidance=2.0).shape
        (3, 8)
        """
        if labels is not None:
            if self.condition is not None:
                raise ValueError(
                    "The model has side information already, given as `label`; a prior that knows "
                    "of classes too, by `labels`, is for models that do not. "
                    f"Received: a {type(self).__name__}, labels of shape {np.shape(labels)}"
                )
            options["labels"] = labels
        # A second VAE is a model, of which the priors below know nothing.
        if check_kind(kind) == "two_stage":
            options["vae"] = second_stage(math.prod(self.latent_shape))
        prior, options = new_prior(kind, self.latent_shape, options)
        moments = self.posterior_moments(x, label, batch_size, verbose)
        prior.fit(*(None if part is None else seen_by(prior, part) for part in moments), **options)
        self.set_prior(prior, self.fingerprint_of_codes())
        return self

    @property
    def makes_codes(self):
        """Name → layer of all that codes hang on: a fitted prior is out of date when it changes."""
        return {"encoder": self.encoder}

    def fingerprint_of_codes(self):
        """The fingerprint of all that codes hang on."""
        return fingerprint(*self.makes_codes.values())

    def set_prior(self, prior, fitted_to=None):
        """Sample from `prior` from now on.

        Args:
            prior: a layer of `keras_genae.priors`, or `None` for the model's own.
            fitted_to: the `fingerprint_of_codes` that it was fitted to.
        """
        # Past Keras's bookkeeping, which never forgets a layer: a prior that was replaced would go
        # on among the weights. Saving finds it all the same.
        self.__dict__["fitted_prior"] = prior
        self.fitted_prior_of = fitted_to

    def posterior_moments(self, x, label=None, batch_size=128, verbose="auto"):
        """The codes of `x`, `(n, latent_dim)`; a VAE gives the variances of the posteriors too."""
        return self.encode(x, label, batch_size, verbose), None

    def density(self):
        """The density over latent vectors that `sample` draws from: the fitted one, or the model's.

        A prior that was fitted to the codes of another encoder, before more training say, is used
        with a warning.
        """
        if self.fitted_prior is None:
            return self.own_density()
        if self.fitted_prior_of != self.fingerprint_of_codes():
            warnings.warn(
                f"The prior was fitted before the {' or the '.join(self.makes_codes)} changed, by "
                "training or quantising, and describes codes that it gives no more. Fit it again: "
                "`model.fit_prior(x)`.",
                stacklevel=3,
            )
        return self.fitted_prior

    def own_density(self):
        """The density over latent vectors that the model has without a fitted prior."""
        raise ValueError(
            "A plain autoencoder puts its codes anywhere, so there is no distribution over them "
            "until one is fitted: call `model.fit_prior(x)` with training data first, or train a "
            "VAE, WAE or SWAE, which have a prior from the start. "
            f"Received: a {type(self).__name__} without a fitted prior"
        )

    def prior_log_prob(self, z, batch_size=1024, verbose="auto"):
        """log p(z) under the fitted prior; of a VAE without one, under N(0, I).

        Args:
            z: array or tensor `(n, latent_dim)`.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n,)`, in nats; of the kind `"two_stage"` a lower bound.

        Raises:
            ValueError: where `z` is of another shape, or the model has no prior yet.
        """
        self.check_latents(z)
        density = self.density()
        z = seen_by(density, ops.convert_to_numpy(z))
        return in_batches(density.log_prob, z, batch_size, verbose)

    def plausibility(self, z, batch_size=1024, verbose="auto", seed=0):
        """How usual latent vectors are: the share of the prior's own draws that are less dense.

        Draws from the prior are spread evenly between 0 and 1, so that 0.5 is typical, and 0.01 as
        odd as the oddest draw of a hundred. Near 1 lies what is more likely than almost all draws,
        such as the mean of a normal prior: likely, though not typical.

        Args:
            z: array or tensor `(n, latent_dim)`.
            batch_size, verbose: as in `encode`.
            seed: of the 4096 draws that `z` is compared with.

        Returns:
            float32 array `(n,)`, from 0 to 1.

        Raises:
            ValueError: where `z` is of another shape, or the model has no prior yet.
        """
        log_prob = self.prior_log_prob(z, batch_size, verbose)
        drawn = self.draw_latents(PLAUSIBILITY_DRAWS, np.random.default_rng(seed), temperature=1.0)
        usual = np.sort(self.prior_log_prob(drawn, batch_size, verbose=0))
        return (np.searchsorted(usual, log_prob) / len(usual)).astype("float32")

    def sample(
        self,
        count,
        seed=None,
        temperature=1.0,
        batch_size=128,
        verbose="auto",
        label=None,
        **options,
    ):
        """Invent examples: decode draws from the prior.

        Args:
            count: how many.
            seed: an int draws the same each time; `None` goes on with the model's own generator.
            temperature: the prior's standard deviation is multiplied by it; below 1 the samples are
                more alike and more typical.
            batch_size, verbose: as in `encode`.
            label: of a model with side information, or with a prior that was fitted to `labels`,
                one for all or one each; by default they are drawn as often as they came among the
                last 1024 training examples.
            **options: of the fitted prior's `sample`: with labels `guidance`, how much they count,
                1 by default.

        Returns:
            float32 array `(count, *input_shape)`.

        Raises:
            ValueError: where the model has no prior to draw from yet, or knows nothing of labels.
        """
        count = check_whole("count", count)
        rng = self.numpy_generator(seed)
        if self.condition is None:
            options = self.checked_options(label, options)
            z = self.draw_latents(count, rng, temperature, **options)
            return self.decode(z, None, batch_size, verbose)
        if label is None:
            label = self.condition.draw(count, rng)
        options = self.checked_options(None, options)
        z = self.draw_latents(count, rng, temperature, label, **options)
        return self.decode(z, label, batch_size, verbose)

    def checked_options(self, label, options):
        """Options of the fitted prior's `sample`, a label of its own among them."""
        prior = self.fitted_prior
        if label is not None:
            if getattr(prior, "condition", None) is None:
                self.check_wanted(label)
            options = {**options, "label": label}
        taken = () if prior is None else inspect.signature(prior.sample).parameters
        for name in options:
            if name not in taken:
                owner = "the model's own prior" if prior is None else f"a {type(prior).__name__}"
                raise ValueError(
                    f"`sample` from {owner} takes no `{name}`. Received: {name}={options[name]!r}"
                )
        return options

    def draw_latents(self, count, rng, temperature, label=None, **options):
        """Codes from the prior, `(count, *latent_shape)`.

        Args:
            count, rng, temperature: as of `Prior.sample`.
            label: that of each, of a model with side information, or with a prior that was fitted
                to `labels`.
            **options: of the fitted prior's `sample`.
        """
        if self.condition is None and label is not None:
            options["label"] = label
        z = self.density().sample(count, rng, temperature, **options)
        return z.reshape(count, *self.latent_shape)

    def numpy_generator(self, seed):
        """A NumPy generator from `seed`, or from the model's own generator, which moves on."""
        if seed is None:
            seed = [int(word) for word in ops.convert_to_numpy(self.noise.next())]
        return np.random.default_rng(seed)

    def interpolate(self, a, b, steps=10, path="linear", label=None):
        """Morph `a` into `b` through the latent space.

        Args:
            a, b: two examples of shape `input_shape`, or two batches `(n, *input_shape)`.
            steps: length of the strip, the reconstructions of both ends included.
            path: `"linear"` or `"spherical"`.
            label: of a model with side information, that of `a`, `b` and all between them: one for
                all, or one for each pair.

        Returns:
            float32 array `(steps, *input_shape)`, or `(n, steps, *input_shape)` for batches.

        Raises:
            ValueError: where the shapes differ, `steps` is below 2, or `path` is unknown.
        """
        steps = check_whole("steps", steps, smallest=2)
        if path not in PATHS:
            raise ValueError(
                f"`path` must be one of {', '.join(map(repr, PATHS))}. Received: path={path!r}"
            )
        (a, is_single), (b, _) = self.as_batch(a), self.as_batch(b)
        if len(a) != len(b):
            raise ValueError(
                "`interpolate` pairs each example of `a` with one of `b`. "
                f"Received: {len(a)} and {len(b)} examples"
            )
        z = keras.tree.map_structure(
            lambda start, end: path_between(start, end, steps, path),
            self.encode(a, label),
            self.encode(b, label),
        )
        return self.decode_nested(z, is_single, label)

    def variations(self, x, count=8, seed=None, strength=0.3, label=None):
        """Examples like `x`: decode draws from around its latent vector.

        Args:
            x: one example of shape `input_shape`, or a batch `(n, *input_shape)`.
            count: how many of each.
            seed: as in `sample`.
            strength: how far to go, as a share of the spread of all latent vectors: at 1 a
                variation shares little with `x`. At 0 a VAE still draws from its posterior q(z|x),
                what it takes to be the same x.
            label: as in `encode`.

        Returns:
            float32 array `(count, *input_shape)`, or `(n, count, *input_shape)` for a batch.

        Raises:
            ValueError: for a plain autoencoder without a fitted prior, which knows no distance in
                its latent space.
        """
        count = check_whole("count", count)
        x, is_single = self.as_batch(x)
        mean, stddev = self.spread_around(x, strength, label)
        epsilon = self.numpy_generator(seed).standard_normal((len(mean), count, *mean.shape[1:]))
        z = mean[:, None] + stddev[:, None] * epsilon
        return self.decode_nested(z, is_single, label)

    def spread_around(self, x, strength, label=None):
        """Mean and standard deviation of codes of examples like `x`, each `(n, *latent_shape)`."""
        stddev = np.reshape(self.density().stddev, self.latent_shape)
        mean = self.encode(x, label)
        return mean, np.broadcast_to(strength * stddev, mean.shape)

    def check_latents(self, z):
        """Check that `z` has the shape of latent vectors."""
        if not hasattr(z, "shape") or tuple(z.shape[1:]) != self.latent_shape:
            shape = ", ".join(map(str, self.latent_shape))
            raise ValueError(
                f"`z` must hold latent vectors of shape (n, {shape}); for a single one "
                f"write `z[None]`. Received: z.shape={getattr(z, 'shape', None)}"
            )

    def as_batch(self, x):
        """`x` with a batch axis, and whether it lacked one."""
        x = ops.convert_to_numpy(x)
        is_single = x.shape == self.input_shape
        return (x[None] if is_single else x), is_single

    def decode_nested(self, z, is_single, label=None):
        """Decode `(n, k, *latent_shape)` to `(n, k, *input_shape)`; a single example without n."""
        if self.condition is not None:
            label = self.condition.numbers(label, len(z), required=True)
            label = np.repeat(label, z.shape[1], axis=0)
        flat = self.decode(z.reshape(-1, *self.latent_shape), label)
        nested = flat.reshape(*z.shape[:2], *self.input_shape)
        return nested[0] if is_single else nested

    @property
    def compiled_functions(self):
        """Name → compiled function, to be filled; empty again when the layers have changed.

        A compiled function holds the variables and the arithmetic of the layers it was made with:
        after `quantize`, LoRA, another dtype policy or another network it would be the old model.
        """
        layers = [*layers_within(self.encoder), *layers_within(self.decoder)]
        made_of = [*layers, *(layer.dtype_policy for layer in layers), *self.variables]
        kept = self.__dict__.setdefault("_compiled", ([], {}))
        if len(kept[0]) != len(made_of) or any(
            old is not new for old, new in zip(kept[0], made_of, strict=True)
        ):
            kept = self.__dict__["_compiled"] = (made_of, {})
        return kept[1]

    def in_batches(self, function, data, batch_size, verbose, example_shape=None):
        """Apply a method, compiled once for each dtype, to data of any size: NumPy arrays."""
        example_shape = example_shape or self.input_shape
        functions = self.compiled_functions

        def run(batch):
            is_tuple = isinstance(batch, tuple)
            array, *others = batch if is_tuple else (batch,)
            array = ops.convert_to_numpy(array)
            if array.dtype.kind == "f":
                array = array.astype("float32")
            key = f"{function.__name__} {array.dtype} {len(others)}"
            if key not in functions:
                functions[key] = compile_for_batches(
                    self, function, example_shape, array.dtype, others if is_tuple else None
                )
            return functions[key]((array, *others) if is_tuple else array)

        return in_batches(run, data, batch_size, verbose)


def seen_by(prior, z):
    """Codes `(n, *latent_shape)` as a prior takes them: where it is one of vectors, in a row."""
    return z.reshape(len(z), *prior.latent_shape)


def second_stage(latent_dim):
    """The untrained VAE over latent vectors of the prior "two_stage"."""
    # By the name it is saved under: the class is made of the methods above.
    vae_class = keras.saving.get_registered_object("keras_genae>VAE")
    return vae_class(
        (latent_dim,),
        latent_dim=latent_dim,
        likelihood="sigma",
        widths=SECOND_WIDTHS,
        seed=0,
        name="second_stage",
        dtype="float32",
    )
