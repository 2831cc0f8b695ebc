"""The autoencoder, and what every model of the zoo shares."""

import dataclasses

import keras
from keras import ops

from keras_genae.distributions import Point
from keras_genae.layers.noise_source import HasNoiseSource
from keras_genae.layers.optimal_scale import OptimalScale
from keras_genae.models.built_at_once import BuiltAtOnce
from keras_genae.models.fitting import Fitting
from keras_genae.models.latent_methods import LatentMethods
from keras_genae.models.likelihoods.names import check_scale, likelihood_of_loss, make_likelihood
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.build import build_networks
from keras_genae.networks.checks import check_input_shape, check_whole
from keras_genae.networks.given import (
    check_agreement,
    check_decoder_output,
    check_networks,
    check_raw_output,
    shape_taken,
)
from keras_genae.training.backend import TrainStep
from keras_genae.training.recipe import default_optimizer

# Layers in the config: the constructor takes the layer itself.
PARTS = (
    "encoder",
    "decoder",
    "classifier",
    "corruption",
    "features",
    "likelihood",
    "fitted_prior",
    "prior_network",
)


@zoo_model(
    family="autoencoders",
    minimises="−log p(x|z), z = encoder(x)",
    use="compression, features",
    paper="Hinton & Salakhutdinov 2006",
)
class Autoencoder(
    TrainStep, Fitting, LatentMethods, HasNoiseSource, keras.Model, metaclass=BuiltAtOnce
):
    """Compress x to a latent vector z and reconstruct x from it.

    Minimises −log p(x|z), z = encoder(x), in nats per example. All models of the zoo share its
    constructor, its methods and its training step, and override what their paper changed:
    `posterior`, `prior`, `latent_terms`, or what the encoder sees, `encoder_input`.

    Args:
        input_shape: `(height, width, channels)` for images, `(features,)` for vectors.
        latent_dim: entries of the latent vector.
        network: `"conv"` or `"mlp"`; by default convolutions for images, dense layers for vectors.
        widths: filters or units of each stage, from the data inwards.
        kernel_size: of every convolution, in pixels, with `network="conv"`.
        encoder, decoder: Keras models to use instead of `network`; both or neither. The encoder
            maps `(batch, *input_shape)` to `(batch, latent_dim)`, the decoder maps that to raw
            parameters (logits, without a last activation) `(batch, *input_shape)`; where the
            likelihood takes k numbers an entry, to k such maps, one behind the other along the
            last axis.
        likelihood: p(x|z), one of
            `"gaussian"`: fixed σ, the squared error in nats;
            `"sigma"`: σ at its optimum, shared by all entries (Rybkin et al., 2021);
            `"laplace"`: the absolute error, `"student_t"`: errors with heavy tails;
            `"bernoulli"`: binary cross-entropy;
            `"continuous_bernoulli"`: a density on [0, 1] (Loaiza-Ganem & Cunningham, 2019);
            `"categorical"`, `"logistic_mixture"`: probabilities of the 256 grey levels of bytes;
            `"poisson"`, `"negative_binomial"`, `"zero_inflated_negative_binomial"`: counts.
            By default `"gaussian"` here and `"sigma"` for the VAEs. One with settings of its own
            is made by hand: `keras_genae.models.likelihoods.StudentT(degrees_of_freedom=4.0)`.
        scale: σ of `"gaussian"`, 1 by default; b of `"laplace"` and σ of `"student_t"`, by default
            at their optimum.
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
    # What networks are built from, and those that are given, or loaded, have in their layers.
    SIZES = ("network", "widths", "kernel_size")
    DEFAULT_LIKELIHOOD = "gaussian"
    # How many axes the code that the decoder takes may have: a vector one, a map three.
    CODE_AXES = (1,)
    # Whether the default optimizer may move matrices by Muon.
    MUON = True
    # Whether the model trains on labels beside the examples.
    TAKES_LABELS = False
    # The arguments of a small one, to ask what its like can do.
    SMALL = {"input_shape": (8, 8, 1), "latent_dim": 1, "widths": (1,)}
    # The layer that makes side information of labels, and how many numbers c of it the encoder is
    # given beside x, and the decoder beside z: see `SideInformation`.
    condition = None
    condition_sizes = (0, 0)

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
        form = likelihood or self.DEFAULT_LIKELIHOOD
        if encoder is not None or decoder is not None:
            sizes = network, widths, kernel_size
            input_shape, latent_dim = self.check_given(
                encoder, decoder, sizes, input_shape, latent_dim
            )
            form = make_likelihood(form, input_shape)
            check_decoder_output(decoder, input_shape, form.numbers, form.NAME)
        else:
            input_shape = check_input_shape(input_shape)
            latent_dim = self.check_latent_dim(latent_dim)
            network = network or ("conv" if len(input_shape) == 3 else "mlp")
            form = make_likelihood(form, input_shape)
            encoder, decoder = self.make_networks(
                network, input_shape, latent_dim, widths, kernel_size, form.numbers
            )
        self.encoder = self.complete_encoder(encoder)
        self.decoder = decoder
        self.optimal_scale = OptimalScale(name="optimal_scale")
        if form.weights:
            self.learned_likelihood = form
        self.set_prior(None)
        self.make_noise(seed)

        # Config
        self.input_shape = input_shape
        self.latent_dim = latent_dim
        self.network = network
        self.widths = widths if widths is None else tuple(widths)
        self.kernel_size = kernel_size
        self.given_likelihood = likelihood
        self.given_scale = None if scale is None else check_scale(scale, form)
        self.__dict__["own_likelihood"] = form
        self.set_likelihood(form)
        self.seed = seed

        self.trackers = [
            keras.metrics.Mean(name=name) for name in (*self.term_names, *self.measure_names)
        ]
        self.has_user_metrics = False

    def build(self, input_shape):
        """Keras's hook, called when a model is made: its layers are, so there is nothing to do."""

    def set_likelihood(self, likelihood):
        """Take a `Likelihood` for p(x|z) from now on."""
        check_raw_output(self.decoder, likelihood.is_raw, likelihood.NAME)
        # Past Keras's bookkeeping, which would not let `compile` choose another; the weights of
        # one that learns are the model's by `learned_likelihood`.
        self.__dict__["likelihood_layer"] = likelihood

    @property
    def likelihood_name(self):
        """The name of the likelihood, as in `likelihood=`."""
        return self.likelihood_layer.NAME

    @property
    def scale(self):
        """The fixed scale of the likelihood; `None` where it is at its optimum."""
        return check_scale(
            self.given_scale if self.likelihood_layer.TAKES_SCALE else None, self.likelihood_layer
        )

    def make_networks(self, network, input_shape, latent_dim, widths, kernel_size, numbers):
        """The encoder and the decoder that a name and sizes stand for: see `build_networks`."""
        return build_networks(
            network,
            input_shape,
            latent_dim,
            self.HEADS,
            widths,
            kernel_size,
            self.dtype_policy,
            self.condition_sizes,
            numbers,
        )

    # What is optimised. A model of the zoo overrides what its paper changed.

    def check_latent_dim(self, latent_dim):
        """`latent_dim` as the networks are built from it."""
        return check_whole("latent_dim", latent_dim)

    def check_given(self, encoder, decoder, sizes, input_shape, latent_dim):
        """The shapes that networks of the caller's own say, where they fit each other."""
        check_networks(encoder, decoder, self.HEADS, *sizes, self.condition_sizes, self.CODE_AXES)
        found = shape_taken(encoder), shape_taken(decoder)[-1]
        check_agreement(found, input_shape, latent_dim)
        return found

    def complete_encoder(self, encoder):
        """The encoder, from the network that was built, given, or saved when it was complete."""
        return encoder

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return ("reconstruction_loss",)

    @property
    def term_weights(self):
        """Name → weight of each term whose weight is not 1; a Keras variable can be moved."""
        return {}

    def weight_of_term(self, name, value):
        """A variable for the weight of a term: moved without retracing, saved with the model."""
        return self.add_weight(
            name=name,
            shape=(),
            initializer=keras.initializers.Constant(value),
            dtype="float32",
            trainable=False,
        )

    def count_of_steps(self):
        """A variable to count training steps in, saved with the model."""
        return self.add_weight(
            name="steps",
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    @property
    def measure_names(self):
        """Names of what is logged behind the loss terms, and not minimised: see `measures`."""
        return ()

    @property
    def prior(self):
        """p(z), a distribution over codes; `None` for a model that has none from the start."""
        return None

    @property
    def latent_shape(self):
        """The shape of one code: what `encode` gives of an example, and `decode` takes."""
        return (self.latent_dim,)

    def loss_terms(self, batch, training):
        """What the model optimises: name → float32 `(batch,)`, in nats per example.

        Behind it stand its `measures`, which `weighted_sum` leaves out.

        Args:
            batch: a `keras_genae.training.Batch`.
            training: whether this is a training step.
        """
        batch = dataclasses.replace(batch, training=training)
        posterior = self.posterior(self.encoder_input(batch, training), training)  # q(z|x)
        z = self.draw(posterior, training)
        return self.terms_of(posterior, z, batch, training)

    def terms_of(self, posterior, z, batch, training):
        """The loss terms of a batch with these posteriors q(z|x), and draws: see `loss_terms`."""
        raw = self.raw(self.decoder_input(z, batch), training)
        likelihood = self.likelihood(raw)  # p(x|z)
        terms = {
            **self.reconstruction_terms(likelihood, batch, training),
            **self.latent_terms(posterior, z, batch),
            **self.output_terms(raw, z, batch, training),
            **self.measures(likelihood, z, batch),
        }
        if training:
            self.follow(posterior, batch)
        return terms

    def encoder_input(self, batch, training):
        """What the encoder sees of a batch: x."""
        return batch.x

    def decoder_input(self, z, batch):
        """What the decoder sees: z, `(batch, *latent_shape)`."""
        return z

    def posterior(self, x, training=False):
        """q(z|x) for a batch of floats `(batch, *input_shape)`: all of it at the code."""
        (z,) = self.heads(x, training)
        return Point(z)

    def draw(self, posterior, training):
        """z from q(z|x), `(batch, *latent_shape)`."""
        return posterior.sample(self.noise_for(training, posterior.mean))

    def latent_terms(self, posterior, z, batch):
        """What is paid for the code: name → float32 `(batch,)`, in nats per example.

        Args:
            posterior: q(z|x), as `posterior` makes it.
            z: the draw from it that is decoded.
            batch: a `keras_genae.training.Batch`.
        """
        return {}

    def measures(self, likelihood, z, batch):
        """What is logged and not minimised: name → float32 `(batch,)`, whose mean is the number.

        Args:
            likelihood: p(x|z), as `likelihood` makes it.
            z: the draw that was decoded.
            batch: a `keras_genae.training.Batch`.
        """
        return {}

    def output_terms(self, raw, z, batch, training):
        """What else is paid for the decoder's output: name → float32 `(batch,)`.

        Args:
            raw: what the decoder gave, as `raw` makes it.
            z: the draw that it was made of.
            batch: a `keras_genae.training.Batch`.
            training: whether this is a training step.
        """
        return {}

    def follow(self, posterior, batch):
        """Take a training batch into what has its optimum in closed form, behind all terms."""

    def reconstruction_terms(self, likelihood, batch, training):
        """What is paid for the reconstruction: name → float32 `(batch,)`, in nats per example.

        Args:
            likelihood: p(x|z), as `likelihood` makes it.
            batch: a `keras_genae.training.Batch`.
            training: whether this is a training step.
        """
        return {"reconstruction_loss": self.reconstruction_loss(likelihood, batch, training)}

    def reconstruction_loss(self, likelihood, batch, training):
        """−log p(target|z) in nats, `(batch,)`, from p(x|z)."""
        if training:
            self.follow_scale(likelihood, batch)
        return -likelihood.log_prob(batch.target, batch.entry_weight)

    def follow_scale(self, likelihood, batch):
        """Take a training batch into what of p(x|z) is kept at its optimum."""
        self.likelihood_layer.follow(batch)
        if self.scale is None:
            misfit = self.likelihood_layer.misfit(likelihood, batch.target)
            self.optimal_scale.follow(misfit, batch.sample_weight, batch.entry_weight)

    def likelihood(self, raw):
        """p(x|z), from the decoder's raw output."""
        form, scale = self.likelihood_layer, self.scale
        return form.distribution(
            raw, self.optimal_scale.variance if scale is None else scale**form.POWER
        )

    def heads(self, x, training=False):
        """The encoder's outputs for a batch of floats: one float32 tensor for each of `HEADS`."""
        outputs = self.encoder(self.seen(x), training=training)
        if isinstance(outputs, dict):
            outputs = [outputs[name] for name in self.HEADS]
        return [ops.cast(output, "float32") for output in keras.tree.flatten(outputs)]

    def seen(self, x):
        """x as the encoder sees it: the likelihood knows its scale."""
        return self.likelihood_layer.seen(x)

    def raw(self, z, training=False):
        """The decoder's output for a batch of codes, float32, `(batch, *input_shape)` or wider."""
        return ops.cast(self.decoder(z, training=training), "float32")

    def weighted_sum(self, terms):
        """Σ weight · term: what is minimised, float32 `(batch,)`."""
        weights = self.term_weights
        return sum(
            ops.convert_to_tensor(weights[name]) * term if name in weights else term
            for name, term in terms.items()
            if name not in self.measure_names
        )

    # The way of a batch through Keras.

    @property
    def call_shape(self):
        """The shape of what `call` takes."""
        return (None, *self.input_shape)

    def call_input(self, batch):
        """What `call` takes of a batch: x."""
        return batch.x

    def call(self, x, training=False):
        """The reconstruction of `x`: the mean of p(x|z) at z = encode(x)."""
        return self._decode(self._encode(x), like=self.to_float(x))

    def compile(
        self,
        optimizer=None,
        loss=None,
        metrics=None,
        weighted_metrics=None,
        steps_per_execution=None,
        **kwargs,
    ):
        """Choose the optimizer, and metrics of the reconstruction.

        Args:
            optimizer: as in Keras; by default `keras_genae.training.default_optimizer(model)`, Muon
                with warm-up and cosine decay over all of `fit`.
            loss: best left out: the model adds up its own. `"mse"` and `"binary_crossentropy"`
                choose the likelihoods `"gaussian"` and `"bernoulli"`.
            metrics, weighted_metrics: computed on (target, reconstruction).
            steps_per_execution: as in Keras. By default 1, or 8 where a step is so small that to
                start it takes a good part of its time, and no callback looks at batches.
            **kwargs: the other arguments of `keras.Model.compile`. Where `jit_compile` is left out,
                TensorFlow compiles the steps of Adam and Muon by XLA in runs that are long enough
                for it to pay (`keras_genae/models/fused_update.py`): the same but for rounding.

        Raises:
            ValueError: where the loss is not a likelihood, or contradicts `likelihood=`.
        """
        if loss is not None:
            name = likelihood_of_loss(loss, self.given_likelihood and self.likelihood_name)
            self.set_likelihood(make_likelihood(name, self.input_shape))
        else:
            self.set_likelihood(self.own_likelihood)
        self.compiled_functions.clear()
        self.chooses_steps = steps_per_execution is None
        self.chooses_fusing = kwargs.get("jit_compile", "auto") == "auto"
        self.has_user_metrics = bool(metrics or weighted_metrics)
        super().compile(
            optimizer=default_optimizer(self) if optimizer is None else optimizer,
            metrics=metrics,
            weighted_metrics=weighted_metrics,
            steps_per_execution=steps_per_execution or 1,
            **kwargs,
        )

    def compile_from_config(self, config):
        """Keras's hook on loading: compile as the saved model was."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    # One batch, in the graph: what `call` and the methods of `LatentMethods` are made of.

    def _encode(self, x):
        return self.posterior(self.to_float(x)).mean

    def _decode(self, z, like=None):
        z = keras.tree.map_structure(lambda part: ops.cast(part, "float32"), z)
        likelihood = self.likelihood(self.raw(z))
        if like is not None:
            likelihood = self.likelihood_layer.given(likelihood, like)
        return ops.clip(likelihood.mean, 0.0, 1.0) if self.is_image else likelihood.mean

    # Saving.

    def export(self, filepath, *args, **kwargs):
        """`keras.Model.export`: what is served is what `reconstruct` returns, of float32 data."""
        # Keras exports what has been called; `fit` calls the parts.
        self(
            keras.tree.map_shape_structure(
                lambda shape: ops.zeros((1, *shape[1:])), self.call_shape
            )
        )
        return super().export(filepath, *args, **kwargs)

    def get_config(self):
        """The constructor's arguments, the networks as they are now, and the fitted prior."""
        likelihood = self.given_likelihood
        if isinstance(likelihood, keras.layers.Layer):
            likelihood = keras.saving.serialize_keras_object(likelihood)
        elif self.likelihood_name != self.DEFAULT_LIKELIHOOD:
            # One that came through `compile(loss=…)` is saved as if it had been given here.
            likelihood = self.likelihood_name
        config = {
            "input_shape": self.input_shape,
            "latent_dim": self.latent_dim,
            **{name: getattr(self, name) for name in self.SIZES},
            # The layers, not the sizes they were built from: they may have been frozen, quantised,
            # renamed or given LoRA since.
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "likelihood": likelihood,
            "scale": self.scale if self.likelihood_layer.TAKES_SCALE else None,
            "seed": self.seed,
            "name": self.name,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
        }
        if self.fitted_prior is not None:
            config["fitted_prior"] = keras.saving.serialize_keras_object(self.fitted_prior)
            config["fitted_prior_of"] = self.fitted_prior_of
        return config

    @classmethod
    def from_config(cls, config):
        """Make a model from `get_config`'s result."""
        config = {
            name: keras.saving.deserialize_keras_object(value) if name in PARTS else value
            for name, value in config.items()
        }
        trainable = config.pop("trainable", True)
        prior, fitted_to = config.pop("fitted_prior", None), config.pop("fitted_prior_of", None)
        sizes = {name: config.pop(name, None) for name in cls.SIZES} if "encoder" in config else {}
        model = cls(**config)
        for name, value in sizes.items():
            # A tuple comes back from a file as a list.
            setattr(model, name, tuple(value) if isinstance(value, list) else value)
        if not trainable:
            model.trainable = False
        model.set_prior(prior, fitted_to)
        return model
