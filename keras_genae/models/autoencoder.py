"""The autoencoder, and what every model of the zoo shares."""

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import Normal
from keras_genae.layers.noise_source import HasNoiseSource
from keras_genae.layers.optimal_scale import OptimalScale
from keras_genae.models.data_checks import check_data, check_shape, first_batch
from keras_genae.models.latent_paths import PATHS
from keras_genae.models.likelihoods import BERNOULLIS, check_likelihood, likelihood_of_loss
from keras_genae.networks import conv_decoder, conv_encoder, dense_decoder, dense_encoder
from keras_genae.networks.checks import check_input_shape, check_whole
from keras_genae.priors import GaussianPrior
from keras_genae.training.backend import TrainStep, compile_for_batches
from keras_genae.training.batch import Batch
from keras_genae.training.batches import in_batches

NETWORKS = {"conv": (conv_encoder, conv_decoder), "mlp": (dense_encoder, dense_decoder)}


@keras.saving.register_keras_serializable(package="keras_genae")
class Autoencoder(TrainStep, HasNoiseSource, keras.Model):
    """Compress x to a latent vector z and reconstruct x from it.

    Minimises −log p(x|z), z = encoder(x), in nats per example. All models of the zoo share its
    constructor, its methods and its training step; they override `loss_terms`.

    Args:
        input_shape: `(height, width, channels)` for images, `(features,)` for vectors.
        latent_dim: entries of the latent vector.
        network: `"conv"` or `"mlp"`; by default convolutions for images, dense layers for vectors.
        widths: filters or units of each stage, from the data inwards.
        kernel_size: of every convolution, in pixels, with `network="conv"`.
        encoder, decoder: Keras models to use instead of `network`; both or neither. The encoder
            maps `(batch, *input_shape)` to `(batch, latent_dim)`, the decoder maps that to raw
            parameters (logits) `(batch, *input_shape)`.
        likelihood: p(x|z), one of
            `"gaussian"`: fixed σ, the squared error in nats;
            `"sigma"`: σ at its optimum, shared by all entries (Rybkin et al., 2021);
            `"bernoulli"`: binary cross-entropy;
            `"continuous_bernoulli"`: a density on [0, 1] (Loaiza-Ganem & Cunningham, 2019).
            By default `"gaussian"` here and `"sigma"` for the VAEs.
        scale: σ of `"gaussian"`, 1 by default.
        seed: an int that fixes all noise of the model; `None` for a random start.
        name, dtype: as for any Keras layer; `dtype="mixed_float16"` sets the precision of the
            hidden layers.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = Autoencoder(input_shape=(30,), latent_dim=2, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 30)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> model.encode(x).shape, model.reconstruct(x).shape
    ((64, 2), (64, 30))

    Reference:
        Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006.
    """

    # Names of the encoder's outputs.
    HEADS = ("z",)
    DEFAULT_LIKELIHOOD = "gaussian"

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        network=None,
        widths=None,
        kernel_size=None,
        encoder=None,
        decoder=None,
        likelihood=None,
        scale=None,
        seed=None,
        name=None,
        dtype=None,
    ):
        # Targets and losses stay float32 under mixed precision; the layers cast for themselves.
        super().__init__(name=name, dtype=dtype, autocast=False)

        # Layers
        self.custom_networks = encoder is not None or decoder is not None
        if self.custom_networks:
            check_networks(encoder, decoder, self.HEADS, network, widths, kernel_size)
            found = tuple(encoder.input_shape[1:]), decoder.input_shape[-1]
            check_agreement(found, input_shape, latent_dim)
            input_shape, latent_dim = found
        else:
            input_shape = check_input_shape(input_shape)
            latent_dim = check_whole("latent_dim", latent_dim)
            network = network or ("conv" if len(input_shape) == 3 else "mlp")
            encoder, decoder = build_networks(
                network, input_shape, latent_dim, self.HEADS, widths, kernel_size, self.dtype_policy
            )
        self.encoder = encoder
        self.decoder = decoder
        self.optimal_scale = OptimalScale(name="optimal_scale")
        self.fitted_prior = GaussianPrior(latent_dim, name="fitted_prior")
        self.make_noise(seed)

        # Config
        self.input_shape = input_shape
        self.latent_dim = latent_dim
        self.network = network
        self.widths = widths if widths is None else tuple(widths)
        self.kernel_size = kernel_size
        self.given_likelihood = None if likelihood is None else check_likelihood(likelihood)
        self.likelihood_name = likelihood or self.DEFAULT_LIKELIHOOD
        self.scale = check_scale(scale, self.likelihood_name)
        self.seed = seed

        self.trackers = [keras.metrics.Mean(name=name) for name in self.term_names]
        self.has_user_metrics = False
        # Name and dtype → compiled function of one batch, for the methods that work outside `fit`.
        self.compiled_functions = {}
        self.built = True

    # What is optimised.

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss",)

    @property
    def term_weights(self):
        """Name → weight of each term whose weight is not 1; a Keras variable can be moved."""
        return {}

    def loss_terms(self, batch, training):
        """What the model optimises: name → float32 `(batch,)`, in nats per example.

        Args:
            batch: a `keras_genae.training.Batch`.
            training: whether this is a training step.
        """
        z = self.encoder(batch.x, training=training)
        raw = self.decoder(z, training=training)
        return {"reconstruction_loss": self.reconstruction_loss(raw, batch, training)}

    def reconstruction_loss(self, raw, batch, training):
        """−log p(target|z) in nats, `(batch,)`, from the decoder's raw output."""
        likelihood = self.likelihood(raw)
        loss = -likelihood.log_prob(batch.target)
        if training and self.likelihood_name == "sigma":
            self.optimal_scale.update(batch.target, likelihood.mean, batch.sample_weight)
        return loss

    def likelihood(self, raw):
        """p(x|z), from the decoder's raw output."""
        if self.likelihood_name in BERNOULLIS:
            return BERNOULLIS[self.likelihood_name](raw)
        # No sigmoid: under a squared error its gradient dies where pixels are black or white, and
        # with it the training on dark images.
        learned = self.likelihood_name == "sigma"
        return Normal(raw, self.optimal_scale.variance if learned else self.scale**2)

    def weighted_sum(self, terms):
        """Σ weight · term: what is minimised, float32 `(batch,)`."""
        weights = self.term_weights
        return sum(
            ops.convert_to_tensor(weights[name]) * term if name in weights else term
            for name, term in terms.items()
        )

    # The way of a batch through Keras.

    def call(self, x, training=False):
        """The reconstruction of `x`: the mean of p(x|z) at z = encode(x)."""
        return self._decode(self._encode(x))

    def unpack(self, data):
        """Make a `Batch` of what Keras hands to a step: x, (x, y) or (x, y, sample_weight)."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        check_shape(tuple(x.shape), self.input_shape)
        x = self.to_float(x)
        is_target = y is not None and is_shape_of(y, self.input_shape)
        if sample_weight is None:
            sample_weight = ops.ones((ops.shape(x)[0],))
        return Batch(
            x=x,
            target=self.to_float(y) if is_target else x,
            label=None if is_target else y,
            sample_weight=ops.reshape(ops.cast(sample_weight, "float32"), (-1,)),
        )

    def to_float(self, x):
        """Data as float32; bytes of images become [0, 1]."""
        x = ops.convert_to_tensor(x)
        is_bytes = keras.backend.standardize_dtype(x.dtype) == "uint8"
        x = ops.cast(x, "float32")
        return x / 255.0 if is_bytes and self.is_image else x

    def update_metrics(self, batch, terms, per_example):
        """Take a batch into what is logged, and return the logs."""
        loss_tracker = next(metric for metric in self.metrics if metric.name == "loss")
        loss_tracker.update_state(per_example, sample_weight=batch.sample_weight)
        for tracker in self.trackers:
            tracker.update_state(terms[tracker.name], sample_weight=batch.sample_weight)
        if not self.has_user_metrics:
            return self.get_metrics_result()
        # Metrics of a reconstruction are those of what `predict` returns, without noise.
        mean = self(batch.x, training=False)
        return self.compute_metrics(batch.x, batch.target, mean, batch.sample_weight)

    def compile(self, optimizer="adam", loss=None, metrics=None, weighted_metrics=None, **kwargs):
        """Choose the optimizer, and metrics of the reconstruction.

        Args:
            optimizer: as in Keras.
            loss: best left out: the model adds up its own. `"mse"` and `"binary_crossentropy"`
                choose the likelihoods `"gaussian"` and `"bernoulli"`.
            metrics, weighted_metrics: computed on (target, reconstruction).
            **kwargs: the other arguments of `keras.Model.compile`.

        Raises:
            ValueError: where the loss is not a likelihood, or contradicts `likelihood=`.
        """
        if loss is not None:
            self.likelihood_name = likelihood_of_loss(loss, self.given_likelihood)
        else:
            self.likelihood_name = self.given_likelihood or self.DEFAULT_LIKELIHOOD
        self.compiled_functions.clear()
        self.has_user_metrics = bool(metrics or weighted_metrics)
        super().compile(
            optimizer=optimizer, metrics=metrics, weighted_metrics=weighted_metrics, **kwargs
        )

    def compile_from_config(self, config):
        """Keras's hook on loading: compile as the saved model was."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train: `keras.Model.fit`, after a look at the data.

        Args:
            x: an array, a `tf.data.Dataset`, or anything else Keras takes. Images are floats in
                [0, 1] or uint8 from 0 to 255; vectors are floats.
            y: of the shape of `x`, the target to reconstruct; of any other shape, a label. By
                default the target is `x`.
            *args, **kwargs: as in `keras.Model.fit`.

        Raises:
            ValueError: on data of the wrong shape, dtype or range, before the first step.
        """
        y = target_if_weighted(x, y, kwargs.get("sample_weight"))
        self.check_examples(x, y)
        validation = kwargs.get("validation_data")
        if isinstance(validation, (tuple, list)):
            val_x, val_y, weight = keras.utils.unpack_x_y_sample_weight(tuple(validation))
            val_y = target_if_weighted(val_x, val_y, weight)
            kwargs["validation_data"] = keras.utils.pack_x_y_sample_weight(val_x, val_y, weight)
            self.check_examples(val_x, val_y, prefix="validation ")
        else:
            self.check_examples(validation, prefix="validation ")
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Loss and metrics on data: `keras.Model.evaluate`, after a look at the data."""
        y = target_if_weighted(x, y, kwargs.get("sample_weight"))
        self.check_examples(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        """The reconstructions of `x`: `keras.Model.predict`, after a look at the data."""
        self.check_examples(x, is_target=False)
        return super().predict(x, *args, **kwargs)

    # Data.

    @property
    def is_image(self):
        """Whether an example is an image rather than a vector."""
        return len(self.input_shape) == 3

    @property
    def target_range(self):
        """(lowest, highest) value that the likelihood gives a density to; `None`: any."""
        return (0.0, 1.0) if self.is_image or self.likelihood_name in BERNOULLIS else None

    @property
    def input_range(self):
        """(lowest, highest) value the encoder may see; `None`: any finite number."""
        return self.target_range

    def check_examples(self, x, y=None, is_target=True, prefix=""):
        """Look at arrays, and at the first batch of a dataset, before anything is done with them.

        Args:
            x, y: as in `fit`.
            is_target: whether `x` is its own target where `y` brings none.
            prefix: what to put before the name of the data in a message.

        Raises:
            ValueError: on data of the wrong shape, dtype or range.
        """
        if not hasattr(x, "shape"):
            x, y = first_batch(x)
        has_target = y is not None and is_shape_of(y, self.input_shape)
        if has_target:
            check_data(y, self.input_shape, self.target_range, f"{prefix}y")
        is_target = is_target and not has_target
        value_range = self.target_range if is_target else self.input_range
        check_data(x, self.input_shape, value_range, f"{prefix}x")

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

    # What a trained model is for.

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

    def _encode(self, x):
        return self.encoder(self.to_float(x), training=False)

    def _decode(self, z):
        mean = self.likelihood(self.decoder(ops.cast(z, "float32"), training=False)).mean
        return ops.clip(mean, 0.0, 1.0) if self.is_image else mean

    # Saving.

    def get_config(self):
        """The constructor's arguments."""
        given = {"encoder": self.encoder, "decoder": self.decoder} if self.custom_networks else {}
        # A likelihood that came through `compile(loss=…)` is saved as if it had been given here.
        changed = self.likelihood_name != self.DEFAULT_LIKELIHOOD
        return {
            "input_shape": self.input_shape,
            "latent_dim": self.latent_dim,
            "network": self.network,
            "widths": self.widths,
            "kernel_size": self.kernel_size,
            **given,
            "likelihood": self.likelihood_name if changed else self.given_likelihood,
            "scale": self.scale if self.likelihood_name == "gaussian" else None,
            "seed": self.seed,
            "name": self.name,
            "dtype": self.dtype_policy.name,
        }

    @classmethod
    def from_config(cls, config):
        """Make a model from `get_config`'s result."""
        for name, value in config.items():
            if isinstance(value, dict):  # A network or a layer.
                config = {**config, name: keras.saving.deserialize_keras_object(value)}
        return cls(**config)


def target_if_weighted(x, y, sample_weight):
    """`y`, or `x` itself where only weights were given: Keras drops weights that come without y."""
    return x if y is None and sample_weight is not None else y


def is_shape_of(y, input_shape):
    """Whether `y` is a batch of data of `input_shape`; unknown sizes match."""
    shape = getattr(y, "shape", None)
    if shape is None or len(shape) != len(input_shape) + 1:
        return False
    pairs = zip(shape[1:], input_shape, strict=True)
    return all(have is None or have == want for have, want in pairs)


def check_scale(scale, likelihood):
    """σ of the gaussian likelihood as a float, 1 by default."""
    if scale is None:
        return 1.0
    if likelihood != "gaussian":
        raise ValueError(
            "`scale` is the σ of `likelihood='gaussian'`. Leave it out with any other likelihood. "
            f"Received: scale={scale}, likelihood={likelihood!r}"
        )
    if not 0.0 < scale < float("inf"):
        raise ValueError(f"`scale` must be a finite number above 0. Received: scale={scale}")
    return float(scale)


def build_networks(network, input_shape, latent_dim, heads, widths, kernel_size, dtype):
    """The encoder and decoder that a name and sizes stand for; `None` leaves a size as it is."""
    if network not in NETWORKS:
        raise ValueError(
            f"`network` must be one of {', '.join(map(repr, NETWORKS))}; for any other pass "
            f"`encoder=` and `decoder=`. Received: network={network!r}"
        )
    if kernel_size is not None and network != "conv":
        raise ValueError(
            "`kernel_size` is the size of convolutions; leave it out with any other network. "
            f"Received: network={network!r}, kernel_size={kernel_size}"
        )
    make_encoder, make_decoder = NETWORKS[network]
    given = {"widths": widths, "kernel_size": kernel_size}
    sizes = {name: value for name, value in given.items() if value is not None}
    return (
        make_encoder(input_shape, latent_dim, heads=heads, dtype=dtype, **sizes),
        make_decoder(input_shape, latent_dim, dtype=dtype, **sizes),
    )


def check_networks(encoder, decoder, heads, network, widths, kernel_size):
    """Check that an encoder and a decoder of the caller's own fit each other."""
    if encoder is None or decoder is None:
        raise ValueError(
            "Pass `encoder` and `decoder` together, or neither. "
            f"Received: encoder={encoder}, decoder={decoder}"
        )
    if any(option is not None for option in (network, widths, kernel_size)):
        raise ValueError(
            "`network`, `widths` and `kernel_size` describe the networks to build; leave them out "
            f"with `encoder=` and `decoder=`. Received: network={network!r}, widths={widths!r}, "
            f"kernel_size={kernel_size!r}"
        )
    for name, network in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(network, keras.Model) or not network.built:
            raise ValueError(
                f"`{name}` must be a built Keras model: let its first layer be a `keras.Input`. "
                f"Received: {name}={network}"
            )
    outputs = encoder.outputs
    codes = [tuple(output.shape[1:]) for output in outputs]
    latent = tuple(decoder.input_shape[1:])
    if len(codes) != len(heads) or any(code != latent for code in codes) or len(latent) != 1:
        raise ValueError(
            f"The encoder needs {len(heads)} output(s) ({', '.join(heads)}), each of the shape "
            "(batch, latent_dim) that the decoder takes. "
            f"Received: encoder outputs {codes}, decoder input {latent}"
        )
    if tuple(decoder.output_shape[1:]) != tuple(encoder.input_shape[1:]):
        raise ValueError(
            "The decoder must give back the shape that the encoder takes. Received: "
            f"encoder input {encoder.input_shape[1:]}, decoder output {decoder.output_shape[1:]}"
        )


def check_agreement(found, input_shape, latent_dim):
    """Check that sizes given beside networks of the caller's own are theirs."""
    for name, have, given in zip(
        ("input_shape", "latent_dim"), found, (input_shape, latent_dim), strict=True
    ):
        given = tuple(given) if isinstance(given, list) else given
        if given is not None and given != have:
            raise ValueError(
                f"`{name}` may be left out with `encoder=` and `decoder=`, which say {have}. "
                f"Received: {name}={given}"
            )
