"""Images judged in the features of another network."""

import math

import keras
from keras import ops

from keras_genae.distributions import Normal
from keras_genae.layers import OptimalScale
from keras_genae.networks.edge_features import edge_features


class FeatureLoss:
    """Mixin for models of images: −Σ log N(φ_l(x); φ_l(x̂), σ_l²), φ_l what a network sees.

    Each output of the network has the σ at its optimum, as `"sigma"` has for pixels, and all
    together count as many entries as the image has, each output the same share. The network stays
    as it is.
    """

    def make_features(self, features):
        """Take a network, `None` for `edge_features`; it is saved with the model."""
        self.has_own_features = features is None
        if features is None:
            features = edge_features(self.input_shape)
        check_features(features, self.input_shape)
        features.trainable = False
        self.features = features
        self.feature_scales = [
            OptimalScale(name=f"feature_scale_{i + 1}") for i in range(len(features.outputs))
        ]

    def features_of(self, image):
        """φ_l of images, a list of float32 tensors `(batch, ...)`."""
        outputs = keras.tree.flatten(self.features(image, training=False))
        return [ops.cast(output, "float32") for output in outputs]

    def feature_loss(self, target, image, batch, training):
        """−Σ log N(φ_l(x); φ_l(x̂), σ_l²), each layer as of its share of the image's entries.

        Args:
            target, image: x and x̂, `(batch, *input_shape)`.
            batch: a `keras_genae.training.Batch`.
            training: whether σ follows.

        Returns:
            float32 `(batch,)`.
        """
        layers = zip(
            self.features_of(target), self.features_of(image), self.feature_scales, strict=True
        )
        total = 0.0
        for wanted, found, scale in layers:
            if training:
                scale.update(wanted, found, batch.sample_weight)
            entries = math.prod(wanted.shape[1:])
            share = math.prod(self.input_shape) / (len(self.feature_scales) * entries)
            total -= share * Normal(found, scale.variance).log_prob(wanted)
        return total

    @property
    def features_config(self):
        """The network as in a config, `None` where it is the default."""
        return None if self.has_own_features else keras.saving.serialize_keras_object(self.features)


def check_features(features, input_shape):
    """Refuse what does not take images of a shape."""
    is_built = isinstance(features, keras.Model) and features.built and hasattr(features, "outputs")
    shape = tuple(features.input_shape[1:]) if is_built and len(features.inputs) == 1 else None
    if (
        shape is None
        or len(shape) != 3
        or any(size not in (None, wanted) for size, wanted in zip(shape, input_shape, strict=True))
    ):
        raise ValueError(
            "`features` must be a built Keras model of one input that takes the model's images, "
            f"{input_shape}. Received: features={features}"
            + (f", which takes {shape}" if shape else "")
        )
