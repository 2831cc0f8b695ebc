"""What all sparse dictionaries share."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.batches import in_batches
from keras_genae.containers import dense, is_source, peek
from keras_genae.distributions.events import sum_over_event
from keras_genae.layers.atoms import Atoms
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.checked_data import is_distributed
from keras_genae.models.dictionaries.explanation import Explanation
from keras_genae.models.dictionaries.keep_largest import keep_largest
from keras_genae.networks.checks import check_input_shape, check_whole
from keras_genae.networks.heads import head

# Rows of an array that the model starts from, at most.
LOOKED_AT = 10_000


class SparseDictionary(Autoencoder):
    """Base: x ≈ Σ_j z_j d_j + b_dec, a sum of few of many unit vectors d_j.

    Minimises −log p(x|z) + revival_weight · revival, z = sparse(W_enc (x − b_dec) + b_enc), where
    p(x|z) is by default N(Σ_j z_j d_j + b_dec, I): half the squared error in nats. A subclass says
    in `sparse` which features fire, and adds what it pays for them.

    - The atoms d_j have length 1: see `keras_genae.layers.Atoms`. W_enc starts as their transpose,
      and b_dec at the mean of the data, when training begins.
    - A feature is dead that fired for none of the last `dead_after` training examples. The revival
      term (AuxK of the TopK paper) lets those of them that come closest, at most half as many as x
      has entries, explain what the others leave over, −log p(x | the reconstruction held constant +
      theirs) less what it is without them, so that it is 0 where none is dead. Against resampling
      it has no steps of its own, and leaves the optimizer's state alone.

    `fit` logs, beside the terms, `l0`, the mean number of features that fire; `explained_variance`,
    1 − ‖x − mean of p(x|z)‖² over the variance of the data that training began with; and
    `dead_share`, the share of features that are dead at the time. `CollapseMonitor` names them.

    Args:
        input_shape: `(entries,)`, vectors such as the activations of a layer.
        latent_dim: the number of features, mostly several times that of entries.
        revival_weight: weight of the revival term.
        dead_after: training examples after which a feature that did not fire is dead; under
            replicas, examples of one of them.
        **kwargs: the other arguments of `Autoencoder`, without `network` and what describes it.
            Beside an encoder of one's own the decoder is one layer, `keras_genae.layers.Atoms`.
    """

    # An atom is a unit of its own: steps that are orthogonal to each other would move those of
    # features that did not fire.
    MUON = False
    SMALL = {"input_shape": (8,), "latent_dim": 32}
    # Whether the linear encoder has a bias.
    ENCODER_BIAS = True

    def __init__(
        self, input_shape=None, latent_dim=None, revival_weight=1 / 32, dead_after=10_000, **kwargs
    ):
        self.revival_weight = check_not_negative("revival_weight", revival_weight)
        self.dead_after = check_whole("dead_after", dead_after)
        if kwargs.get("encoder") is None and kwargs.get("decoder") is None:
            check_no_network(kwargs)
            networks = linear_networks(input_shape, latent_dim, self.ENCODER_BIAS)
            kwargs = {**kwargs, **dict(zip(("encoder", "decoder"), networks, strict=True))}
        super().__init__(input_shape, latent_dim, **kwargs)
        check_atoms(self.decoder)
        # Training examples since each feature fired.
        self.idle = self.kept("idle", (self.latent_dim,), aggregation="mean")
        # Of the entries of the data that training began with; 0 before.
        self.deviation = self.kept("deviation", ())

    def kept(self, name, shape, aggregation="none"):
        """A variable that no gradient moves, saved with the model."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer="zeros",
            dtype="float32",
            trainable=False,
            aggregation=aggregation,
        )

    @property
    def atoms_layer(self):
        """The one layer of the decoder."""
        return next(layer for layer in self.decoder.layers if isinstance(layer, Atoms))

    @property
    def atoms(self):
        """The unit vectors d_j, float32 array `(features, entries)`."""
        return ops.convert_to_numpy(self.atoms_layer.atoms)

    @property
    def is_dead(self):
        """Which features fired for none of the last `dead_after` training examples, booleans."""
        return ops.convert_to_tensor(self.idle) >= self.dead_after

    def begin(self, x, sample_weight=None):
        """Put b_dec at the mean of the data, the first time."""
        if float(ops.convert_to_numpy(self.deviation)) > 0.0 or is_distributed(x):
            return x
        if is_source(x):
            elements, x = peek(x)
            first, _, weight = keras.utils.unpack_x_y_sample_weight(elements[0])
        else:
            some = slice(None, None, math.ceil(x.shape[0] / LOOKED_AT))
            first = dense(x[some])
            weight = None if sample_weight is None else sample_weight[some]
        batch = self.unpack((first, None, weight))
        # Of each entry the known ones.
        weight = batch.sample_weight[:, None] * ops.ones_like(batch.target)
        if batch.entry_weight is not None:
            weight = weight * batch.entry_weight
        mean = ops.divide_no_nan(ops.sum(weight * batch.target, 0), ops.sum(weight, 0))
        squared = ops.sum(weight * ops.square(batch.target - mean))
        variance = ops.divide_no_nan(squared, ops.sum(weight))
        self.atoms_layer.bias.assign(mean)
        self.deviation.assign(ops.sqrt(variance))
        return x

    @property
    def unit(self):
        """The standard deviation of the data's entries, to measure by; 1 where it is unknown."""
        deviation = ops.convert_to_tensor(self.deviation)
        return ops.where(deviation > 0.0, deviation, 1.0)

    def seen(self, x):
        """x − b_dec."""
        return super().seen(x) - self.atoms_layer.bias

    def posterior(self, x, training=False):
        """The code, with the pre-activations that it was made of."""
        (pre,) = self.heads(x, training)
        return self.sparse(pre, training)

    def sparse(self, pre, training):
        """Say which features fire, and how much: a `SparseCode`.

        Args:
            pre: the encoder's output W_enc (x − b_dec) + b_enc, float32 `(batch, features)`.
            training: whether this is a training step.
        """
        raise NotImplementedError

    def latent_terms(self, posterior, z, batch):
        """The revival term."""
        return {"revival_loss": self.revival(posterior.pre, z, batch)}

    def revival(self, pre, z, batch):
        """−log p(x | x̂ + ê) + log p(x | x̂), ê of the dead features alone, x̂ held constant."""
        raw = ops.stop_gradient(self.raw(z))
        atoms = self.atoms_layer.atoms
        is_dead = self.is_dead
        k = min(max(self.input_shape[0] // 2, 1), self.latent_dim)

        def cost(raw):
            return self.reconstruction_loss(self.likelihood(raw), batch, training=False)

        def of_the_dead():
            dead_z = keep_largest(ops.where(is_dead, ops.relu(pre), 0.0), k)
            return cost(raw + ops.matmul(dead_z, atoms)) - cost(raw)

        return ops.cond(ops.any(is_dead), of_the_dead, lambda: ops.zeros_like(z[:, 0]))

    def follow(self, posterior, batch):
        """Count how long features have not fired."""
        counts = ops.cast(batch.sample_weight > 0.0, "float32")
        fires = ops.any(posterior.mean * counts[:, None] > 0.0, axis=0)
        self.idle.assign(ops.where(fires, 0.0, self.idle + ops.sum(counts)))

    def measures(self, likelihood, z, batch):
        """How many features fire, what they explain, and how many are dead."""
        squared = ops.square(batch.target - likelihood.mean)
        squared = sum_over_event(squared, batch.entry_weight)
        variance = self.input_shape[0] * ops.square(self.unit)
        is_dead = ops.cast(self.is_dead, "float32")
        return {
            "l0": ops.sum(ops.cast(z > 0.0, "float32"), axis=-1),
            "explained_variance": 1.0 - squared / variance,
            "dead_share": ops.zeros_like(squared) + ops.mean(is_dead),
        }

    @property
    def measure_names(self):
        """Names of what is logged behind the loss terms."""
        return ("l0", "explained_variance", "dead_share")

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "revival_loss")

    @property
    def term_weights(self):
        """The weight of the revival term."""
        return {**super().term_weights, "revival_loss": self.revival_weight}

    def explain(self, features, x, count=9, map_shape=(), batch_size=1024, verbose="auto"):
        """Find the inputs that fire features most.

        Args:
            features: the index of a feature, or several.
            x: as in `encode`: activations, such as `keras_genae.datasets.activations` gives, in
                their order, not shuffled.
            count: how many inputs at most.
            map_shape: where x holds a row for each position of a map, the shape of the map, such as
                `(7, 7)`: rows i·49 to i·49 + 48 are then input i, and it counts once, by its
                strongest position.
            batch_size, verbose: as in `encode`.

        Returns:
            An `Explanation`; of several features, a list of them. A feature that nothing fires has
            none of the inputs.

        Raises:
            ValueError: where there is no such feature, or the rows make no whole inputs.
        """
        count, map_shape = check_whole("count", count), tuple(map_shape)
        chosen = np.atleast_1d(features)
        if chosen.dtype.kind not in "iu" or not ((chosen >= 0) & (chosen < self.latent_dim)).all():
            raise ValueError(
                f"`features` must be indices from 0 to {self.latent_dim - 1}. "
                f"Received: features={features!r}"
            )

        def fired(batch):
            return self.encode(batch, batch_size=batch_size, verbose=0)[:, chosen]

        activations = in_batches(fired, self.check_examples(x), batch_size, verbose)
        positions = math.prod(map_shape)
        if len(activations) % positions:
            raise ValueError(
                f"A map of {map_shape} has {positions} positions, and there is to be a row for "
                f"each of every input. Received: {len(activations)} rows"
            )
        explanations = [
            Explanation.of(feature, column.reshape(-1, positions), count, map_shape)
            for feature, column in zip(chosen, activations.T, strict=True)
        ]
        return explanations if np.ndim(features) else explanations[0]

    def get_config(self):
        """The constructor's arguments."""
        rates = {"revival_weight": self.revival_weight, "dead_after": self.dead_after}
        return {**super().get_config(), **rates}


def linear_networks(input_shape, latent_dim, bias):
    """A linear encoder, and the decoder whose transpose it starts as."""
    input_shape, latent_dim = check_input_shape(input_shape), check_whole("latent_dim", latent_dim)
    if len(input_shape) != 1:
        raise ValueError(
            "A dictionary is one of vectors, such as a layer's activations: `input_shape` must be "
            "(entries,). `keras_genae.datasets.activations` makes rows of maps. "
            f"Received: input_shape={input_shape}"
        )
    x, z = keras.Input(input_shape, name="data"), keras.Input((latent_dim,), name="z")
    features = head(keras.layers.Dense, latent_dim, "features", use_bias=bias)
    atoms = Atoms(input_shape[0], name="atoms")
    encoder = keras.Model(x, features(x), name="encoder")
    decoder = keras.Model(z, atoms(z), name="decoder")
    features.kernel.assign(ops.transpose(atoms.atoms))
    return encoder, decoder


def check_no_network(arguments):
    """Refuse what describes other networks than linear ones."""
    given = {
        name: arguments[name]
        for name in ("network", "widths", "kernel_size")
        if arguments.get(name) is not None
    }
    if given:
        raise ValueError(
            "A dictionary is linear: leave out `network`, `widths` and `kernel_size`. "
            f"Received: {', '.join(f'{name}={value!r}' for name, value in given.items())}"
        )


def check_atoms(decoder):
    """Check that the decoder of a dictionary has one layer, its atoms."""
    layers = [layer for layer in decoder.layers if layer.weights]
    if len(layers) != 1 or not isinstance(layers[0], Atoms):
        raise ValueError(
            "The decoder of a dictionary is one layer, `keras_genae.layers.Atoms(entries)`. "
            f"Received: a decoder of the layers {[type(layer).__name__ for layer in layers]}"
        )
