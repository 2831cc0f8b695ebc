import keras
import numpy as np
import pytest
from scipy.stats import norm

import keras_genae as genae
from keras_genae.evaluation.attribute_directions import AttributeDirections, fit_directions


def linear_model(weights):
    """An autoencoder whose code is `x @ weights`, decoded by the transposed weights."""
    features, latent_dim = weights.shape

    def network(size, matrix):
        dense = keras.layers.Dense(len(matrix[0]), use_bias=False)
        network = keras.Sequential([keras.Input((size,)), dense])
        dense.set_weights([matrix])
        return network

    return genae.Autoencoder(
        encoder=network(features, weights), decoder=network(latent_dim, weights.T)
    )


@pytest.fixture(scope="module")
def model():
    return linear_model(np.eye(3, dtype="float32"))


@pytest.fixture
def x(rng):
    """Codes of which the first two are correlated by 0.8, with deviations 1, 2 and 0.5."""
    mixing = np.array([[1.0, 1.6, 0.0], [0.0, 1.2, 0.0], [0.0, 0.0, 0.5]])
    return (rng.normal(size=(4000, 3)) @ mixing + [0.0, 5.0, 0.0]).astype("float32")


def test_the_axis_of_an_attribute_is_found_and_its_unit_is_one_deviation(model, x):
    directions = fit_directions(model, x, {"third": x[:, 2]})
    np.testing.assert_allclose(directions.vectors, [[0.0, 0.0, 0.5]], atol=0.1)
    assert directions.vectors[0, 2] == pytest.approx(x[:, 2].std(), rel=1e-3)
    assert directions.separation["third"] == pytest.approx(1.0, abs=1e-4)
    assert directions.measures == {"third": "R²"}
    moved = directions.edit(x[:5], "third", -3.0) - x[:5]
    np.testing.assert_allclose(moved[:, 2], -3.0 * x[:, 2].std(), rtol=1e-3)


def test_an_edit_carries_along_what_goes_with_it_in_the_data(model, x):
    # The regression of the second code on the first is 1.6, whatever else a filter leans on.
    noise = np.random.default_rng(1).normal(size=len(x))
    directions = fit_directions(model, x, {"first": x[:, 0] + noise})
    np.testing.assert_allclose(directions.vectors[0], [1.0, 1.6, 0.0], atol=0.06)
    # Exactly one standard deviation of the codes long, in units of their covariance.
    precision = np.linalg.inv(np.cov(x, rowvar=False))
    vector = directions.vectors[0]
    assert vector @ precision @ vector == pytest.approx(1.0, rel=1e-3)


def test_the_side_effect_is_the_correlation_of_the_scores(model, x):
    directions = fit_directions(model, x, {"first": x[:, 0], "second": x[:, 1]})
    correlation = np.corrcoef(x[:, 0], x[:, 1])[0, 1]
    np.testing.assert_allclose(
        directions.side_effects, [[1.0, correlation], [correlation, 1.0]], atol=1e-4
    )
    # Measured: one unit along the first, in deviations of the second.
    moved = directions.edit(x[:1], "first", 1.0)[0, 1] - x[0, 1]
    assert moved / x[:, 1].std() == pytest.approx(correlation, abs=1e-3)
    assert directions.total_side_effects["first"] == pytest.approx(correlation, abs=1e-4)


def test_an_orthogonal_edit_leaves_the_other_attributes_as_they_are(model, x):
    labels = {"first": x[:, 0], "second": x[:, 1]}
    directions = fit_directions(model, x, labels, orthogonal=True)
    moved = directions.edit(x[:5], "first", 2.0) - x[:5]
    np.testing.assert_allclose(moved[:, 1], 0.0, atol=1e-3)
    # Of the first, √(1 − 0.8²) = 0.6 of a deviation is its own.
    np.testing.assert_allclose(moved[:, 0], 2.0 * 0.6, rtol=0.05)
    np.testing.assert_allclose(directions.side_effects, 0.6 * np.eye(2), atol=0.02)
    precision = np.linalg.inv(np.cov(x, rowvar=False))
    for vector in directions.vectors:
        assert vector @ precision @ vector == pytest.approx(1.0, rel=1e-3)


def test_one_attribute_alone_is_orthogonal_already(model, x):
    plain, orthogonal = (
        fit_directions(model, x, {"first": x[:, 0]}, orthogonal=is_so) for is_so in (False, True)
    )
    np.testing.assert_allclose(plain.vectors, orthogonal.vectors, rtol=1e-6)


def test_two_values_are_told_by_auroc_and_the_larger_is_up(model, x, rng):
    is_high = x[:, 2] > 0.0
    directions = fit_directions(model, x, {"high": is_high, "chance": rng.integers(0, 2, len(x))})
    assert directions.separation["high"] > 0.999
    assert directions.separation["chance"] == pytest.approx(0.5, abs=0.03)
    assert directions.measures == {"high": "AUROC", "chance": "AUROC"}
    assert directions.vectors[0, 2] == pytest.approx(0.5, abs=0.05)
    # Any two values of the same order are the same attribute.
    again = fit_directions(model, x, {"high": np.where(is_high, 1, -1)})
    np.testing.assert_allclose(again.vectors[0], directions.vectors[0])


@pytest.mark.parametrize(("count", "positives"), [(100, 50), (100, 8)])
def test_labels_without_meaning_are_at_chance(rng, count, positives):
    model = linear_model(np.eye(5, dtype="float32"))
    values = []
    for _ in range(40):
        x = rng.normal(size=(count, 5)).astype("float32")
        label = rng.permutation(np.arange(count) < positives)
        values.append(fit_directions(model, x, {"chance": label}).separation["chance"])
    assert np.mean(values) == pytest.approx(0.5, abs=4.0 * np.std(values) / np.sqrt(len(values)))


def test_the_separation_of_two_normals_is_known(rng):
    # Their means 1.5 deviations apart along one axis: AUROC = Φ(1.5/√2).
    label = np.arange(5000) % 10 == 0
    x = (rng.normal(size=(5000, 3)) + 1.5 * label[:, None] * [0.0, 1.0, 0.0]).astype("float32")
    directions = fit_directions(linear_model(np.eye(3, dtype="float32")), x, {"a": label})
    assert directions.separation["a"] == pytest.approx(norm.cdf(1.5 / np.sqrt(2.0)), abs=0.03)
    # The deviation of an AUROC of 100 and 900 examples is about 0.02.
    assert 0.005 < directions.separation_deviation["a"] < 0.05


def test_a_scale_with_many_ties_has_a_finite_r_squared(model, rng):
    # Of ten labels seven are equal: some folds hold nothing else.
    x = rng.normal(size=(10, 3)).astype("float32")
    directions = fit_directions(model, x, {"a": np.maximum(np.arange(10.0) - 6.0, 0.0)})
    assert directions.separation["a"] < 1.0 and np.isfinite(directions.separation_deviation["a"])


def test_an_attribute_the_codes_have_nothing_to_do_with_is_named(model):
    corners = np.array(np.meshgrid(*3 * [[-1.0, 1.0]])).reshape(3, -1).T.repeat(3, axis=0)
    odd = corners.prod(axis=1)  # Orthogonal to each code, exactly.
    with pytest.raises(ValueError, match=r"nothing to do with these attributes.*Received: odd"):
        fit_directions(model, corners.astype("float32"), {"odd": odd, "first": corners[:, 0]})


def test_what_the_codes_do_not_tell_has_no_r_squared(model, x, rng):
    directions = fit_directions(model, x, {"chance": rng.normal(size=len(x))})
    assert directions.separation["chance"] < 0.01


def test_a_unit_that_never_moves_does_not_matter(x):
    x = np.concatenate([x, np.full((len(x), 1), 0.1, "float32")], axis=1)
    directions = fit_directions(linear_model(np.eye(4, dtype="float32")), x, {"first": x[:, 0]})
    assert directions.separation["first"] > 0.999
    assert abs(directions.vectors[0, 3]) < 1e-6


def test_the_same_call_gives_the_same_numbers(model, x):
    a, b = (fit_directions(model, x[:200], {"first": x[:200, 0] > 0}) for _ in range(2))
    assert a.separation == b.separation
    np.testing.assert_array_equal(a.vectors, b.vectors)


@pytest.fixture(scope="module")
def lossy():
    """Keeps the first two of three features."""
    return linear_model(np.eye(3, 2, dtype="float32"))


def test_an_edit_is_what_the_model_draws_of_the_edited_code(lossy, x):
    directions = fit_directions(lossy, x, {"first": x[:, 0]})
    np.testing.assert_allclose(
        directions.edit(x[:5], "first", 0.0), lossy.reconstruct(x[:5]), atol=1e-6
    )
    moved = lossy.encode(x[:5]) + directions.vectors[0]
    np.testing.assert_allclose(
        directions.edit(x[:5], "first", 1.0), lossy.decode(moved.astype("float32")), rtol=1e-5
    )


def test_what_the_reconstruction_loses_is_kept_where_asked_for(lossy, x):
    directions = fit_directions(lossy, x, {"first": x[:, 0]})
    kept = directions.edit(x[:5], "first", 1.0, keep_detail=True)
    np.testing.assert_array_equal(kept[:, 2], x[:5, 2])
    same = directions.edit(x[:5], "first", 0.0, keep_detail=True)
    np.testing.assert_allclose(same, x[:5], atol=1e-6)
    plain = directions.edit(x[:5], "first", 1.0)
    np.testing.assert_array_equal(plain[:, 2], 0.0)
    np.testing.assert_allclose(plain[:, :2], kept[:, :2], rtol=1e-5)


def test_a_strip_is_an_edit_for_each_amount_and_a_single_example_has_no_batch_axis(model, x):
    directions = fit_directions(model, x, {"first": x[:, 0]})
    strip = directions.edit_strip(x[:4], "first", [-1, 0, 2])
    assert strip.shape == (4, 3, 3)
    np.testing.assert_allclose(strip[:, 2], directions.edit(x[:4], "first", 2), rtol=1e-6)
    np.testing.assert_allclose(directions.edit_strip(x[0], "first", [-1, 0, 2]), strip[0])
    np.testing.assert_allclose(directions.edit(x[0], "first", 2), strip[0, 2])


@pytest.mark.parametrize("keep_detail", [False, True])
def test_edited_bytes_are_images_from_zero_to_one(rng, keep_detail):
    images = rng.integers(0, 256, (40, 8, 8, 1)).astype("uint8")
    model = genae.ConvAE((8, 8, 1), latent_dim=2, widths=(4,), seed=0)
    directions = fit_directions(model, images, {"brightness": images.mean(axis=(1, 2, 3))})
    same = directions.edit(images, "brightness", 0.0, keep_detail)
    unedited = images / 255.0 if keep_detail else model.reconstruct(images)
    np.testing.assert_allclose(same, unedited, atol=1e-6)
    edited = directions.edit(images, "brightness", 1e4, keep_detail)
    assert edited.dtype == "float32" and edited.min() >= 0.0 and edited.max() <= 1.0


def test_saved_directions_edit_as_before(model, x, tmp_path):
    directions = fit_directions(model, x, {"first": x[:, 0], "second": x[:, 1] > 5.0})
    directions.save(tmp_path / "directions.json")
    again = AttributeDirections.load(tmp_path / "directions.json", model)
    assert again.names == directions.names and again.separation == directions.separation
    assert again.measures == directions.measures
    assert again.separation_deviation == directions.separation_deviation
    np.testing.assert_array_equal(again.side_effects, directions.side_effects)
    np.testing.assert_array_equal(
        again.edit(x[:5], "second", 1.5), directions.edit(x[:5], "second", 1.5)
    )


def test_what_is_loaded_must_be_directions_of_this_latent_space(model, lossy, x, tmp_path):
    path = tmp_path / "directions.json"
    fit_directions(lossy, x, {"first": x[:, 0]}).save(path)
    with pytest.raises(ValueError, match=r"`latent_dim` is 3.*vectors of shape \(1, 2\)"):
        AttributeDirections.load(path, model)
    for text in ("[1, 2]", "no JSON", '{"names": ["first"]}', '{"names": 1, "vectors": "a"}'):
        path.write_text(text)
        with pytest.raises(ValueError, match="does not hold attribute directions"):
            AttributeDirections.load(path, model)


def test_an_unknown_name_lists_the_names(model, x):
    directions = fit_directions(model, x, {"first": x[:, 0], "second": x[:, 1]})
    with pytest.raises(ValueError, match=r"The names are: first, second. Received: name='smile'"):
        directions.edit(x[:2], "smile", 1.0)


@pytest.mark.parametrize(
    ("label", "named"),
    [
        (np.zeros(30), r"all examples share has no direction.*labels\['a'\], all 0"),
        (
            np.where(np.arange(30) == 3, np.nan, np.arange(30)),
            "finite numbers.*with 1 that are not",
        ),
        (np.arange(29.0), r"shape \(30,\).*shape \(29,\)"),
        (np.zeros((30, 1)), r"shape \(30,\).*shape \(30, 1\)"),
        (np.array(["yes", "no"] * 15), "numbers or booleans"),
        (np.arange(30) < 4, "at least 5 examples of each.*the fewest of a value 4"),
    ],
)
def test_labels_it_cannot_use_are_named(model, x, label, named):
    with pytest.raises(ValueError, match=named):
        fit_directions(model, x[:30], {"a": label})


def test_no_labels_too_few_examples_and_codes_that_never_differ_are_named(model, x):
    with pytest.raises(ValueError, match="at least one attribute"):
        fit_directions(model, x, {})
    with pytest.raises(ValueError, match="10 examples"):
        fit_directions(model, x[:9], {"a": x[:9, 0]})
    with pytest.raises(ValueError, match="all examples the same code"):
        fit_directions(model, np.ones((30, 3), "float32"), {"a": np.arange(30)})


def test_attributes_that_say_the_same_cannot_be_told_apart(model, x):
    labels = {"first": x[:, 0], "again": 2.0 * x[:, 0], "third": x[:, 2]}
    assert len(fit_directions(model, x, labels).names) == 3
    with pytest.raises(ValueError, match=r"say the same.*Received: first, again"):
        fit_directions(model, x, labels, orthogonal=True)
