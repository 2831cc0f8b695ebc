import keras
import numpy as np
import pytest
import tensorflow as tf
from zoo import compiled, examples

from keras_genae import MSSSIMVAE, VAE
from keras_genae.evaluation.reconstruction import ms_ssim

X = examples((12, 12, 1), 8)


def model(model_class=MSSSIMVAE, **arguments):
    keras.utils.set_random_seed(0)
    return model_class((12, 12, 1), latent_dim=3, widths=(4,), seed=0, **arguments)


def test_the_term_is_the_dissimilarity_of_the_mean(noise_off):
    ours = model()
    terms = ours.loss_terms(ours.unpack((X,)), training=False)
    image = np.array(ours.likelihood(ours.raw(ours.encode(X))).mean)
    # Of no similarity at all a thousandth is left, for the gradient.
    expected = np.minimum(1.0 - ms_ssim(X, np.clip(image, 0.0, 1.0)), 0.999)
    np.testing.assert_allclose(terms["ms_ssim_loss"], expected, atol=1e-4)
    total = 144.0 * terms["ms_ssim_loss"] + terms["kl_loss"]
    np.testing.assert_allclose(ours.weighted_sum(terms), total, rtol=1e-5)


def test_without_similarity_and_with_pixels_it_is_the_vae():
    ours, plain = model(similarity_weight=0.0, pixel_weight=1.0), model(VAE)
    for one in (ours, plain):
        compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
    for a, b in zip(ours.trainable_variables, plain.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)


def test_gradients_are_finite_where_nothing_is_similar():
    ours = model()
    for x in (
        X,
        np.zeros_like(X),
        np.ones_like(X),
        (np.indices((12, 12)).sum(0) % 2)[None, ..., None],
    ):
        batch = ours.unpack((np.float32(x),))
        image = tf.Variable(1.0 - batch.x)  # Inverted: the similarity is negative.
        with tf.GradientTape() as tape:
            loss = ours.dissimilarity(batch.x, image, batch, training=True)
        assert np.isfinite(loss).all() and np.isfinite(tape.gradient(loss, image)).all()


def test_an_entry_of_weight_0_has_no_influence():
    ours = model()
    mask = (np.random.default_rng(0).random(X.shape) < 0.7).astype("float32")
    losses = []
    for fill in (0.0, 0.9):
        batch = ours.unpack((X, np.where(mask > 0, X, np.float32(fill)), mask))
        losses.append(ours.loss_terms(batch, training=False)["ms_ssim_loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)
    whole = ours.loss_terms(ours.unpack((X,)), training=False)["ms_ssim_loss"]
    assert np.all(np.array(losses[0]) < np.array(whole))


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="`MSSSIMVAE` compares images"):
        MSSSIMVAE((16,), 2, widths=(4,))
    with pytest.raises(ValueError, match="`similarity_weight` must be a finite number"):
        model(similarity_weight=-1.0)
