import numpy as np
import pytest
from sklearn.base import clone, is_outlier_detector
from sklearn.exceptions import NotFittedError

from keras_genae import Autoencoder
from keras_genae.anomaly.detector import SCORES, AnomalyDetector
from keras_genae.anomaly.metrics import auroc


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
    np.testing.assert_allclose(pictured.combination_(columns), combined, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("score", [*SCORES, "auto"])
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


def test_scikit_learn_clones_it_and_sets_its_parameters(pictured, normal):
    twin = clone(pictured)
    assert twin.calibration == 0.5 and not hasattr(twin, "conformal_")
    assert twin.model is not pictured.model
    twin.set_params(score="reconstruction_error", alpha=0.2, calibration=0.4)
    twin.fit(normal, train=False)
    assert twin.get_params()["score"] == "reconstruction_error"
    assert twin.predict(normal).shape == (300,)


def test_scikit_learn_knows_it_for_an_outlier_detector(vae, normal):
    detector = AnomalyDetector(vae, verbose=0)
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
        ({}, rows(10), {}, "Too few examples"),
        ({}, np.full((100, 3), np.nan), {}, "300 of them not finite"),
        ({}, np.zeros((100, 8, 8, 1)), {}, "pass a model"),
        ({}, rows(100), {"train": False}, "needs a trained `model`"),
    ],
)
def test_what_cannot_be_fitted_is_named(arguments, x, options, named):
    with pytest.raises(ValueError, match=named):
        AnomalyDetector(**{"verbose": 0, **arguments}).fit(x, **options)


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
