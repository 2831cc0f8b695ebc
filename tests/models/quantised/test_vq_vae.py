"""The vector-quantised autoencoder: which term moves what, and what its codes can do."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from sample_data import blobs
from zoo import build, compiled, examples

from keras_genae import VQVAE
from keras_genae.training import CollapseMonitor

X = examples((12, 12, 1), 16)
GRADIENT = {"codebook": "gradient", "restarts": False}


def still(**changes):
    """A model that only its loss moves."""
    return compiled(build("VQVAE", **GRADIENT, **changes), keras.optimizers.SGD(1e-3))


def gradients(model, name):
    """Those of one term, of the encoder's weights and of the codebook."""
    with tf.GradientTape() as tape:
        term = tf.reduce_sum(model.loss_terms(model.unpack((X,)), training=False)[name])
    weights = [*model.encoder.trainable_variables, model.quantiser.embeddings]
    found = tape.gradient(term, [w.value for w in weights])
    *of_encoder, of_codebook = found
    return [g for g in of_encoder if g is not None], of_codebook


def test_the_commitment_moves_the_encoder_and_the_codebook_loss_the_codes():
    model = still()
    h = np.float64(model.heads(X)[0])
    code = model.posterior(X)
    e = np.float64(code.quantised)
    of_encoder, of_codebook = gradients(model, "commitment_loss")
    assert of_encoder and max(np.abs(g).max() for g in of_encoder) > 1e-3
    assert of_codebook is None
    of_encoder, of_codebook = gradients(model, "codebook_loss")
    assert not of_encoder
    # d/de Σ ‖h − e‖² = Σ 2 (e − h) over the places of e.
    by_hand = np.zeros((12, 3))
    np.add.at(by_hand, np.array(code.indices).ravel(), 2.0 * (e - h).reshape(-1, 3))
    dense = tf.convert_to_tensor(of_codebook).numpy()
    np.testing.assert_allclose(dense, by_hand, rtol=1e-4, atol=1e-4)


def test_beta_is_on_the_term_of_the_encoder():
    moved = []
    for commitment in (0.0, 0.25, 5.0):
        model = still(commitment=commitment)
        model.train_on_batch(X)
        moved.append((model.encoder.get_weights(), model.quantiser.embeddings.numpy()))
    codes = [codebook for _, codebook in moved]
    np.testing.assert_allclose(codes[1], codes[0], rtol=1e-6)
    np.testing.assert_allclose(codes[2], codes[0], rtol=1e-6)
    kernels = [weights[-2] for weights, _ in moved]
    step, large = kernels[1] - kernels[0], kernels[2] - kernels[0]
    assert np.abs(step).max() > 1e-5
    np.testing.assert_allclose(large, 20.0 * step, rtol=1e-2, atol=1e-6)


def test_the_reconstruction_moves_the_encoder_as_if_there_were_no_codebook():
    model = still()
    h = tf.Variable(model.heads(X)[0])
    batch = model.unpack((X,))
    with tf.GradientTape(persistent=True) as tape:
        code = model.bottleneck(tf.convert_to_tensor(h))
        z = tf.identity(code.z)
        raw = model.likelihood(model.raw(z))
        loss = tf.reduce_sum(model.reconstruction_loss(raw, batch, training=False))
    of_h, of_z = tape.gradient(loss, [h, z])
    np.testing.assert_array_equal(of_h, of_z)
    assert tape.gradient(loss, model.quantiser.embeddings.value) is None
    assert float(np.abs(of_h).max()) > 0.0


def test_terms_are_summed_over_places_and_entries():
    model = still()
    terms = model.loss_terms(model.unpack((X,)), training=False)
    table = np.float64(model.quantiser.embeddings)
    h = np.float64(model.heads(X)[0])
    by_hand = ((h[..., None, :] - table) ** 2).sum(-1).min(-1).sum((1, 2))
    for name in ("commitment_loss", "codebook_loss"):
        np.testing.assert_allclose(terms[name], by_hand, rtol=1e-4)


def test_the_codebook_is_alive_after_a_first_step():
    x = blobs(64, (12, 12, 1))
    for changes in ({}, {"codebook": "gradient"}):
        model = compiled(build("VQVAE", **changes), run_eagerly=True)
        model.train_on_batch(x)
        model.fit(x, batch_size=16, verbose=0)
        assert model.history.history["codebook_usage"] == [1.0]
        assert len(np.unique(model.encode(x))) > 9


def test_the_default_optimizer_moves_a_trained_codebook_by_adam():
    model = build("VQVAE", codebook="gradient")
    model.compile()
    assert model.optimizer._should_use_adamw(model.quantiser.embeddings)
    assert not model.optimizer._should_use_adamw(model.encoder.get_layer("stage_1").kernel)


def test_every_argument_changes_the_loss():
    losses = set()
    changes = (
        {},
        {"codebook_size": 13},
        {"codebook": "gradient"},
        {"commitment": 1.0},
        {"restarts": False},
        {"latent_dim": 4},
    )
    for change in changes:
        model = compiled(build("VQVAE", **change), run_eagerly=True)
        model.train_on_batch(X)
        losses.add(float(model.train_on_batch(X, return_dict=True)["loss"]))
    assert len(losses) == len(changes)
    rows = [build("VQVAE of vectors", groups=groups).latent_shape for groups in (None, 3)]
    assert rows == [(8,), (3,)]


def own_networks(groups=None):
    """Networks of one's own, of a map of 2 × 2 places or a row."""
    places = (2, 2) if groups is None else (groups,)
    size = int(np.prod(places)) * 3
    x, z = keras.Input((8, 8, 1)), keras.Input((*places, 3))
    code = layers.Reshape((*places, 3))(layers.Dense(size)(layers.Flatten()(x)))
    image = layers.Reshape((8, 8, 1))(layers.Dense(64)(layers.Flatten()(z)))
    return {"encoder": keras.Model(x, code), "decoder": keras.Model(z, image)}


@pytest.mark.parametrize("groups", [None, 5])
def test_networks_of_ones_own_make_maps_or_rows(groups, tmp_path):
    model = compiled(VQVAE(**own_networks(groups), codebook_size=6, seed=0), run_eagerly=True)
    x = blobs(12, (8, 8, 1))
    model.fit(x, verbose=0)
    assert model.latent_dim == 3 and model.groups == groups
    assert model.encode(x).shape == (12, *((2, 2) if groups is None else (5,)))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.encode(x), model.encode(x))
    np.testing.assert_array_equal(loaded.reconstruct(x), model.reconstruct(x))
    assert loaded.get_config()["groups"] == groups


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codebook": "mean"}, r"one of 'ema', 'gradient'\. Received: codebook='mean'"),
        ({"codebook_size": 1}, "`codebook_size` must be a whole number of at least 2"),
        ({"commitment": -1.0}, "`commitment` must be a finite number from 0 up"),
        ({"groups": 3}, "`groups` is how many vectors dense layers make"),
        ({"latent_dim": None}, "`latent_dim` must be a whole number"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        VQVAE(**{"input_shape": (12, 12, 1), "latent_dim": 3, "widths": (4,), **arguments})


def test_networks_that_do_not_fit_say_what_would():
    vector = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)])
    z = keras.Input((3,))
    decoder = keras.Model(z, layers.Reshape((8, 8, 1))(layers.Dense(64)(z)))
    with pytest.raises(ValueError, match=r"\(batch, height, width, latent_dim\) that the decoder"):
        VQVAE(encoder=vector, decoder=decoder)
    with pytest.raises(ValueError, match=r"which say 5\. Received: groups=4"):
        VQVAE(**own_networks(5), groups=4)
    with pytest.raises(ValueError, match="say that the code is a map"):
        VQVAE(**own_networks(), groups=4)


@pytest.mark.parametrize(
    "z",
    [
        np.zeros((2, 3, 3), "float32"),
        np.zeros((2, 3), "int32"),
        np.full((2, 3, 3), 12),
        np.full((2, 3, 3), -1),
        [[0] * 3] * 3,
    ],
)
def test_what_are_no_indices_is_refused(z):
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 11 of shape \(n, 3, 3\)"):
        build("VQVAE").decode(z)


def test_indices_of_any_whole_type_are_decoded():
    model = build("VQVAE")
    z = model.encode(X)
    for dtype in ("uint8", "int64"):
        np.testing.assert_array_equal(model.decode(z.astype(dtype)), model.decode(z))


def test_what_indices_cannot_do_says_what_can():
    model = build("VQVAE")
    calls = {
        "fit_prior": lambda: model.fit_prior(X, "gaussian"),
        "sample": lambda: model.sample(2),
        "prior_log_prob": lambda: model.prior_log_prob(model.encode(X)),
        "interpolate": lambda: model.interpolate(X[0], X[1]),
        "variations": lambda: model.variations(X[0]),
    }
    for name, call in calls.items():
        with pytest.raises(
            ValueError, match=r"`model.fit_prior\(x\)`|one of 'transformer'|A `VAE` "
        ) as error:
            call()
        assert "Received: " in str(error.value), name


class TestCollapseMonitor:
    def watched(self, capsys, x=X, **changes):
        model = compiled(build("VQVAE", **changes), run_eagerly=True)
        history = model.fit(x, epochs=2, verbose=0, callbacks=[CollapseMonitor(x, patience=2)])
        return history.history["used_codes"], capsys.readouterr().out

    def test_dead_codes_are_reported_with_what_helps(self, capsys):
        used, printed = self.watched(capsys, codebook_size=13, restarts=False)
        assert used[-1] < 7
        assert printed.count("CollapseMonitor:") == 2 and "epoch 2: " in printed
        assert f"{13 - used[-1]} of 13 codes are dead: none of the 144 places" in printed
        assert "restarts=True" in printed and "FSQVAE" in printed

    def test_a_codebook_in_use_is_left_in_peace(self, capsys):
        assert self.watched(capsys, codebook_size=4) == ([4, 4], "")

    def test_too_few_examples_are_said_to_show_nothing(self, capsys):
        _, printed = self.watched(capsys, codebook_size=100)
        assert "144 places for 100 codes" in printed and printed.count("CollapseMonitor") == 1
        _, printed = self.watched(capsys, np.repeat(X[:1], 9, axis=0), codebook_size=4)
        assert "no code has anything to tell apart" in printed
