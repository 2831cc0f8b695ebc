"""The denoising autoencoder."""

import keras
import numpy as np
from keras import ops

from keras_genae.layers import Blur, GaussianNoise, MaskingNoise, SaltAndPepper
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.zoo import zoo_model

CORRUPTIONS = {
    "gaussian_noise": GaussianNoise,
    "masking": MaskingNoise,
    "salt_and_pepper": SaltAndPepper,
    "blur": Blur,
}


@zoo_model(
    family="autoencoders",
    minimises="−log p(x|z), z = encoder(spoilt x)",
    use="taking noise out",
    paper="Vincent et al. 2008",
)
class DenoisingAE(Autoencoder):
    """Reconstruct clean x from spoilt x.

    Minimises −log p(x|z), z = encoder(corruption(x)), in nats per example. `fit(clean)` spoils the
    data itself, anew in each epoch; `fit(noisy, clean)` takes pairs as they are. An example whose
    input equals its target has no noise of its own, and is spoilt like one without a target. In
    validation the noise is the same in each epoch.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        corruption: `"gaussian_noise"` (σ = 0.2), `"masking"` (a quarter of the pixels),
            `"salt_and_pepper"` (a tenth), `"blur"` (σ = 1 pixel), or a layer, such as
            `keras_genae.layers.GaussianNoise(0.3)`.
        **kwargs: the other arguments of `Autoencoder`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = DenoisingAE((28, 28, 1), latent_dim=16, widths=(16, 32), seed=0)
    >>> model.compile(optimizer="adam")
    >>> clean = np.random.default_rng(0).random((32, 28, 28, 1)).astype("float32")
    >>> history = model.fit(clean, epochs=1, verbose=0)
    >>> noisy = model.corrupt(clean)
    >>> model.denoise(noisy).shape
    (32, 28, 28, 1)

    Reference:
        Vincent et al., "Extracting and Composing Robust Features with Denoising
        Autoencoders", 2008.
    """

    def __init__(self, input_shape=None, latent_dim=None, corruption="gaussian_noise", **kwargs):
        super().__init__(input_shape, latent_dim, **kwargs)
        if isinstance(corruption, str):
            if corruption not in CORRUPTIONS:
                raise ValueError(
                    f"`corruption` must be one of {', '.join(map(repr, CORRUPTIONS))}, or a layer. "
                    f"Received: corruption={corruption!r}"
                )
            self.corruption = CORRUPTIONS[corruption](seed=self.noise, name=corruption)
        elif isinstance(corruption, keras.layers.Layer):
            check_corruption(corruption, self.input_shape)
            self.corruption = corruption
        else:
            raise ValueError(
                "`corruption` must be a name or a Keras layer. "
                f"Received: {corruption!r} of type {type(corruption).__name__}"
            )
        self.given_corruption = corruption

    def encoder_input(self, batch, training):
        """x of the batch, spoilt where it equals its target."""
        spoilt = self.corruption(batch.x, training=training)
        if batch.target is batch.x:
            return spoilt
        axes = tuple(range(1, len(batch.x.shape)))
        is_clean = ops.all(ops.equal(batch.x, batch.target), axis=axes, keepdims=True)
        return ops.where(is_clean, spoilt, batch.x)

    @property
    def input_values(self):
        """Noise may carry an input out of the range of its target."""
        return super().input_values.with_noise()

    def denoise(self, x, batch_size=128, verbose="auto"):
        """Clean `x`: another name of `reconstruct`.

        Args:
            x: array, tensor or dataset of spoilt examples `(n, *input_shape)`.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`, images in [0, 1].
        """
        return self.reconstruct(x, batch_size=batch_size, verbose=verbose)

    def corrupt(self, x, batch_size=128, verbose="auto"):
        """Spoil `x` as in validation: the same for the same `x`, to show what the model undoes.

        Args:
            x: array, tensor or dataset of clean examples `(n, *input_shape)`.
            batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, *input_shape)`, not cut to [0, 1].
        """
        x = self.check_examples(x)
        self.evaluation_noise.reset()
        try:
            return self.in_batches(self._corrupt, x, batch_size, verbose)
        finally:
            self.evaluation_noise.reset()

    def _corrupt(self, x):
        spoilt = self.corruption(self.to_float(x), training=False)
        self.evaluation_noise.advance(ops.shape(x)[0])
        return spoilt

    def get_config(self):
        """The constructor's arguments."""
        given = self.given_corruption
        is_name = isinstance(given, str)
        corruption = given if is_name else keras.saving.serialize_keras_object(given)
        return {**super().get_config(), "corruption": corruption}


def check_corruption(layer, input_shape):
    """Refuse a layer that changes the shape of the data, or spoils them in training only."""
    x = np.random.default_rng(0).random((4, *input_shape)).astype("float32")
    outside, inside = (ops.convert_to_numpy(layer(x, training=on)) for on in (False, True))
    if outside.shape != x.shape:
        raise ValueError(
            "A corruption keeps the shape of the data. "
            f"Received: {layer} from {x.shape} to {outside.shape}"
        )
    if np.array_equal(outside, x) and not np.array_equal(inside, x):
        ours = ", ".join(kind.__name__ for kind in CORRUPTIONS.values())
        raise ValueError(
            "The layer does nothing outside training, as Keras's noise layers do, so validation "
            "and `corrupt` would show the model clean data. Take one of `keras_genae.layers` "
            f"({ours}), or derive your own from `keras_genae.layers.Corruption`. Received: {layer}"
        )
