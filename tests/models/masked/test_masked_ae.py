"""The masked autoencoder: what is hidden, what it is told from, and what fills it."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import compiled, examples, loss_of

from keras_genae import Autoencoder, MaskedAE
from keras_genae.evaluation import latent_space_quality
from keras_genae.models.masked.vit import vit_decoder, vit_encoder

SHAPE = (8, 8, 1)
X = examples(SHAPE, 6)
SMALL = {"latent_dim": 3, "widths": (8, 4), "depths": (1, 1), "patch_size": 2, "seed": 0}


def masked(shape=SHAPE, **changes):
    """A small model, 16 patches of 2×2, whose weights are large enough to matter."""
    keras.utils.set_random_seed(0)
    model = MaskedAE(shape, **{**SMALL, **changes})
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        weight.assign_add(rng.normal(0.0, 0.2, weight.shape))
    return model


class OfTokens(Autoencoder):
    """An autoencoder whose code is a row of tokens."""

    CODE_AXES = (2,)

    @property
    def latent_shape(self):
        return tuple(self.encoder.output_shape[1:])


def step(model, x):
    """The loss of a training step, and its gradients."""
    with tf.GradientTape() as tape:
        terms = model.loss_terms(model.unpack((x,)), training=True)
        loss = tf.reduce_mean(model.weighted_sum(terms))
    weights = [*model.encoder.trainable_weights, *model.decoder.trainable_weights]
    return float(loss), [gradient.numpy() for gradient in tape.gradient(loss, weights)]


@pytest.mark.parametrize("likelihood", ["gaussian", "sigma", "bernoulli"])
def test_with_nothing_hidden_it_is_the_autoencoder(likelihood):
    model = masked((7, 9, 2), mask_ratio=0.0, visible_weight=1.0, likelihood=likelihood)
    plain = OfTokens(encoder=model.encoder, decoder=model.decoder, likelihood=likelihood)
    x = examples((7, 9, 2), 6)
    (loss, gradients), (expected, by_plain) = step(model, x), step(plain, x)
    # Bernoulli entries with weights are summed in another way than those without.
    is_same = np.testing.assert_array_equal
    if likelihood == "bernoulli":
        is_same = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
    is_same(loss, expected)
    for gradient, other in zip(gradients, by_plain, strict=True):
        is_same(gradient, other)
    np.testing.assert_array_equal(model.reconstruct(x), plain.reconstruct(x))
    # And in a second step σ is at the same optimum.
    is_same(step(model, x)[0], step(plain, x)[0])


def test_a_share_of_the_patches_is_hidden_each_as_often():
    model = masked(mask_ratio=0.75)
    hidden = np.concatenate([model.hide(np.zeros((500, 1)), training=True) for _ in range(4)])
    assert hidden.shape == (2000, 16) and np.all(hidden.sum(axis=1) == 12)
    # Of 2,000 draws a share strays by 0.01.
    np.testing.assert_allclose(hidden.mean(axis=0), 0.75, atol=0.05)
    pairs = (hidden[:, :, None] & hidden[:, None]).mean(axis=0)[~np.eye(16, dtype=bool)]
    np.testing.assert_allclose(pairs, 12 / 16 * 11 / 15, atol=0.06)


@pytest.mark.parametrize(
    ("ratio", "visible"), [(0.0, 16), (0.01, 15), (0.5, 8), (0.75, 4), (0.999, 1)]
)
def test_at_least_one_patch_is_visible(ratio, visible):
    assert masked(mask_ratio=ratio).visible_patches == visible


def test_both_ways_to_a_code_are_one():
    model = masked((7, 9, 2), mask_ratio=0.6)
    x = examples((7, 9, 2), 4)
    is_hidden = model.hide(x, training=True)
    fast = model.code_of_visible(x, is_hidden).numpy()
    np.testing.assert_allclose(fast, model.code_of_others(x, is_hidden), atol=1e-5)
    # In the place of hidden patches stands the mask token, and there alone.
    is_token = np.all(fast == model.mask_token.numpy(), axis=-1)
    np.testing.assert_array_equal(is_token, is_hidden)


def test_what_is_hidden_has_no_influence_on_the_code():
    model = masked()
    is_hidden = np.array(model.hide(X, training=True))
    pixels = np.array(model.in_pixels(is_hidden.astype("float32"))) > 0.0
    other = np.where(pixels, 1.0 - X, X)
    for code in (model.code_of_visible, model.code_of_others):
        np.testing.assert_array_equal(code(X, is_hidden), code(other, is_hidden))
    shown = np.where(pixels, X, 1.0 - X)
    assert not np.allclose(
        model.code_of_visible(X, is_hidden), model.code_of_visible(shown, is_hidden)
    )


def test_the_loss_by_hand():
    model = compiled(masked((7, 9, 2), visible_weight=0.3, scale=0.5), run_eagerly=True)
    x = examples((7, 9, 2), 6)
    # Evaluation hides of each example what its place says.
    is_hidden = np.array(model.hide(x, training=False))
    mean = model.decoder(model.code_of_visible(x, is_hidden)).numpy() + 0.5
    cost = 0.5 * np.square((x - mean) / 0.5) + 0.5 * np.log(2 * np.pi * 0.25)
    # 4 × 5 patches of 2 × 2 pixels, the last of each row and column cut off.
    pixels = is_hidden.reshape(6, 4, 5).repeat(2, axis=1).repeat(2, axis=2)[:, :7, :9, None]
    hidden, shown = ((cost * part).sum((1, 2, 3)).mean() for part in (pixels, ~pixels))
    logs = model.evaluate(x, verbose=0, return_dict=True)
    assert logs["reconstruction_loss"] == pytest.approx(hidden, rel=1e-5)
    assert logs["visible_loss"] == pytest.approx(shown, rel=1e-5)
    assert logs["loss"] == pytest.approx(hidden + 0.3 * shown, rel=1e-5)
    # Weights of entries weigh both.
    weight = np.random.default_rng(0).random((6, 7, 9, 1)).astype("float32")
    logs = model.evaluate(x, sample_weight=weight, verbose=0, return_dict=True)
    by_hand = [(cost * part * weight).sum((1, 2, 3)).mean() for part in (pixels, ~pixels)]
    assert [logs["reconstruction_loss"], logs["visible_loss"]] == pytest.approx(by_hand, rel=1e-5)


def test_sigma_is_at_the_optimum_of_what_is_minimised():
    model = masked(likelihood="sigma", visible_weight=0.3)
    drawn = []
    model.hide = lambda x, training: drawn.append(MaskedAE.hide(model, x, training)) or drawn[-1]
    model.loss_terms(model.unpack((X,)), training=True)
    pixels = model.in_pixels(np.array(drawn[0], "float32")).numpy()
    error = np.square(X - 0.5 - model.decoder(model.code_of_visible(X, drawn[0])).numpy())
    weights = np.where(pixels > 0.0, 1.0, 0.3)
    expected = np.average(error, weights=weights)
    assert float(model.optimal_scale.variance) == pytest.approx(expected, rel=1e-5)


def test_masks_differ_from_step_to_step_and_not_from_evaluation_to_evaluation():
    model = compiled(masked(), run_eagerly=True)
    losses = [loss_of(model, X, batch_size=size) for size in (6, 4, 1, 6)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)
    drawn = [np.array(model.hide(X, training=True)) for _ in range(2)]
    assert np.any(drawn[0] != drawn[1]) and np.any(drawn[0][0] != drawn[0][1])


def loss_without_training(**changes):
    return loss_of(compiled(masked(**changes), run_eagerly=True), X)


@pytest.fixture(scope="module")
def reference():
    return loss_without_training()


@pytest.mark.parametrize(
    "change",
    [
        {"mask_ratio": 0.5},
        {"visible_weight": 0.2},
        {"latent_dim": 4},
        {"widths": (12, 4)},
        {"widths": (8, 8)},
        {"depths": (2, 1)},
        {"depths": (1, 2)},
        {"patch_size": 4},
        {},
    ],
    ids=str,
)
def test_every_argument_changes_the_loss(change, reference):
    assert (loss_without_training(**change) != reference) == bool(change)


def test_the_mask_token_learns_where_something_is_hidden():
    for ratio, moves in ((0.75, True), (0.0, False)):
        model = compiled(masked(mask_ratio=ratio), keras.optimizers.SGD(0.01), run_eagerly=True)
        before = model.mask_token.numpy()
        model.train_on_batch(X)
        assert np.any(model.mask_token.numpy() != before) == moves


# Holes.

HOLES = np.random.default_rng(1).random((6, 8, 8)) < np.linspace(0.0, 0.4, 6)[:, None, None]


@pytest.fixture(scope="module")
def model():
    return masked()


@pytest.mark.parametrize("content", [np.nan, np.inf, 1e30, 0.7])
def test_what_is_missing_is_not_looked_at(model, content):
    filled = model.reconstruct(np.where(HOLES[..., None], 0.0, X), mask=HOLES)
    spoilt = np.where(HOLES[..., None], np.float32(content), X)
    np.testing.assert_array_equal(model.reconstruct(spoilt, mask=HOLES), filled)
    assert np.isfinite(filled).all()


def test_what_is_known_stays_and_what_is_not_is_told_from_it(model):
    filled = model.reconstruct(X, mask=HOLES)
    np.testing.assert_array_equal(filled[~HOLES], X[~HOLES])
    assert filled.min() >= 0.0 and filled.max() <= 1.0
    for i in range(6):
        # Of each as if it had come alone, its patches with holes left out.
        is_hidden = HOLES[i].reshape(4, 2, 4, 2).any(axis=(1, 3)).reshape(16)
        seen = model.tokens(X[i : i + 1], lambda tokens, k=~is_hidden: np.array(tokens)[:, k])
        z = np.tile(model.mask_token.numpy(), (1, 16, 1))
        z[:, ~is_hidden] = seen
        expected = model.decode(z)[0]
        np.testing.assert_allclose(filled[i][HOLES[i]], expected[HOLES[i]], atol=1e-5)


def test_a_patch_with_a_hole_is_missing_as_a_whole(model):
    hole = np.zeros((8, 8), bool)
    hole[3, 3] = True
    other = X.copy()
    other[:, 2:4, 2:4] = 1.0 - other[:, 2:4, 2:4]
    filled, others = (model.reconstruct(x, mask=hole)[:, 3, 3] for x in (X, other))
    np.testing.assert_array_equal(filled, others)


def test_no_hole_and_nothing_but_a_hole(model):
    np.testing.assert_array_equal(model.reconstruct(X, mask=np.zeros((8, 8), bool)), X)
    blind = model.reconstruct(X, mask=np.ones((8, 8), bool))
    assert np.isfinite(blind).all() and np.ptp(blind, axis=0).max() == 0.0


def test_masks_of_any_kind_run_through_one_trace(model):
    model.compiled_functions.clear()
    for mask in (HOLES, HOLES[3], ~HOLES):
        for size in (1, 4, 6):
            model.reconstruct(X[:size], mask=mask[:size] if mask.ndim == 3 else mask, batch_size=4)
    (function,) = model.compiled_functions.values()
    assert function.experimental_get_tracing_count() == 1
    # One for all is one for each; bytes and tensors are taken as floats are.
    each = np.broadcast_to(HOLES[3], HOLES.shape)
    expected = model.reconstruct(X, mask=each)
    np.testing.assert_array_equal(model.reconstruct(X, mask=HOLES[3]), expected)
    np.testing.assert_array_equal(
        model.reconstruct(tf.constant(X), mask=tf.constant(HOLES[3])), expected
    )
    pixels = np.round(X * 255).astype("uint8")
    np.testing.assert_allclose(model.reconstruct(pixels, mask=each), expected, atol=0.05)


@pytest.mark.parametrize(
    ("x", "mask", "message"),
    [
        (X, HOLES[:3], r"of shape \(6, 8, 8\), or \(8, 8\) for all.*shape \(3, 8, 8\)"),
        (X, HOLES[0].astype("float32"), "`mask=numbers > 0`. Received: mask of float32"),
        (X, HOLES[..., None], r"Received: mask of bool and shape \(6, 8, 8, 1\)"),
        (X[:, :5], HOLES[0], "built for data of shape"),
        (2.0 * X, HOLES[0], "between 0 and 1"),
        (np.where(HOLES[..., None], X, np.nan), HOLES, "not finite"),
        (tf.data.Dataset.from_tensor_slices(X).batch(2), HOLES[0], "belongs to an array"),
    ],
)
def test_what_cannot_be_filled_is_named(model, x, mask, message):
    with pytest.raises(ValueError, match=message):
        model.reconstruct(x, mask=mask)


# Features, networks of one's own, and what is refused.


def test_features_are_the_mean_of_the_tokens(model):
    features = model.feature_vectors(X, batch_size=4)
    np.testing.assert_allclose(features, model.encode(X).mean(axis=1), atol=1e-6)
    x, y = examples(SHAPE, 60), np.arange(60) % 2
    quality = latent_space_quality(model, x[:40], x[40:], y[:40], y[40:])
    assert {"linear_probe", "pca_linear_probe", "trustworthiness"} <= set(quality)


def test_networks_of_ones_own_are_chains_of_patches():
    sizes = {"width": 4, "depth": 1, "patch_size": 4}
    encoder, decoder = vit_encoder(SHAPE, 3, **sizes), vit_decoder(SHAPE, 3, **sizes)
    model = MaskedAE(encoder=encoder, decoder=decoder)
    assert model.latent_shape == (4, 3) and model.visible_patches == 1
    assert model.reconstruct(X, mask=HOLES).shape == X.shape
    # A convolution would tell a visible patch of its neighbours.
    image = keras.Input(SHAPE)
    leaking = vit_encoder(SHAPE, 3, **sizes)(keras.layers.Conv2D(1, 3, padding="same")(image))
    with pytest.raises(ValueError, match="patches hear of each other in `TransformerBlock`s alone"):
        MaskedAE(encoder=keras.Model(image, leaking), decoder=decoder)
    with pytest.raises(ValueError, match="`depths` and `patch_size` describe the networks"):
        MaskedAE(encoder=encoder, decoder=decoder, patch_size=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mask_ratio": 1.0}, "`mask_ratio` must be 0 or more, and below 1"),
        ({"visible_weight": -1.0}, "`visible_weight` must be a finite number from 0 up"),
        ({"mask_ratio": 0.0, "visible_weight": 0.0}, "there is nothing to learn"),
        ({"widths": (8, 4, 2)}, "`widths` must be one or two whole numbers"),
        ({"depths": 3}, "`depths` must be one or two whole numbers.*depths=3"),
        ({"depths": (0, 1)}, r"`depths\[i\]` must be a whole number"),
        ({"network": "conv"}, "Only a transformer can leave patches out"),
        ({"kernel_size": 3}, "Only a transformer can leave patches out"),
        ({"input_shape": (16,)}, "Patches are cut from images"),
    ],
)
def test_what_no_model_can_be_built_from_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        MaskedAE(**{"input_shape": SHAPE, **SMALL, **arguments})


def test_what_has_no_meaning_says_what_has(model):
    for call in (
        lambda: model.fit_prior(X),
        lambda: model.sample(2),
        lambda: model.variations(X[0]),
        lambda: model.prior_log_prob(model.encode(X)),
    ):
        with pytest.raises(ValueError, match="has no density over codes: fill holes"):
            call()
    with pytest.raises(ValueError, match=r"latent vectors of shape \(n, 16, 3\)"):
        model.decode(model.feature_vectors(X))
    strip = model.interpolate(X[0], X[1], steps=3)
    np.testing.assert_allclose(strip[[0, -1]], model.reconstruct(X[:2]), atol=1e-5)


@pytest.mark.slow
def test_precision_and_saving(tmp_path):
    losses = []
    for dtype in ("float32", "mixed_bfloat16"):
        model = compiled(masked(dtype=dtype), run_eagerly=True)
        losses.append(loss_of(model, X))
    assert losses[1] == pytest.approx(losses[0], rel=0.01) and losses[1] != losses[0]
    model = compiled(masked(mask_ratio=0.5), run_eagerly=True)
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.reconstruct(X, mask=HOLES), model.reconstruct(X, mask=HOLES)
    )
    # With the masks of the run that was not broken.
    first, second = (m.fit(X, epochs=2, shuffle=False, verbose=0).history for m in (model, loaded))
    assert first == second
    assert (loaded.depths, loaded.patch_size) == ((1, 1), 2)
