import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from scipy import sparse
from sklearn.base import clone, is_outlier_detector
from sklearn.exceptions import NotFittedError

from keras_genae import VAE, Autoencoder
from keras_genae.anomaly import detector as detector_module
from keras_genae.anomaly import scored_model
from keras_genae.anomaly.detector import SCORES, AnomalyDetector
from keras_genae.anomaly.metrics import auroc

SCORES_OF_IMAGES = [score for score in SCORES if score != "marginal_density"]


def rows(count, seed=0):
    """Six features near a plane, in unlike units, and one that never varies."""
    rng = np.random.default_rng(seed)
    plane = rng.normal(size=(count, 2)) @ np.random.default_rng(9).normal(size=(2, 6))
    features = (plane + rng.normal(0, 0.1, plane.shape)) * 10.0 ** np.arange(-2, 4)
    return np.concatenate([features, np.full((count, 1), 7.0)], axis=1)


def shuffled(x, seed=0):
    """Anomalies: each feature from another row, so that only their connections are broken."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(column) for column in x.T], axis=1)


@pytest.fixture(scope="module")
def tabular():
    return AnomalyDetector(verbose=0).fit(rows(1000), epochs=30)


@pytest.fixture(scope="module")
def pictured(vae, normal):
    detector = AnomalyDetector(vae, "combined", calibration=0.5, verbose=0)
    return detector.fit(normal, train=False)


def test_broken_connections_are_found(tabular):
    normal, odd = rows(300, seed=1), shuffled(rows(300, seed=2))
    scores = tabular.anomaly_score(np.concatenate([normal, odd]))
    assert auroc(scores, np.arange(600) >= 300) > 0.85
    assert np.mean(tabular.predict(normal) == -1) < 0.12
    assert np.mean(tabular.predict(odd) == -1) > 0.4


def test_a_feature_that_never_varied_is_watched(tabular):
    x = rows(50, seed=1)
    x[:, 6] += 10.0
    assert (tabular.predict(x) == -1).all()


def test_patched_images_are_found_and_the_patch_is_hot(pictured, odd):
    assert np.mean(pictured.predict(odd) == -1) > 0.8
    heat = pictured.heat_map(odd)
    assert heat[:, 1:4, 8:11].mean() > 5.0 * heat[:, 6:].mean()


def test_the_numbers_agree_as_scikit_learn_has_it(pictured, normal, odd):
    x = np.concatenate([normal[:60], odd])
    scores, decision, flags = pictured.score_samples(x), pictured.decision_function(x), {}
    np.testing.assert_array_equal(scores, -pictured.anomaly_score(x))
    np.testing.assert_allclose(decision, scores - pictured.offset_)
    p_values = pictured.p_values(x)
    for alpha in (0.05, 0.2):
        flags[alpha] = pictured.predict(x, alpha) == -1
        np.testing.assert_array_equal(flags[alpha], p_values <= alpha)
    np.testing.assert_array_equal(flags[0.05], decision < 0.0)


def test_combined_is_made_of_its_components(pictured, normal):
    components = pictured.component_scores(normal)
    assert list(components) == ["normalized_error", "latent_density"]
    columns = np.stack(list(components.values()), axis=1)
    combined = pictured.anomaly_score(normal)
    (member,) = pictured.members_
    np.testing.assert_allclose(member.combine(columns), combined, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("score", [*SCORES_OF_IMAGES, "auto"])
def test_every_score_finds_the_patch(score, vae, normal, odd):
    detector = AnomalyDetector(vae, score, calibration=0.5, verbose=0).fit(normal, train=False)
    x = np.concatenate([normal[:60], odd])
    assert auroc(detector.anomaly_score(x), np.arange(120) >= 60) > 0.7


@pytest.mark.parametrize("which", ["tabular", "pictured"])
def test_a_loaded_detector_gives_the_same_numbers(which, request, odd, tmp_path):
    detector = request.getfixturevalue(which)
    x = odd if which == "pictured" else rows(40, seed=3)
    detector.save(tmp_path / "detector")
    again = AnomalyDetector.load(tmp_path / "detector")
    # A graph that was traced for other sizes of batches may round otherwise.
    same = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(again.anomaly_score(x), detector.anomaly_score(x), **same)
    assert again.offset_ == detector.offset_
    np.testing.assert_array_equal(again.conformal_.calibration, detector.conformal_.calibration)
    if which == "pictured":
        np.testing.assert_allclose(again.heat_map(x), detector.heat_map(x), **same)
    names = {path.name for path in (tmp_path / "detector").iterdir()}
    assert names == {"model.keras", "detector.npz", "detector.json"}


def test_vectors_that_an_earlier_version_learnt_are_refused_in_words(tabular, pictured, tmp_path):
    for detector, name in ((tabular, "vectors"), (pictured, "images")):
        detector.save(tmp_path / name)
        file = tmp_path / name / "detector.json"
        saved = json.loads(file.read_text())
        del saved["format"], saved["arguments"]["trim"]
        file.write_text(json.dumps(saved))
    with pytest.raises(ValueError, match="Fit it anew"):
        AnomalyDetector.load(tmp_path / "vectors")
    assert AnomalyDetector.load(tmp_path / "images").offset_ == pictured.offset_


def test_scikit_learn_clones_it_and_sets_its_parameters(pictured, normal):
    twin = clone(pictured)
    assert twin.calibration == 0.5 and not hasattr(twin, "conformal_")
    assert twin.model is not pictured.model
    twin.set_params(score="reconstruction_error", alpha=0.2, calibration=0.4)
    twin.fit(normal, train=False)
    assert twin.get_params()["score"] == "reconstruction_error"
    assert twin.predict(normal).shape == (300,)


def test_scikit_learn_knows_it_for_an_outlier_detector(vae, normal):
    # 30 of the rows calibrate, each of which counts itself: at most p = 2/31 says odd among them.
    detector = AnomalyDetector(vae, alpha=0.1, verbose=0)
    assert is_outlier_detector(detector)
    assert set(detector.fit_predict(normal, train=False)) == {-1, 1}


def test_training_moves_the_given_model_and_takes_its_options():
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    x = rows(200) / 1e4
    before = [w.copy() for w in model.get_weights()]
    detector = AnomalyDetector(model, verbose=0).fit(x, epochs=2)
    assert detector.model_ is model
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert len(model.history.history["loss"]) == 2


def test_the_held_out_examples_are_not_trained_on(monkeypatch):
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    seen = []
    monkeypatch.setattr(model, "fit", lambda x, **_: seen.append(x))
    x = rows(200)
    AnomalyDetector(model, calibration=0.3, verbose=0).fit(x)
    assert seen[0].shape == (140, 7)


@pytest.mark.parametrize(
    ("arguments", "x", "options", "named"),
    [
        ({"score": "elbo"}, rows(100), {}, "'negative_elbo'"),
        ({"calibration": 1.0}, rows(100), {}, "between 0 and 1"),
        ({"score": "normalized_error"}, rows(100), {}, "Complexity is that of an image"),
        ({}, rows(10), {}, "Bring 19 or more"),
        ({"trim": 0.6}, rows(100), {}, "from 0 to 0.5"),
        ({"trim": "some"}, rows(100), {}, "from 0 to 0.5"),
        ({"alpha": 1.0}, rows(100), {}, "`alpha` must lie between 0 and 1"),
        ({}, np.full((100, 3), np.nan), {}, "300 of them not finite"),
        ({}, np.zeros((100, 8, 8, 1)), {}, "pass a model"),
        ({}, rows(100), {"train": False}, "needs a trained `model`"),
    ],
)
def test_what_cannot_be_fitted_is_named(arguments, x, options, named):
    with pytest.raises(ValueError, match=named):
        AnomalyDetector(**{"verbose": 0, **arguments}).fit(x, **options)


def test_a_density_of_pixels_is_refused(vae, normal):
    with pytest.raises(ValueError, match="choose another score for images"):
        AnomalyDetector(vae, "marginal_density", verbose=0).fit(normal, train=False)


def test_an_alpha_that_the_calibration_cannot_reach_is_named_when_it_is_used(tabular):
    with pytest.raises(ValueError, match="nothing would ever be flagged"):
        tabular.predict(rows(5), alpha=0.001)


def test_other_features_and_use_before_fit_are_refused(tabular):
    with pytest.raises(ValueError, match=r"fitted to examples of shape \(7,\)"):
        tabular.predict(np.zeros((3, 6)))
    with pytest.raises(ValueError, match="heat map is that of an image"):
        tabular.heat_map(rows(3))
    with pytest.raises(NotFittedError, match="call `fit` first"):
        AnomalyDetector().predict(rows(3))


# Few examples.


class Distance:
    """In place of a model: how far an example is from the mean of what it was trained on.

    As unstable as a model may be: of few examples the mean is another with each fold, and the
    spread is measured on as few.
    """

    is_image, input_shape, likelihood_name, weights = False, (2,), "gaussian", ()

    def check_examples(self, x):
        pass

    def fit(self, x, **_):
        self.mean, self.scale = x.mean(axis=0), x.std(axis=0)


def distance(model, x, batch_size, verbose):
    mean, scale = getattr(model, "mean", 0.0), getattr(model, "scale", 1.0)
    return np.square((x - mean) / scale).sum(axis=1)


@pytest.fixture
def cheap(monkeypatch):
    """A detector whose training and scoring take no time."""
    monkeypatch.setitem(scored_model.FUNCTIONS, "reconstruction_error", distance)
    monkeypatch.setattr(scored_model, "fingerprint", lambda model: "")
    monkeypatch.setattr(detector_module, "reconstruction_error", distance)
    monkeypatch.setattr(detector_module, "copy_of", lambda model: Distance())
    return lambda alpha, **arguments: AnomalyDetector(
        Distance(), "reconstruction_error", alpha=alpha, verbose=0, **arguments
    )


@pytest.mark.parametrize("trim", [0.0, 0.3])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("count", [40, 100, 300])
def test_false_alarms_keep_to_alpha_with_few_examples(cheap, rng, count, alpha, trim):
    draws, fresh = 300, 50
    rates = np.array(
        [
            np.mean(cheap(alpha, trim=trim).fit(x[:count]).predict(x[count:]) == -1)
            for x in rng.standard_t(5, (draws, count + fresh, 2))
        ]
    )
    error = rates.std() / np.sqrt(draws)
    assert rates.mean() < alpha + 3.0 * error
    # Nor is it kept by raising none.
    assert rates.mean() > 0.3 * alpha


@pytest.mark.parametrize("count", [40, 100])
def test_anomalies_are_found_with_few_examples(cheap, rng, count):
    detector = cheap(0.05).fit(rng.normal(size=(count, 2)))
    assert len(detector.members_) == 5 and len(detector.conformal_.calibration) == count
    assert (detector.predict([[9.0, 9.0], [-9.0, 9.0]]) == -1).all()
    assert detector.p_values([[9.0, 9.0]])[0] == pytest.approx(1 / (count + 1))


def test_each_example_is_scored_by_the_model_that_has_not_seen_it(cheap, rng):
    x = rng.normal(size=(50, 2))
    detector = cheap(0.1).fit(x)
    parts = detector._parts(50)
    assert sorted(np.concatenate([fold for *_, fold in parts])) == list(range(50))
    scores = []
    for member, (training, reference, fold) in zip(detector.members_, parts, strict=True):
        assert len({*training, *reference, *fold}) == 50
        np.testing.assert_array_equal(member.model.mean, x[training].mean(axis=0))
        scores.append(distance(member.model, x[fold], 1, 0))
    np.testing.assert_allclose(detector.conformal_.calibration, np.sort(np.concatenate(scores)))


def test_many_examples_are_split_once(cheap, rng):
    detector = cheap(0.05).fit(rng.normal(size=(300, 2)))
    assert len(detector.members_) == 1 and len(detector.conformal_.calibration) == 30


@pytest.mark.parametrize(
    ("count", "alpha", "named"),
    [(18, 0.05, "Bring 19 or more"), (98, 0.01, "Bring 99 or more"), (14, 0.5, "Too few examples")],
)
def test_an_alpha_that_cannot_be_kept_is_said_before_training(cheap, rng, count, alpha, named):
    detector = cheap(alpha)
    with pytest.raises(ValueError, match=named):
        detector.fit(rng.normal(size=(count, 2)))
    assert not hasattr(detector.model, "mean")


@pytest.mark.slow  # Five models, trained and loaded.
def test_sixty_rows_are_enough(tmp_path):
    normal, odd = rows(60), shuffled(rows(60, seed=2))
    detector = AnomalyDetector(verbose=0).fit(normal, epochs=20)
    assert len(detector.members_) == 5
    scores = detector.anomaly_score(np.concatenate([rows(60, seed=1), odd]))
    assert auroc(scores, np.arange(120) >= 60) > 0.7
    assert np.isfinite(detector.decision_function(odd)).all()
    np.testing.assert_array_equal(detector.predict(odd) == -1, detector.decision_function(odd) < 0)
    components = detector.component_scores(odd)
    assert list(components) == ["reconstruction_error", "latent_density", "marginal_density"]
    detector.save(tmp_path / "detector")
    again = AnomalyDetector.load(tmp_path / "detector")
    assert again.offset_ == detector.offset_
    same = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(again.anomaly_score(odd), detector.anomaly_score(odd), **same)


def test_few_images_and_a_trained_model_share_it(vae, normal, odd, tmp_path):
    detector = AnomalyDetector(vae, verbose=0).fit(normal[:60], train=False)
    assert {id(member.model) for member in detector.members_} == {id(vae)}
    assert detector.heat_map(odd[:3]).shape == (3, 12, 12)
    assert np.mean(detector.predict(odd) == -1) > 0.5
    detector.save(tmp_path)
    assert {path.name for path in tmp_path.glob("*.keras")} == {"model.keras"}
    again = AnomalyDetector.load(tmp_path)
    np.testing.assert_allclose(
        again.anomaly_score(odd), detector.anomaly_score(odd), rtol=1e-4, atol=1e-4
    )


def test_models_trained_without_a_fifth_start_alike_and_share_nothing():
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="sgd")
    twin = detector_module.copy_of(model)
    for own, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)
    before = model.get_weights()
    twin.fit(rows(50) / 1e4, epochs=1, verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
    assert any((a != b).any() for a, b in zip(before, twin.get_weights(), strict=True))


# What is not to be learnt.


def calls_of_fit(model, monkeypatch):
    """What the model is told to train on, in place of training."""
    calls = []
    monkeypatch.setattr(model, "fit", lambda x, **options: calls.append((x, options)))
    return calls


def test_the_worst_are_chosen_before_training_and_left_out(monkeypatch):
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    calls, x = calls_of_fit(model, monkeypatch), rows(500) / 1e4
    x[:50] += 100.0
    AnomalyDetector(model, trim=0.2, verbose=0).fit(x, epochs=12, initial_epoch=2)
    assert [(o["initial_epoch"], o["epochs"]) for _, o in calls] == [
        (2, 4),
        (4, 6),
        (6, 8),
        (8, 10),
        (10, 12),
    ]
    for trained_on, _ in calls:
        assert trained_on.shape == (320, 7)
        assert trained_on.max() < 50.0


@pytest.mark.parametrize(("epochs", "calls"), [(3, [(0, 1), (1, 2), (2, 3)]), (1, [(0, 1)])])
def test_fewer_epochs_than_choices(monkeypatch, epochs, calls):
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    made = calls_of_fit(model, monkeypatch)
    AnomalyDetector(model, trim=0.2, verbose=0).fit(rows(200) / 1e4, epochs=epochs)
    assert [(options["initial_epoch"], options["epochs"]) for _, options in made] == calls


def test_a_given_model_learns_all_examples_at_once_by_default(monkeypatch):
    model = Autoencoder((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    calls = calls_of_fit(model, monkeypatch)
    AnomalyDetector(model, verbose=0).fit(rows(200) / 1e4, epochs=10)
    ((x, options),) = calls
    assert x.shape == (160, 7) and options["epochs"] == 10


@pytest.mark.slow  # Two models are trained.
def test_anomalies_that_are_many_and_alike_are_not_learnt():
    x, is_odd = rows(600) / 10.0 ** np.array([*range(-2, 4), 0]), np.arange(600) < 60
    x[is_odd] = rows(60, seed=2)[:1] / 10.0 ** np.array([*range(-2, 4), 0])
    x[is_odd, :6] = 4.0 + 0.1 * np.random.default_rng(3).normal(size=(60, 6))
    found = {}
    for trim in (0.0, "auto"):
        keras.utils.set_random_seed(0)
        detector = AnomalyDetector(trim=trim, verbose=0).fit(x, epochs=30)
        errors = detector.component_scores(x)["reconstruction_error"]
        found[trim] = auroc(errors, is_odd)
    assert found["auto"] > 0.95 > found[0.0] + 0.1


# Nothing derived is silently stale.


def train_on(model):
    model.fit(rows(40) / 1e4, epochs=1, verbose=0)


def quantise(model):
    model.encoder.layers[-1].quantize("int8")


def change_likelihood(model):
    model.compile(loss="mse")


@pytest.mark.parametrize("change", fast([train_on, quantise, change_likelihood], [train_on]))
def test_a_model_that_has_changed_is_out_of_date(change):
    x = rows(200) / 1e4
    model = VAE((7,), latent_dim=2, widths=(8,), seed=0)
    model.compile(optimizer="adam")
    detector = AnomalyDetector(model, verbose=0).fit(x, epochs=1)
    detector.predict(x)
    change(model)
    for use in (detector.predict, detector.anomaly_score, detector.p_values):
        with pytest.raises(ValueError, match="has changed since the detector was fitted"):
            use(x)
    with pytest.raises(ValueError, match="has changed"):
        detector.save("nowhere")
    detector.fit(x, train=False)
    assert np.isfinite(detector.decision_function(x)).all()


def test_using_the_model_leaves_the_detector_as_it_is(pictured, normal):
    before = pictured.anomaly_score(normal[:5])
    pictured.model_.sample(3)
    pictured.model_.fit_prior(normal)
    pictured.model_.compile(optimizer="sgd")
    np.testing.assert_allclose(pictured.anomaly_score(normal[:5]), before, rtol=1e-5)


# Containers.


def test_lists_and_data_frames_are_arrays(tabular):
    pandas = pytest.importorskip("pandas")
    x = rows(5, seed=4)
    expected = tabular.anomaly_score(x)
    for same in (x.tolist(), pandas.DataFrame(x), pandas.DataFrame(x, dtype=object)):
        np.testing.assert_array_equal(tabular.anomaly_score(same), expected)


@pytest.mark.parametrize(
    ("x", "named"),
    [
        ([["a", "b"]] * 30, "list or a DataFrame of numbers"),
        ([[1.0, None]] * 30, "not finite|of numbers"),
        ([[1.0], [1.0, 2.0]], "of numbers"),
        (np.zeros(30), "one row an example"),
        (7.0, "one row an example"),
        (sparse.eye(30, format="csr"), "toarray"),
        (tf.data.Dataset.range(3), "array, a list or a DataFrame"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused_in_words(x, named):
    with pytest.raises(ValueError, match=named):
        AnomalyDetector(verbose=0).fit(x)
