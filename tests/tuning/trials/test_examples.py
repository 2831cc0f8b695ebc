"""Vectors, counts and labels of a search."""

import keras
import numpy as np
import pytest

import keras_genae as genae
from keras_genae.evaluation import log_likelihood
from keras_genae.tuning import ConfigError, load_config, with_data_path
from keras_genae.tuning.trials.costs import measure_costs
from keras_genae.tuning.trials.examples import SharedExamples, load_split
from keras_genae.tuning.trials.preflight import check_split
from keras_genae.tuning.trials.run_trial import run_trial
from keras_genae.tuning.trials.trial_folder import TrialFolder

MODEL = "model: {class: ConvVAE}"
DATA = "data: {source: drawn_faces, image_size: 16, images: 200}"
RNG = np.random.default_rng(0)
Y = RNG.integers(3, size=80)
X = RNG.normal(size=(80, 6)) + Y[:, None]
NAMES = np.array(["cat", "dog", "owl"])


@pytest.fixture
def config_of(config_with, tmp_path):
    """The config of a search over a table of `x` and `y`."""

    def make(model="class: VAE", **arrays):
        np.savez(tmp_path / "table.npz", **arrays)
        data = f"data: {{source: table, path: {tmp_path}/table.npz, examples: 60}}"
        return config_with((MODEL, f"model: {{{model}}}"), (DATA, data))

    return make


def test_vectors_are_read_as_they_are(config_of):
    training, validation = load_split(config_of(x=X))
    assert (training.shape, validation.shape, training.dtype) == ((54, 6), (6, 6), "float32")
    rows = np.concatenate([training, validation])
    order = np.argsort(rows[:, 0])
    np.testing.assert_allclose(rows[order], X[:60][np.argsort(X[:60, 0])], rtol=1e-6)


def test_labels_go_with_their_examples(config_of):
    for y in (Y, NAMES[Y]):
        config = config_of("class: ConditionalVAE, classes: [cat, dog, owl]", x=X, y=y)
        for x, label in load_split(config):
            places = [np.argmin(np.abs(X[:, 0] - value)) for value in x[:, 0]]
            np.testing.assert_array_equal(label, Y[places])
    # Others do nothing with them.
    assert load_split(config_of(x=X, y=Y))[0].shape == (54, 6)


def test_labels_that_are_missing_or_others_are_told_with_the_line(config_of):
    side = "class: ConditionalVAE, classes: 3"
    with pytest.raises(ConfigError, match=r"search.yaml:2: ConditionalVAE learns from labels"):
        load_split(config_of(side, x=X))
    with pytest.raises(ConfigError, match=r"search.yaml:2: A label is .*Received: 3"):
        load_split(config_of(side, x=X, y=Y + 1))
    some = np.where(np.arange(80) < 40, Y, -1)
    with pytest.raises(ConfigError, match=r"Received: -1"):
        load_split(config_of(side, x=X, y=some))
    training, _ = load_split(config_of("class: SemiSupervisedVAE, classes: 3", x=X, y=some))
    assert set(training[1]) == {-1, 0, 1, 2}


def test_what_no_model_takes_is_told_before_the_first_trial(config_of):
    config = config_of("class: VAE, likelihood: negative_binomial", x=X)
    with pytest.raises(ConfigError, match=r"search.yaml:2: .*counts"):
        check_split(config, load_split(config))
    counts = RNG.poisson(3.0, (80, 6))
    config = config_of("class: VAE, likelihood: negative_binomial", x=counts)
    split = load_split(config)
    check_split(config, split)
    assert np.all(np.concatenate(split) == np.rint(np.concatenate(split)))


def test_files_hold_the_labels_and_are_made_anew_for_another_model(config_of, tmp_path):
    shared = SharedExamples(tmp_path / "data")
    config = config_of("class: ConditionalVAE, classes: 3", x=X, y=Y)
    shared.prepare(config)
    for part, expected in zip(shared.open(), load_split(config), strict=True):
        for array, other in zip(part, expected, strict=True):
            np.testing.assert_array_equal(array, other)
    shared.prepare(config_of(x=X, y=Y))
    assert shared.open()[0].shape == (54, 6)
    shared.remove()
    assert not (tmp_path / "data").exists()


def test_the_labels_of_idx_files(config_with, tmp_path):
    images = RNG.integers(0, 256, (40, 8, 8)).astype("uint8")
    for name, array in (("images-idx3", images), ("labels-idx1", Y[:40].astype("uint8"))):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (tmp_path / f"train-{name}-ubyte").write_bytes(head + array.tobytes())
    config = config_with(
        (MODEL, "model: {class: ConditionalVAE, classes: 3}"),
        (DATA, f"data: {{source: idx, path: {tmp_path}, images: 30}}"),
    )
    (x, label), _ = load_split(config)
    assert (x.shape, x.dtype, label.shape) == ((27, 8, 8, 1), "uint8", (27,))
    for image, number in zip(x, label, strict=True):
        place = np.flatnonzero((images == image[..., 0]).all(axis=(1, 2)))[0]
        assert number == Y[place]


def test_other_data_by_a_path(config_with, config_of):
    for path, source in (("a.npz", "table"), ("b.csv", "table"), ("photos.zip", "images")):
        assert with_data_path(config_with(), path).data.source == source
    assert with_data_path(config_of(x=X), "c.npy").data.path == "c.npy"


@pytest.mark.parametrize(
    "model",
    [
        pytest.param("class: ConditionalVAE, classes: 3", marks=pytest.mark.slow),
        pytest.param("class: SemiSupervisedVAE, classes: 3", marks=pytest.mark.slow),
        pytest.param("class: IVAE, classes: 3", marks=pytest.mark.slow),
    ],
)
def test_a_trial_is_trained_and_measured_with_the_labels(config_of, tmp_path, model):
    config = config_of(model, x=X, y=Y)
    split = load_split(config)
    folder = TrialFolder(tmp_path / "trial_0")
    result = run_trial(config, {"latent_dim": 2, "widths": "8"}, folder, split, lambda *_: False)
    assert result.is_completed, result.reason
    trained = keras.saving.load_model(folder.model)
    x, label = split[1]
    error = np.mean((trained.reconstruct(x, label) - x) ** 2)
    assert result.measures["val_mse"] == pytest.approx(error, rel=1e-4)
    terms = trained.evaluate(x, label, batch_size=128, verbose=0, return_dict=True)
    nats = terms["reconstruction_loss"] + terms["kl_loss"] + terms.get("class_kl_loss", 0.0)
    assert result.measures["val_elbo_per_dim"] == pytest.approx(-nats / 6, rel=1e-4)
    assert np.isfinite(log_likelihood(trained, x, label, num_samples=3)).all()


def test_costs_of_models_that_take_labels_or_counts():
    plain = genae.VAE((6,), latent_dim=2, widths=(8,))
    costs = measure_costs(genae.ConditionalVAE((6,), latent_dim=2, classes=3, widths=(8,)))
    # c beside x and beside z: three more columns of a first layer of 8, in each network.
    more = measure_costs(plain)["parameters"] + 2 * 3 * 8
    assert costs["parameters"] == more and costs["decode_ms"] > 0.0
    counts = genae.VAE((6,), latent_dim=2, widths=(8,), likelihood="poisson")
    assert measure_costs(counts)["encode_ms"] > 0.0


def test_drawn_counts_are_whole_numbers(config_with):
    config = config_with(
        (MODEL, "model: {class: ConditionalVAE, classes: 4, likelihood: poisson}"),
        (DATA, "data: {source: drawn_counts, examples: 50}"),
    )
    (x, group), (_, rest) = load_split(config)
    assert x.shape == (45, 100) and np.all(x == np.rint(x))
    assert set(np.concatenate([group, rest])) == {0, 1, 2, 3}
    check_split(config, load_split(config))


def test_shipped_counts_say_where_they_come_from():
    config = load_config("tuner_configs/counts.yaml")
    assert config.data.source == "drawn_counts" and config.quality == "val_elbo_per_dim"
