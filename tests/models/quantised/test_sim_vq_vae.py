import keras
import numpy as np
import tensorflow as tf
from quantised import all_differ
from zoo import build, compiled, examples

X = examples((16,), 24)


def test_a_step_moves_all_codes_by_one_matrix():
    model = compiled(build("SimVQVAE"), keras.optimizers.SGD(1e-3), run_eagerly=True)
    quantiser = model.quantiser
    model.trainable = False
    model.trainable = True
    compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)
    frozen = quantiser.embeddings.numpy()
    np.testing.assert_array_equal(quantiser.table, frozen)
    model.train_on_batch(X)
    np.testing.assert_array_equal(quantiser.embeddings, frozen)
    moved = np.array(quantiser.table)
    assert np.any(moved != frozen, axis=1).all()
    np.testing.assert_allclose(moved, frozen @ quantiser.kernel.numpy(), rtol=1e-5)


def test_the_codebook_loss_moves_the_matrix_and_the_commitment_the_encoder():
    model = build("SimVQVAE")
    h = np.float64(model.heads(X)[0])
    weights = [v.value for v in model.encoder.trainable_variables]
    kernel = model.quantiser.kernel.value
    for name in ("commitment_loss", "codebook_loss"):
        with tf.GradientTape() as tape:
            terms = model.loss_terms(model.unpack((X,)), training=False)
            term = tf.reduce_sum(terms[name])
        *of_encoder, of_kernel = tape.gradient(term, [*weights, kernel])
        moves_encoder = any(g is not None and np.abs(g).max() > 1e-4 for g in of_encoder)
        assert moves_encoder == (name == "commitment_loss")
        assert (of_kernel is None) == (name == "commitment_loss")
    code = model.posterior(X)
    rows = model.quantiser.embeddings.numpy()[np.array(code.indices)]
    by_hand = 2.0 * np.einsum("bpi,bpj->ij", rows, np.float64(code.quantised) - h)
    np.testing.assert_allclose(of_kernel, by_hand, rtol=1e-4, atol=1e-3)


def test_every_argument_changes_the_loss():
    all_differ("SimVQVAE", {"codebook_size": 40}, {"commitment": 1.0}, {"groups": 3})
    config = build("SimVQVAE").get_config()
    assert "codebook" not in config and "restarts" not in config
