import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from keras import layers, ops
from zoo import compiled, examples, same, weights_of

from keras_genae import VAE, KLAutoencoder
from keras_genae.networks.edge_features import edge_features

X = examples((12, 12, 1), 8)
ALONE = {"feature_weight": 0.0, "adversary_weight": 0.0}


def model(**arguments):
    keras.utils.set_random_seed(0)
    sizes = {"widths": (4, 8), "discriminator_widths": (4,), "adversary_start": 0}
    return KLAutoencoder((12, 12, 1), **{"latent_dim": 2, "seed": 0, **sizes, **arguments})


def terms_of(ours, x=X, weight=None, training=True):
    return ours.loss_terms(ours.unpack((x, None, weight)), training)


def trained_once(ours, optimizer=None, x=X):
    """A model after one step, and what it logged."""
    optimizer = optimizer or keras.optimizers.SGD(1e-3)
    return ours, compiled(ours, optimizer, run_eagerly=True).train_on_batch(x, return_dict=True)


def networks_of(ours):
    return [*ours.encoder.get_weights(), *ours.decoder.get_weights()]


def as_vectors(ours):
    """A VAE with the same networks, whose code is the map in a row."""

    class PlainVAE(VAE):
        WHITENS = False

    shape = ours.latent_shape
    encoder = keras.Model(ours.encoder.input, [layers.Flatten()(h) for h in ours.encoder.outputs])
    z = keras.Input((int(np.prod(shape)),))
    decoder = keras.Model(z, ours.decoder(layers.Reshape(shape)(z)))
    return PlainVAE(encoder=encoder, decoder=decoder, beta=float(ours.beta), seed=0)


def test_without_features_and_adversary_it_is_a_vae_of_maps():
    results = []
    for flat in (False, True):
        ours = model(beta=0.3, **ALONE)
        one, logs = trained_once(as_vectors(ours) if flat else ours)
        codes, samples = one.encode(X).reshape(8, -1), one.sample(2, seed=1)
        results.append((logs, networks_of(ours), codes, samples))
    (logs, weights, codes, samples), (flat_logs, flat_weights, flat_codes, flat_samples) = results
    assert logs == pytest.approx(flat_logs, rel=1e-6)
    for a, b in zip(weights, flat_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(codes, flat_codes)
    np.testing.assert_array_equal(samples, flat_samples)


def test_the_map_is_smaller_by_the_factor():
    for factor, shape in ((2, (32, 24, 3)), (4, (16, 12, 3)), (8, (8, 6, 3))):
        ours = KLAutoencoder((64, 48, 3), latent_dim=3, factor=factor)
        assert ours.latent_shape == shape and ours.decoder.output_shape == (None, 64, 48, 3)
    # The stages say it as well; sizes are rounded up.
    assert KLAutoencoder((13, 9, 1), 2, widths=(2, 2, 2)).latent_shape == (2, 2, 2)
    assert KLAutoencoder((28, 28, 1), 2).latent_shape == (7, 7, 2)


def test_priors_are_fitted_to_maps():
    ours = model(**ALONE)
    ours.fit_prior(examples((12, 12, 1), 40), "gaussian")
    assert ours.sample(3, seed=0).shape == (3, 12, 12, 1)
    z = ours.encode(X)
    assert ours.prior_log_prob(z).shape == (8,)
    assert ours.variations(X, 3, seed=0).shape == (8, 3, 12, 12, 1)
    assert ours.interpolate(X[0], X[1], steps=4).shape == (4, 12, 12, 1)


def test_free_bits_are_of_every_unit_of_the_map():
    ours = model(free_bits=50.0, beta=2.0, **ALONE)
    terms = terms_of(ours, training=False)
    units = np.prod(ours.latent_shape)
    np.testing.assert_allclose(terms["kl_loss"] + terms["free_bits_loss"], 50.0 * units, rtol=1e-5)


def test_neither_player_leaks_into_the_other():
    ours = model()
    parts = [ours.encoder, ours.decoder, ours.discriminator]
    variables = [part.trainable_variables for part in parts]
    with tf.GradientTape(persistent=True) as tape:
        terms = {name: tf.reduce_mean(term) for name, term in terms_of(ours).items()}
    encoder, decoder, discriminator = tape.gradient(terms["generator_loss"], variables)
    assert all(gradient is None for gradient in discriminator)
    assert all(np.any(gradient != 0.0) for gradient in (encoder[0], *decoder))
    encoder, decoder, discriminator = tape.gradient(terms["discriminator_loss"], variables)
    assert all(gradient is None for gradient in [*encoder, *decoder])
    assert all(np.any(gradient != 0.0) for gradient in discriminator)
    # λ is a number, through which nothing learns.
    measured = tape.gradient(terms["adaptive_weight"], variables)
    assert all(gradient is None for part in measured for gradient in part)


def test_the_losses_and_the_adaptive_weight_by_hand(noise_off):
    weight = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 1.0, 1.0, 3.0], "float32")
    ours = model(feature_weight=0.3, adversary_weight=0.5, scale=0.2, likelihood="gaussian")
    terms = terms_of(ours, weight=weight)
    features, shares = edge_features((12, 12, 1)), 144 / len(ours.feature_scales)
    kernel = ours.decoder.get_layer("raw").kernel
    with tf.GradientTape(persistent=True) as tape:
        image = ours.decoder(ours.encode(X)) + 0.5
        misfit = tf.reduce_sum(tf.square(X - image), axis=(1, 2, 3)) / (2 * 0.2**2)
        for wanted, found, scale in zip(
            features(X), features(image), ours.feature_scales, strict=True
        ):
            squared = tf.reduce_mean(tf.square(wanted - found), axis=(1, 2, 3))
            misfit += 0.3 * shares * 0.5 * squared / scale.variance
        told = tf.reduce_mean(ours.discriminator(image), axis=(1, 2, 3))
        losses = [tf.reduce_sum(weight * loss) / weight.sum() for loss in (misfit, -told)]
    norms = [np.linalg.norm(tape.gradient(loss, kernel)) for loss in losses]
    adaptive_weight = norms[0] / norms[1]
    np.testing.assert_allclose(terms["adaptive_weight"], adaptive_weight, rtol=1e-5)
    np.testing.assert_allclose(terms["generator_loss"], -adaptive_weight * told, rtol=1e-4)
    real, made = (ours.discriminator(some).numpy() for some in (X, image))
    hinge = 0.5 * np.maximum(0.0, 1.0 - real) + 0.5 * np.maximum(0.0, 1.0 + made)
    np.testing.assert_allclose(terms["discriminator_loss"], hinge.mean((1, 2, 3)), rtol=1e-5)
    total = terms["reconstruction_loss"] + 0.3 * terms["feature_loss"] + 1e-4 * terms["kl_loss"]
    total += 0.5 * terms["generator_loss"] + terms["discriminator_loss"]
    np.testing.assert_allclose(ours.weighted_sum(terms), total, rtol=1e-5)


def test_before_the_start_a_step_is_that_without_the_adversary():
    alone, _ = trained_once(model(adversary_weight=0.0))
    waiting, logs = trained_once(model(adversary_start=1))
    assert logs["generator_loss"] == logs["discriminator_loss"] == logs["adaptive_weight"] == 0.0
    assert same(networks_of(waiting), networks_of(alone))
    before = waiting.discriminator.get_weights()
    assert same(before, model().discriminator.get_weights())
    for one in (alone, waiting):
        logs = one.train_on_batch(X, return_dict=True)
    assert logs["discriminator_loss"] > 0.0 and logs["adaptive_weight"] > 0.0
    assert not same(networks_of(waiting), networks_of(alone))
    assert not same(waiting.discriminator.get_weights(), before)


@pytest.mark.parametrize("traced", fast([False, True], [False]))
@pytest.mark.slow
def test_resuming_over_the_start_is_as_without_a_break(traced, tmp_path, monkeypatch):
    # Two steps an epoch: the adversary starts at the second after the break.
    options = {"batch_size": 4, "shuffle": False, "verbose": 0}
    ours = compiled(model(adversary_start=3), run_eagerly=not traced)
    ours.fit(X, **options)
    ours.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    traces, output_terms = [], KLAutoencoder.output_terms

    def counted(self, *arguments):
        traces.append(self)
        return output_terms(self, *arguments)

    monkeypatch.setattr(KLAutoencoder, "output_terms", counted)
    histories = [one.fit(X, **options).history for one in (ours, loaded)]
    assert histories[0] == histories[1] and histories[0]["discriminator_loss"][0] > 0.0
    assert same(weights_of(ours), weights_of(loaded))
    if traced:  # The start traces nothing anew.
        assert traces == [loaded]


def test_what_weighs_nothing_is_heard_by_nobody(noise_off):
    junk = np.concatenate([X[:6], np.ones((2, 12, 12, 1), "float32")])
    weight = np.array([1.0] * 6 + [0.0] * 2, "float32")
    whole, part = terms_of(model(), junk, weight), terms_of(model(), X[:6])
    for name, term in part.items():
        np.testing.assert_allclose(whole[name][:6], term, rtol=1e-4, err_msg=name)


def test_entries_that_are_not_known_are_judged_as_they_were_made(noise_off):
    ours, known = model(), np.random.default_rng(0).random((8, 12, 12, 1)) < 0.6
    x = np.where(known, X, np.float32(0.0))
    made = ours.likelihood(ours.raw(ours.encode(x))).mean
    real = ours.discriminator(np.where(known, X, made)).numpy()
    hinge = np.maximum(0.0, 1.0 - real) + np.maximum(0.0, 1.0 + ours.discriminator(made))
    for fill in (0.0, 1.0):
        target = np.where(known, X, np.float32(fill))
        batch = ours.unpack((x, target, known.astype("float32")))
        found = ours.loss_terms(batch, training=False)["discriminator_loss"]
        np.testing.assert_allclose(found, 0.5 * hinge.mean((1, 2, 3)), rtol=1e-5)


def test_every_argument_counts():
    losses = set()
    network = keras.Model(x := keras.Input((12, 12, 1)), layers.AveragePooling2D(3)(x))
    for changes in (
        {},
        {"beta": 0.1},
        {"features": network},
        {"feature_weight": 0.5},
        {"adversary_weight": 0.3},
        {"adversary_start": 2},
        {"discriminator_widths": (5,)},
        {"factor": 2, "widths": (4,)},
    ):
        ours = model(**changes)
        losses.add(float(ops.mean(ours.weighted_sum(terms_of(ours)))))
    assert len(losses) == 8


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="is a map, which convolutions make"):
        KLAutoencoder((16,), 2)
    with pytest.raises(ValueError, match="`factor` must be a power of 2"):
        model(factor=6, widths=None)
    with pytest.raises(ValueError, match="filters of 3 stages"):
        model(factor=8)
    with pytest.raises(ValueError, match="`features` are compared where"):
        model(features=edge_features((12, 12, 1)), feature_weight=0.0)
    with pytest.raises(ValueError, match="`adversary_start` must be a whole number"):
        model(adversary_start=0.5)
    z, x = keras.Input((4, 4, 1)), keras.Input((12, 12, 1))
    heads = [layers.AveragePooling2D(3)(x), layers.MaxPooling2D(3)(x)]
    networks = {
        "encoder": keras.Model(x, heads),
        "decoder": keras.Model(z, layers.UpSampling2D(3)(z)),
    }
    with pytest.raises(ValueError, match="last kernel, and this decoder has none"):
        KLAutoencoder(**networks)
    ours = model(**ALONE)
    with pytest.raises(ValueError, match="`factor` describes the networks to build"):
        KLAutoencoder(encoder=ours.encoder, decoder=ours.decoder, factor=4)
