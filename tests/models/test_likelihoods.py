"""Likelihoods by name: what each takes, learns and gives, in models of the zoo."""

import keras
import numpy as np
import pytest
from cases import fast, slow
from keras import layers
from zoo import compiled, examples, loss_of, same, weights_of

from keras_genae import VAE, Autoencoder, ConvAE, ConvVAE, DenoisingAE
from keras_genae.distributions import NegativeBinomial, Poisson
from keras_genae.evaluation import bits_per_dimension, log_likelihood
from keras_genae.models import likelihoods
from keras_genae.models.likelihoods import LIKELIHOODS

VECTOR, IMAGE = (16,), (12, 12, 1)
COUNTS = ["poisson", "negative_binomial", "zero_inflated_negative_binomial"]
GREY_LEVELS = ["categorical", "logistic_mixture"]
ERRORS = ["laplace", "student_t"]
NEW = [*COUNTS, *GREY_LEVELS, *ERRORS]
MODELS = {
    "Autoencoder": Autoencoder,
    "VAE": VAE,
    "DenoisingAE": DenoisingAE,
    "ConvAE": ConvAE,
    "ConvVAE": ConvVAE,
}


def data_of(likelihood, count=32):
    """Data that the likelihood is made for."""
    rng = np.random.default_rng(0)
    if likelihood in COUNTS:
        rates = rng.gamma(0.5, 4.0, (4, *VECTOR))[rng.integers(0, 4, count)]
        return rng.poisson(rates * rng.gamma(3.0, 1.0, (count, 1))).astype("int64")
    if likelihood in GREY_LEVELS:
        return (255.0 * examples(IMAGE, count)).astype("uint8")
    return examples(VECTOR, count)


def model_of(likelihood, model_class=VAE, **options):
    name = likelihood if isinstance(likelihood, str) else likelihood.NAME
    shape = IMAGE if name in GREY_LEVELS or "Conv" in model_class.__name__ else VECTOR
    keras.utils.set_random_seed(0)
    return model_class(shape, 3, likelihood=likelihood, seed=0, **{"widths": (8,), **options})


@pytest.mark.parametrize("likelihood", fast(NEW, ["laplace"]))
def test_a_model_learns_and_comes_back_from_its_file(likelihood, tmp_path):
    x = data_of(likelihood)
    # In a graph of each kind; the others without one, which takes longer to make than to run.
    eagerly = likelihood not in ("negative_binomial", "logistic_mixture", "student_t")
    model = compiled(model_of(likelihood), keras.optimizers.Adam(1e-2), run_eagerly=eagerly)
    before = loss_of(model, x)
    history = model.fit(x, epochs=4, batch_size=16, verbose=0).history
    assert np.isfinite(history["loss"]).all() and loss_of(model, x) < before
    assert all(np.isfinite(w).all() for w in weights_of(model))
    assert model.reconstruct(x).shape == x.shape
    assert np.isfinite(log_likelihood(model, x, num_samples=3)).all()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name in ("likelihood", "scale"):
        assert loaded.get_config()[name] == model.get_config()[name]
    assert same(weights_of(loaded), weights_of(model))
    np.testing.assert_array_equal(loaded.reconstruct(x), model.reconstruct(x))
    assert loss_of(loaded, x) == loss_of(model, x)


PAIRS = [
    (likelihood, name)
    for likelihood in NEW
    for name in MODELS
    if name != "VAE" and not (likelihood in COUNTS and "Conv" in name)
]
EACH_TIME = [("negative_binomial", "DenoisingAE"), ("laplace", "ConvAE")]


@pytest.mark.parametrize(
    ("likelihood", "name"), [pair if pair in EACH_TIME else slow(*pair) for pair in PAIRS]
)
def test_every_model_takes_it(likelihood, name):
    options = {}
    if name == "DenoisingAE" and likelihood in COUNTS:
        options["corruption"] = "masking"
    model = compiled(model_of(likelihood, MODELS[name], **options), run_eagerly=True)
    x = data_of(likelihood, 8)
    if x.shape[1:] != model.input_shape:
        x = examples(model.input_shape, 8)
    history = model.fit(x, batch_size=8, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert model.reconstruct(x).shape == x.shape


@pytest.mark.parametrize("likelihood", NEW)
def test_an_entry_of_weight_0_has_no_influence(likelihood):
    x = data_of(likelihood, 12)
    known = np.random.default_rng(1).random(x.shape) < 0.7
    results = []
    for fill in (0, 1):
        model = compiled(model_of(likelihood), keras.optimizers.SGD(1e-4), run_eagerly=True)
        target = np.where(known, x, fill).astype(x.dtype)
        # The encoder sees the same; only the target changes.
        history = model.fit(x, target, sample_weight=known.astype("float32"), verbose=0).history
        results.append((history["loss"][0], weights_of(model)))
    (loss, weights), (other_loss, other_weights) = results
    assert other_loss == pytest.approx(loss, rel=1e-6)
    for a, b in zip(weights, other_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


# Scales and degrees of freedom.


def test_the_scale_of_laplace_is_its_mean_absolute_error_or_the_one_given():
    x = examples(VECTOR, 8)
    model = compiled(model_of("laplace", Autoencoder), keras.optimizers.SGD(0.0), run_eagerly=True)
    model.fit(x, batch_size=8, verbose=0)
    error = np.abs(x - np.float64(model.reconstruct(x)))
    assert float(model.optimal_scale.variance) == pytest.approx(error.mean(), rel=1e-4)
    # At the optimum an entry costs log 2b + 1.
    by_hand = 16 * (np.log(2 * error.mean()) + 1)
    assert loss_of(model, x) == pytest.approx(by_hand, rel=1e-4)
    fixed = compiled(model_of("laplace", Autoencoder, scale=0.25), run_eagerly=True)
    by_hand = (error / 0.25 + np.log(0.5)).sum(-1).mean()
    assert loss_of(fixed, x) == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.slow
def test_the_scale_of_student_t_maximises_the_likelihood():
    x = examples(VECTOR, 32)
    x[::5, ::3] += 20.0
    form = likelihoods.StudentT(degrees_of_freedom=2.0)
    model = compiled(model_of(form, Autoencoder), keras.optimizers.SGD(0.0), run_eagerly=True)
    model.fit(x, batch_size=32, epochs=80, verbose=0)
    best = float(model.optimal_scale.variance)
    losses = []
    for factor in (0.8, 1.0, 1.25):
        again = model_of(
            likelihoods.StudentT(2.0), Autoencoder, scale=float(np.sqrt(best * factor))
        )
        losses.append(loss_of(compiled(again, run_eagerly=True), x))
    assert min(losses) == losses[1]
    # Outliers of 20 hardly widen it.
    assert best < 0.2 * np.square(x - model.reconstruct(x)).mean()


@pytest.mark.slow
def test_outliers_pull_less_on_a_robust_model():
    rng = np.random.default_rng(0)
    clean = np.broadcast_to(np.float32([1.0, -1.0, 2.0, 0.0]), (200, 4)) + rng.normal(
        0, 0.1, (200, 4)
    )
    dirty = clean.astype("float32")
    dirty[rng.random((200, 4)) < 0.1] = 30.0
    errors = {}
    for likelihood in ("sigma", "student_t", "laplace"):
        keras.utils.set_random_seed(0)
        model = compiled(
            Autoencoder((4,), 1, widths=(4,), likelihood=likelihood, seed=0),
            keras.optimizers.Adam(3e-2),
        )
        # The mean alone is learned: the code says nothing.
        model.encoder.trainable = False
        model.fit(0.0 * dirty, dirty, epochs=40, batch_size=50, verbose=0)
        mean = model.reconstruct(np.zeros((1, 4), "float32"))[0]
        errors[likelihood] = np.abs(mean - [1.0, -1.0, 2.0, 0.0]).max()
    assert errors["sigma"] > 1.0 > 0.3 > max(errors["student_t"], errors["laplace"])


def test_degrees_of_freedom_are_learned_or_given():
    learned, given = model_of("student_t"), model_of(likelihoods.StudentT(4.0))
    assert float(learned.likelihood_layer.degrees_of_freedom) == pytest.approx(10.0)
    assert given.likelihood_layer.degrees_of_freedom == 4.0
    assert len(learned.trainable_variables) == len(given.trainable_variables) + 1
    x = examples(VECTOR, 32)
    x[::5, ::3] += 20.0
    compiled(learned, keras.optimizers.Adam(1e-2)).fit(x, epochs=10, batch_size=8, verbose=0)
    assert float(learned.likelihood_layer.degrees_of_freedom) < 8.0
    with pytest.raises(ValueError, match="above 0"):
        likelihoods.StudentT(0.0)


# Counts.


def test_the_loss_of_counts_by_hand():
    x = data_of("poisson", 8)
    model = compiled(model_of("poisson", Autoencoder), run_eagerly=True)
    raw = np.float64(model.decoder(model.encoder(np.log1p(x).astype("float32"))))
    shares = np.exp(raw - np.logaddexp.reduce(raw, axis=1, keepdims=True))
    means = x.sum(axis=1, keepdims=True) * shares
    log_prob = Poisson(np.log(means)).log_prob(x)
    assert loss_of(model, x) == pytest.approx(-np.mean(log_prob), rel=1e-5)
    np.testing.assert_allclose(model.reconstruct(x), means, rtol=1e-4)
    np.testing.assert_allclose(model.predict(x, verbose=0), means, rtol=1e-4)


def test_an_example_counted_more_deeply_has_the_same_shares_where_the_code_is_the_same():
    model = model_of("negative_binomial")
    x, z = data_of("negative_binomial", 8), np.zeros((8, 3), "float32")
    p = model.likelihood(model.raw(z))
    np.testing.assert_allclose(p.like(3 * x).mean, 3 * np.asarray(p.like(x).mean), rtol=1e-5)


def test_decode_and_sample_give_the_mean_total_of_training():
    x = data_of("poisson", 32)
    model = compiled(model_of("poisson"), keras.optimizers.SGD(0.0), run_eagerly=True)
    model.fit(x, batch_size=32, verbose=0)
    total = x.sum(axis=1).mean()
    np.testing.assert_allclose(model.sample(3, seed=0).sum(axis=1), total, rtol=1e-4)
    # A missing entry counts as much as the known ones; half the counts of each are not known.
    other = compiled(model_of("poisson"), keras.optimizers.SGD(0.0), run_eagerly=True)
    same_counts = np.broadcast_to(np.arange(1, 33)[:, None], (32, 16))
    mask = np.tile([1.0, 0.0], (32, 8)).astype("float32")
    other.fit(same_counts, sample_weight=mask, batch_size=32, verbose=0)
    np.testing.assert_allclose(other.sample(1, seed=0).sum(), 16 * 16.5, rtol=1e-4)


def test_the_dispersion_is_a_weight_of_a_feature_or_the_decoders():
    feature = model_of("negative_binomial", Autoencoder)
    form = likelihoods.NegativeBinomial(dispersion="entry")
    entry = model_of(form, Autoencoder)
    assert feature.decoder.output_shape == (None, 16) and entry.decoder.output_shape == (None, 32)
    assert [w.shape for w in feature.likelihood_layer.trainable_weights] == [(16,)]
    assert entry.likelihood_layer.trainable_weights == []
    zinb = likelihoods.ZeroInflatedNegativeBinomial(dispersion="entry")
    assert model_of(zinb).decoder.output_shape == (None, 48)
    # The second map is log θ.
    x, z = data_of("negative_binomial", 4), np.ones((4, 3), "float32")
    raw = np.float64(entry.raw(z))
    shares = np.exp(raw[:, :16] - np.logaddexp.reduce(raw[:, :16], axis=1, keepdims=True))
    by_hand = NegativeBinomial(
        np.log(x.sum(1, keepdims=True) * shares), 15 * np.tanh(raw[:, 16:] / 15)
    ).log_prob(x)
    np.testing.assert_allclose(entry.likelihood(entry.raw(z)).log_prob(x), by_hand, rtol=1e-4)
    with pytest.raises(ValueError, match=r"'feature', 'entry'.*dispersion='gene'"):
        likelihoods.NegativeBinomial(dispersion="gene")


def test_dispersions_are_learned_towards_the_truth():
    rng = np.random.default_rng(0)
    theta = np.tile([0.3, 30.0], 8)
    x = rng.poisson(rng.gamma(theta, 20.0 / theta, (400, 16)))
    model = compiled(model_of("negative_binomial", Autoencoder), keras.optimizers.Adam(1e-2))
    model.encoder.trainable = False
    model.fit(x, epochs=12, batch_size=50, verbose=0)
    log_theta = np.asarray(model.likelihood_layer.log_dispersion([]))
    assert log_theta[::2].max() < np.log(1.5) and log_theta[1::2].min() > np.log(3.0)


@pytest.mark.parametrize("kind", ["int32", "uint16", "float64", "bool", "sparse", "dataset"])
def test_counts_come_in_any_container(kind):
    import scipy.sparse
    import tensorflow as tf

    x = np.minimum(data_of("poisson", 8), 1 if kind == "bool" else 10**6)
    model = compiled(model_of("poisson"), run_eagerly=True)
    expected = loss_of(model, x, batch_size=4)
    data = {
        "sparse": scipy.sparse.csr_matrix(x.astype("float32")),
        "dataset": tf.data.Dataset.from_tensor_slices(x).batch(4),
    }
    data = data[kind] if kind in data else x.astype(kind)
    options = {} if kind == "dataset" else {"batch_size": 4}
    assert loss_of(model, data, **options) == pytest.approx(expected, rel=1e-5)
    codes = model.encode(data, batch_size=4)
    np.testing.assert_allclose(codes, model.encode(x, batch_size=4), atol=1e-6)


BAD_COUNTS = {
    "a fraction": (1.5, "entry 1.5"),
    "below 0": (-1.0, "entry -1"),
    "NaN": (np.nan, "not finite"),
}


@pytest.mark.parametrize("case", BAD_COUNTS)
def test_what_is_no_count_is_refused(case):
    value, message = BAD_COUNTS[case]
    x = data_of("poisson", 4).astype("float32")
    x[2, 3] = value
    model = compiled(model_of("poisson"))
    for method in (model.fit, model.evaluate, model.predict):
        with pytest.raises(ValueError, match=message):
            method(x, verbose=0)
    # Where it is said to be missing it may be anything.
    mask = np.ones(x.shape, "float32")
    mask[2, 3] = 0.0
    if case == "NaN":
        model.fit(x, sample_weight=mask, verbose=0)


def test_examples_of_zeros_and_of_millions_train_without_nan():
    x = data_of("poisson", 16)
    x[0], x[1] = 0, 10**6
    for likelihood in COUNTS:
        model = compiled(model_of(likelihood), run_eagerly=True)
        assert np.isfinite(model.fit(x, batch_size=4, verbose=0).history["loss"]).all()
        assert all(np.isfinite(w).all() for w in weights_of(model))


# Grey levels.


@pytest.mark.parametrize("likelihood", GREY_LEVELS)
def test_bytes_are_levels_and_what_lies_between_is_refused(likelihood):
    x = data_of(likelihood, 4)
    model = compiled(model_of(likelihood), run_eagerly=True)
    expected = loss_of(model, x)
    for same_levels in (x / np.float32(255.0), (x / 255.0).astype("float16")):
        assert loss_of(model, same_levels) == pytest.approx(expected, rel=1e-3)
    with pytest.raises(ValueError, match=r"x = np.round\(x \* 255.0\).astype\('uint8'\)"):
        model.fit(examples(IMAGE, 4), verbose=0)
    # What is not compared with its reconstruction need not be a level.
    model.encode(examples(IMAGE, 4))


@pytest.mark.parametrize("channels", [1, 3])
def test_the_maps_of_a_decoder_are_one_behind_the_other(channels):
    form = likelihoods.LogisticMixture(components=2)
    form.build((None, 4, 5, channels))
    raw = np.random.default_rng(0).normal(size=(3, 4, 5, 6 * channels)).astype("float32")
    mixture = form.distribution(raw, 1.0)
    maps = [raw[..., i * channels : (i + 1) * channels] for i in range(6)]
    for i, part in enumerate((mixture.logits, mixture.means, mixture.log_scales)):
        np.testing.assert_array_equal(part, np.stack(maps[2 * i : 2 * i + 2], axis=-1))


@pytest.mark.parametrize("likelihood", [*GREY_LEVELS, *COUNTS, "bernoulli"])
def test_bits_per_dimension_are_those_of_the_log_likelihood(likelihood):
    x = data_of(likelihood, 4) if likelihood != "bernoulli" else examples(VECTOR, 4) > 0
    model = model_of(likelihood)
    nats = log_likelihood(model, x, num_samples=5).mean()
    entries = np.prod(x.shape[1:])
    expected = -nats / (entries * np.log(2.0))
    assert bits_per_dimension(model, x, num_samples=5) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("likelihood", ["laplace", "student_t", "sigma"])
def test_a_density_has_no_bits(likelihood):
    with pytest.raises(ValueError, match="is a density"):
        bits_per_dimension(model_of(likelihood), data_of(likelihood, 4))


# By name, by hand, and wrongly.


def test_every_name_makes_a_model():
    for name, kind in LIKELIHOODS.items():
        assert name == kind.NAME
        model = model_of(name)
        assert model.likelihood_name == name
        by_hand = model_of(kind())
        assert by_hand.likelihood_name == name
        again = VAE.from_config(by_hand.get_config())
        assert type(again.likelihood_layer) is kind


def test_one_made_by_hand_comes_back_from_its_file(tmp_path):
    model = compiled(model_of(likelihoods.NegativeBinomial()), run_eagerly=True)
    x = data_of("negative_binomial", 8)
    model.fit(x, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert same(weights_of(loaded), weights_of(model))
    p, q = (m.likelihood(m.raw(np.zeros((8, 3), "float32"))) for m in (model, loaded))
    np.testing.assert_array_equal(q.log_prob(x), p.log_prob(x))


@pytest.mark.parametrize("likelihood", [*COUNTS, *GREY_LEVELS])
def test_a_shape_it_is_not_made_for_is_refused(likelihood):
    shape = VECTOR if likelihood in GREY_LEVELS else IMAGE
    with pytest.raises(ValueError, match=f"{likelihood}.*input_shape="):
        VAE(shape, 3, likelihood=likelihood)


@pytest.mark.parametrize("numbers", [1, 3])
def test_a_decoder_with_another_number_of_outputs_is_refused_in_words(numbers):
    x, z = keras.Input(VECTOR), keras.Input((3,))
    encoder = keras.Model(x, layers.Dense(3)(x))
    decoder = keras.Model(z, layers.Dense(16 * numbers)(z))
    form = "zero_inflated_negative_binomial"
    with pytest.raises(ValueError, match=r"2 numbers for each entry.*shape \(32,\). Received"):
        Autoencoder(encoder=encoder, decoder=decoder, likelihood=form)
    right = keras.Model(z, layers.Dense(32)(z))
    assert Autoencoder(encoder=encoder, decoder=right, likelihood=form).input_shape == VECTOR


def test_scales_and_likelihoods_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match=r"Leave it out.*'poisson'"):
        model_of("poisson", scale=2.0)
    with pytest.raises(ValueError, match=r"Unknown `likelihood`.*'laplace'"):
        model_of("cauchy")
    form = likelihoods.StudentT()
    model_of(form)
    with pytest.raises(ValueError, match="belongs to one model"):
        VAE((5,), 2, widths=(4,), likelihood=form)
    with pytest.raises(ValueError, match="Leave one of the two out"):
        model_of("poisson").compile(loss="mse")
