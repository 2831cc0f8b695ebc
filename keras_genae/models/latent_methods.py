"""What a trained autoencoder is for: the methods that work outside `fit`."""

import numpy as np
from keras import ops

from keras_genae.models.latent_paths import PATHS
from keras_genae.networks.checks import check_whole
from keras_genae.training.backend import compile_for_batches
from keras_genae.training.batches import in_batches


class LatentMethods:
    """Mixin: arrays, tensors or datasets go in, NumPy arrays come out, in batches, never retraced.

    It asks of the model its `_encode` and `_decode` of one batch, `call`, `check_examples`,
    `noise`, `fitted_prior`, `input_shape`, `latent_dim`, and a dict `compiled_functions` to fill.
    """

    def encode(self, x, batch_size=128, verbose="auto"):
        """The latent vectors of `x`.

        Args:
            x: an array or tensor `(n, *input_shape)`, or a dataset of batches.
            batch_size: examples at a time, for arrays.
            verbose: 1 shows a progress bar, 0 none; `"auto"` shows one where it takes long.

        Returns:
            float32 array `(n, latent_dim)`; of a VAE, the means of the posteriors.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        self.check_examples(x, is_target=False)
        return self.in_batches(self._encode, x, batch_size, verbose)

    def decode(self, z, batch_size=128, verbose="auto"):
        """The mean of p(x|z) for latent vectors: images in [0, 1].

        Args:
            z: array or tensor `(n, latent_dim)`.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.

        Raises:
            ValueError: where `z` is of another shape.
        """
        if not hasattr(z, "shape") or len(z.shape) != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(
                f"`decode` takes latent vectors of shape (n, {self.latent_dim}); for a single one "
                f"write `z[None]`. Received: z.shape={getattr(z, 'shape', None)}"
            )
        return self.in_batches(self._decode, z, batch_size, verbose, (self.latent_dim,))

    def reconstruct(self, x, batch_size=128, verbose="auto"):
        """`decode(encode(x))` in one pass; always the same for the same `x`.

        Args:
            x, batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`.
        """
        self.check_examples(x, is_target=False)
        return self.in_batches(self.call, x, batch_size, verbose)

    def fit_prior(self, x, batch_size=128, verbose="auto"):
        """Fit a full-covariance normal distribution to the latent vectors of `x`.

        `sample` draws from it from then on. It is saved with the model.

        Args:
            x, batch_size, verbose: as in `encode`; a thousand examples or more are a good number.

        Returns:
            The model.
        """
        self.fitted_prior.fit(self.encode(x, batch_size, verbose))
        return self

    def sample(self, count, seed=None, temperature=1.0, batch_size=128, verbose="auto"):
        """Invent examples: decode draws from the prior.

        Args:
            count: how many.
            seed: an int draws the same each time; `None` goes on with the model's own generator.
            temperature: the prior's standard deviation is multiplied by it; below 1 the samples are
                more alike and more typical.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(count, *input_shape)`.

        Raises:
            ValueError: where the model has no prior to draw from yet.
        """
        count = check_whole("count", count)
        z = self.draw_latents(count, self.numpy_generator(seed), temperature)
        return self.decode(z, batch_size, verbose)

    def draw_latents(self, count, rng, temperature):
        """Latent vectors from the prior, `(count, latent_dim)`."""
        if not self.fitted_prior.is_fitted:
            raise ValueError(
                "A plain autoencoder puts its codes anywhere, so there is no distribution to "
                "sample from until one is fitted to them: call `model.fit_prior(x)` with training "
                "data first, or train a VAE, which has a prior from the start. "
                f"Received: a {type(self).__name__} without a fitted prior"
            )
        return self.fitted_prior.sample(count, rng, temperature)

    def numpy_generator(self, seed):
        """A NumPy generator from `seed`, or from the model's own generator, which moves on."""
        if seed is None:
            seed = [int(word) for word in ops.convert_to_numpy(self.noise.next())]
        return np.random.default_rng(seed)

    def interpolate(self, a, b, steps=10, path="linear"):
        """Morph `a` into `b` through the latent space.

        Args:
            a, b: two examples of shape `input_shape`, or two batches `(n, *input_shape)`.
            steps: length of the strip, the reconstructions of both ends included.
            path: `"linear"` or `"spherical"`.

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
        z = PATHS[path](self.encode(a), self.encode(b), steps)
        return self.decode_nested(z, is_single)

    def variations(self, x, count=8, seed=None, strength=0.3):
        """Examples like `x`: decode draws from around its latent vector.

        Args:
            x: one example of shape `input_shape`, or a batch `(n, *input_shape)`.
            count: how many of each.
            seed: as in `sample`.
            strength: how far to go, as a share of the spread of all latent vectors: at 1 a
                variation shares little with `x`. At 0 a VAE still draws from its posterior q(z|x),
                what it takes to be the same x.

        Returns:
            float32 array `(count, *input_shape)`, or `(n, count, *input_shape)` for a batch.

        Raises:
            ValueError: for a plain autoencoder without a fitted prior, which knows no distance in
                its latent space.
        """
        count = check_whole("count", count)
        x, is_single = self.as_batch(x)
        mean, stddev = self.spread_around(x, strength)
        epsilon = self.numpy_generator(seed).standard_normal((len(mean), count, self.latent_dim))
        z = mean[:, None, :] + stddev[:, None, :] * epsilon
        return self.decode_nested(z, is_single)

    def spread_around(self, x, strength):
        """Mean and standard deviation of the latent vectors of examples like `x`, each `(n, d)`."""
        if not self.fitted_prior.is_fitted:
            raise ValueError(
                "A plain autoencoder does not know how far apart its codes lie: call "
                "`model.fit_prior(x)` with training data first. "
                f"Received: a {type(self).__name__} without a fitted prior"
            )
        mean = self.encode(x)
        return mean, np.broadcast_to(strength * self.fitted_prior.stddev, mean.shape)

    def as_batch(self, x):
        """`x` with a batch axis, and whether it lacked one."""
        x = ops.convert_to_numpy(x)
        is_single = x.shape == self.input_shape
        return (x[None] if is_single else x), is_single

    def decode_nested(self, z, is_single):
        """Decode `(n, k, latent_dim)` to `(n, k, *input_shape)`; without n for a single example."""
        flat = self.decode(z.reshape(-1, self.latent_dim))
        nested = flat.reshape(*z.shape[:2], *self.input_shape)
        return nested[0] if is_single else nested

    def in_batches(self, function, data, batch_size, verbose, example_shape=None):
        """Apply a method, compiled once for each dtype, to data of any size: NumPy arrays."""
        example_shape = example_shape or self.input_shape

        def run(array):
            array = ops.convert_to_numpy(array)
            if array.dtype.kind == "f":
                array = array.astype("float32")
            key = f"{function.__name__} {array.dtype}"
            if key not in self.compiled_functions:
                compiled = compile_for_batches(function, example_shape, array.dtype)
                self.compiled_functions[key] = compiled
            return self.compiled_functions[key](array)

        return in_batches(run, data, batch_size, verbose)
