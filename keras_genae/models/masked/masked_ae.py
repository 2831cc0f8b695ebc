"""The masked autoencoder."""

import dataclasses

import numpy as np
from keras import ops

from keras_genae import noise
from keras_genae.containers import dense, is_source
from keras_genae.layers import Patches, PatchPositions, TransformerBlock
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.autoencoder import Autoencoder
from keras_genae.models.data_checks import check_shape
from keras_genae.models.masked.checks import (
    chain_of,
    check_encoder,
    check_mask,
    check_mask_ratio,
    check_network,
    pair,
)
from keras_genae.models.masked.vit import vit_decoder, vit_encoder
from keras_genae.models.zoo import zoo_model

# Of the encoder and of the decoder, which is the smaller of the two.
WIDTHS = (64, 32)
DEPTHS = (3, 2)


@zoo_model(
    family="masked",
    minimises="−log p(hidden patches|z) − visible_weight · log p(the others|z), z of the others",
    use="filling holes in images; features for a classifier",
    paper="He et al. 2022",
)
class MaskedAE(Autoencoder):
    """Hide most patches of an image at random, and tell them from those that are left.

    An image is cut into patches, T of them. The encoder, a vision transformer, sees the visible
    ones alone, V, and makes a token of each; in the place of the hidden ones, H, stands one learned
    mask token; the decoder, a smaller transformer, makes the whole image of all T. Minimises, in
    nats per example, both summed over pixels,

        −log p(x_H|z) − visible_weight · log p(x_V|z),   z_i = encoder(x_V)_i of i in V, else m.

    The first is logged as `reconstruction_loss`, and is −log p(x_H|x_V) of a model whose pixels are
    independent given x_V, in expectation over H; the second as `visible_loss`. The paper's loss is
    the first alone; then nothing says what the decoder makes of patches it was given, and whole
    images come out spoilt from `reconstruct(x)`. With `mask_ratio=0` and `visible_weight=1` this is
    an `Autoencoder` with the same networks. In validation the masks are the same in each epoch.

    - `reconstruct(x, mask=…)` fills holes of any form.
    - `feature_vectors(x)` gives `latent_dim` numbers for each image: the mean of its tokens.
    - `encode` gives all tokens, `(n, T, latent_dim)`, of whole images, and `decode` takes them.

    Choose it to fill in what is missing, and for features that a classifier learns from: ones that
    say what parts an image has to have, where those of an `Autoencoder` say its pixels. Its limits:
    it fills with the mean of what could be there, so that large holes come out smooth; it does not
    sample, and has no `fit_prior`; it takes images alone; and it trains slowly: on MNIST a linear
    probe of 64 features is right for 94 % after 10,000 steps (`ConvAE` 89 %, PCA 88 %), but
    after 564 of 64 it was below PCA's. A token is a linear map of the last norm's output, and
    already the projection that the paper's decoder begins with; the positions are fixed; there is
    no class token, and targets are not normalised patch by patch.

    Args:
        input_shape: `(height, width, channels)`.
        latent_dim: entries of a token, and of a vector of features.
        mask_ratio: share of the patches that are hidden, 0 or more and below 1; at least one is
            visible.
        visible_weight: weight of the visible patches in the loss.
        widths: entries of a token in the blocks of the encoder and of the decoder, (64, 32) by
            default; or one number for both.
        depths: number of blocks of the encoder and of the decoder, (3, 2) by default.
        patch_size: height and width of a patch in pixels; by default an eighth of the longer side,
            rounded up. At sides that it does not divide patches reach over the edge.
        **kwargs: `likelihood`, `scale`, `seed`, `name`, `dtype` of `Autoencoder`; or `encoder` and
            `decoder` such as `vit_encoder` and `vit_decoder` of `keras_genae.models.masked.vit`
            make: the encoder a chain of layers with `keras_genae.layers.Patches` and
            `PatchPositions`, and `TransformerBlock`s behind these, which are given visible tokens
            alone.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = MaskedAE((16, 16, 1), latent_dim=8, widths=(8,), depths=(1, 1), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).random((32, 16, 16, 1)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> hole = np.zeros((16, 16), bool)
    >>> hole[4:9, 4:9] = True
    >>> filled = model.reconstruct(x, mask=hole)
    >>> bool(np.all(filled[:, ~hole] == x[:, ~hole]))
    True
    >>> model.encode(x).shape, model.feature_vectors(x).shape
    ((32, 64, 8), (32, 8))

    Reference:
        He, Chen, Xie, Li, Dollár & Girshick, "Masked Autoencoders Are Scalable Vision
        Learners", 2022.
    """

    # A row of tokens.
    CODE_AXES = (2,)
    SIZES = ("widths", "depths", "patch_size")

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        mask_ratio=0.75,
        visible_weight=0.1,
        widths=None,
        depths=None,
        patch_size=None,
        network=None,
        **kwargs,
    ):
        check_network(network, depths, patch_size, kwargs)
        self.depths, self.patch_size = pair("depths", depths), patch_size
        super().__init__(input_shape, latent_dim, widths=widths, **kwargs)
        self.network = "vit"
        self.mask_ratio = check_mask_ratio(mask_ratio)
        self.visible_weight = check_not_negative("visible_weight", visible_weight)
        if self.mask_ratio == self.visible_weight == 0.0:
            raise ValueError(
                "Where nothing is hidden and what is visible counts for nothing, there is nothing "
                "to learn: let `mask_ratio` or `visible_weight` be above 0. "
                f"Received: mask_ratio={mask_ratio}, visible_weight={visible_weight}"
            )
        # m, the token of hidden patches.
        self.mask_token = self.add_weight(
            name="mask_token", shape=(self.latent_dim,), initializer="zeros", dtype="float32"
        )

    def make_networks(self, network, input_shape, latent_dim, widths, kernel_size, numbers):
        """A vision transformer each."""
        widths, depths = pair("widths", widths) or WIDTHS, self.depths or DEPTHS
        sizes = {"patch_size": self.patch_size, "dtype": self.dtype_policy}
        encoder = vit_encoder(input_shape, latent_dim, widths[0], depths[0], **sizes)
        decoder = vit_decoder(
            input_shape, latent_dim, widths[1], depths[1], numbers=numbers, **sizes
        )
        return encoder, decoder

    def check_given(self, encoder, decoder, sizes, input_shape, latent_dim):
        """The shapes of networks of the caller's own, the encoder one of patches."""
        found = super().check_given(encoder, decoder, sizes, input_shape, latent_dim)
        check_encoder(encoder)
        return found

    @property
    def latent_shape(self):
        """The tokens of an example, `(patches, latent_dim)`."""
        return tuple(self.encoder.outputs[0].shape[1:])

    @property
    def visible_patches(self):
        """How many patches the encoder sees in training: the others are hidden."""
        patches = self.latent_shape[0]
        if self.mask_ratio == 0.0:
            return patches
        return patches - min(max(round(self.mask_ratio * patches), 1), patches - 1)

    def loss_terms(self, batch, training):
        """The terms of the hidden patches, and of those they were told from."""
        batch = dataclasses.replace(batch, training=training)
        is_hidden = self.hide(batch.x, training)
        z = self.code_of_visible(batch.x, is_hidden, training)
        likelihood = self.likelihood(self.raw(z, training))  # p(x|z)
        known = 1.0 if batch.entry_weight is None else batch.entry_weight
        hidden = self.in_pixels(ops.cast(is_hidden, "float32"))
        of_terms = {
            "reconstruction_loss": hidden * known,  # −log p(x_H|z)
            "visible_loss": (1.0 - hidden) * known,  # −log p(x_V|z)
        }
        if training:
            # σ is at its optimum for the sum.
            weight = (hidden + self.visible_weight * (1.0 - hidden)) * known
            self.follow_scale(likelihood, dataclasses.replace(batch, entry_weight=weight))
        return {
            name: -likelihood.log_prob(batch.target, weight) for name, weight in of_terms.items()
        }

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "visible_loss")

    @property
    def term_weights(self):
        """The weight of the visible patches."""
        return {**super().term_weights, "visible_loss": self.visible_weight}

    # Codes of images of which a part is hidden.

    def hide(self, x, training):
        """Which patches to hide, drawn for each example: bools `(batch, patches)`."""
        drawn = noise.normal((ops.shape(x)[0], self.latent_shape[0]), self.noise_for(training, x))
        rank = ops.argsort(ops.argsort(drawn, axis=1), axis=1)  # Each order is as likely.
        return rank >= self.visible_patches

    def code_of_visible(self, x, is_hidden, training=False):
        """z, `visible_patches` of each example being visible: the others cost nothing."""
        patches, count = self.latent_shape[0], self.visible_patches
        visible = ops.sort(ops.where(is_hidden, patches, ops.arange(patches)), axis=1)[:, :count]
        tokens = self.tokens(x, lambda all_tokens: rows_at(all_tokens, visible), training)
        token = ops.zeros_like(tokens[:, :1]) + ops.convert_to_tensor(self.mask_token)
        place = ops.cumsum(ops.cast(ops.logical_not(is_hidden), "int32"), axis=1) - 1
        return rows_at(ops.concatenate([tokens, token], axis=1), ops.where(is_hidden, count, place))

    def code_of_others(self, x, is_hidden):
        """z, any number of patches being hidden: the others take nothing from them."""
        tokens = self.tokens(x, visible=ops.logical_not(is_hidden))
        return ops.where(is_hidden[..., None], ops.convert_to_tensor(self.mask_token), tokens)

    def tokens(self, x, choose=lambda all_tokens: all_tokens, training=False, visible=None):
        """What the encoder makes of those tokens that are chosen, float32."""
        h = self.seen(x)
        for layer in chain_of(self.encoder):
            options = {"visible": visible} if isinstance(layer, TransformerBlock) else {}
            h = layer(h, training=training, **options)
            if isinstance(layer, PatchPositions):
                h = choose(h)
        return ops.cast(h, "float32")

    @property
    def cut(self):
        """The layer that cuts images into patches."""
        return next(layer for layer in chain_of(self.encoder) if isinstance(layer, Patches))

    def in_pixels(self, of_patches):
        """A number for each pixel, `(batch, height, width, 1)`, from one for each patch."""
        height, width = self.input_shape[:2]
        rows, columns = self.cut.grid((None, height, width))
        pixels = ops.reshape(of_patches, (-1, rows, columns, 1))
        for axis in (1, 2):
            pixels = ops.repeat(pixels, self.cut.patch_size, axis=axis)
        return pixels[:, :height, :width]

    # What a trained model is for.

    def reconstruct(self, x, label=None, batch_size=128, verbose="auto", mask=None):
        """Fill holes of `x`; without `mask`, `decode(encode(x))` of whole images.

        Args:
            x, batch_size, verbose: as in `encode`; with a mask, an array or a tensor.
            label: none is taken.
            mask: which pixels are missing, bools `(n, height, width)`, or `(height, width)` for
                all. What `x` holds there, be it NaN, is not looked at. A patch of which a pixel is
                missing is hidden from the encoder, as in training.

        Returns:
            float32 array `(n, *input_shape)`; with a mask, `x` where nothing is missing.

        Raises:
            ValueError: on data, or a mask, of the wrong shape, dtype or range.
        """
        if mask is None:
            return super().reconstruct(x, label, batch_size, verbose)
        self.check_wanted(label)
        if is_source(x):
            raise ValueError(
                "A mask belongs to an array of images; take those of a dataset one batch after the "
                f"other. Received: x of type {type(x).__name__}"
            )
        x = ops.convert_to_numpy(dense(self.as_arrays(x, None, None)[0]))
        check_shape(x.shape, self.input_shape)
        mask = check_mask(mask, len(x), self.input_shape[:2])
        x = self.check_examples(np.where(mask[..., None], x.dtype.type(0), x), is_target=False)
        return self.in_batches(self._fill, (x, mask), batch_size, verbose)

    def _fill(self, parts):
        x, is_missing = self.to_float(parts[0]), parts[1][..., None]
        missing = self.cut(ops.cast(is_missing, "float32"))
        z = self.code_of_others(x, ops.any(missing > 0.0, axis=-1))
        return ops.where(is_missing, self._decode(z), x)

    def feature_vectors(self, x, label=None, batch_size=128, verbose="auto"):
        """A vector for each example, to classify by or to look at: the mean of its tokens.

        Args:
            x, batch_size, verbose: as in `encode`.
            label: none is taken.

        Returns:
            float32 array `(n, latent_dim)`.

        Raises:
            ValueError: as in `encode`.
        """
        x = self.check_examples(x, label, is_target=False)
        return self.in_batches(self._feature_vectors, x, batch_size, verbose)

    def _feature_vectors(self, x):
        return ops.mean(self._encode(x), axis=1)

    def fit_prior(self, x, kind=None, *args, **kwargs):
        """Refused: see `own_density`.

        Raises:
            ValueError: always.
        """
        return self.own_density()

    def own_density(self):
        """Refused: rows of tokens are no vectors, and a part of the image is to be there."""
        raise ValueError(
            "A masked autoencoder tells what is hidden from what is there, and has no density over "
            "codes: fill holes by `model.reconstruct(x, mask=…)`, or train a `ConvVAE` to sample. "
            f"Received: a {type(self).__name__}"
        )

    def get_config(self):
        """The constructor's arguments."""
        own = {"mask_ratio": self.mask_ratio, "visible_weight": self.visible_weight}
        return {**super().get_config(), **own}


def rows_at(x, places):
    """Rows of each example: x[i, places[i]] of `x`, `(batch, count, size)`."""
    count, size = x.shape[1:]
    first = count * ops.arange(ops.shape(x)[0], dtype="int32")
    return ops.take(ops.reshape(x, (-1, size)), ops.cast(places, "int32") + first[:, None], axis=0)
