import numpy as np
import pytest

from keras_genae.anomaly.complexity_normalizer import ComplexityNormalizer, total_variation


@pytest.fixture
def busy(rng):
    """Images of all degrees of complexity, and the log of it."""
    contrast = rng.uniform(0.05, 1.0, 400)
    pattern = rng.random((1, 9, 7, 1))
    return contrast[:, None, None, None] * pattern, np.log(contrast)


def test_what_complexity_explains_is_taken_out(busy, rng):
    images, log_contrast = busy
    oddity = rng.normal(0.0, 0.2, 400)
    scores = 5.0 + 2.0 * log_contrast + oddity
    normal = ComplexityNormalizer().fit(images, scores)(images, scores)
    assert abs(np.corrcoef(normal, np.log(total_variation(images)))[0, 1]) < 1e-4
    assert np.corrcoef(normal, oddity)[0, 1] > 0.9
    assert normal.mean() == pytest.approx(0.0, abs=1e-6) and normal.std() == pytest.approx(1.0)


def test_a_simple_image_with_the_error_of_a_busy_one_is_the_odd_one(busy, rng):
    images, log_contrast = busy
    scores = 2.0 * log_contrast + rng.normal(0.0, 0.2, 400)
    normalize = ComplexityNormalizer().fit(images, scores)
    simple, average = 0.1 * images[:1] / images[0].max(), images[np.argsort(log_contrast)[200:201]]
    # By the score alone the two are the same.
    score = [np.median(scores)]
    assert normalize(simple, score)[0] > 3.0 > abs(normalize(average, score)[0])


def test_blank_images_and_a_single_complexity_are_no_trouble(busy):
    images, log_contrast = busy
    normalize = ComplexityNormalizer().fit(images, log_contrast)
    assert np.isfinite(normalize(np.zeros((1, 9, 7, 1)), [-3.0])).all()
    alike = np.repeat(images[:1], 50, axis=0)
    scores = np.arange(50.0)
    expected = (scores - scores.mean()) / scores.std()
    np.testing.assert_allclose(ComplexityNormalizer().fit(alike, scores)(alike, scores), expected)


def test_total_variation_of_bytes_is_that_of_floats(rng):
    images = rng.integers(0, 256, (3, 8, 6, 3), dtype="uint8")
    np.testing.assert_allclose(total_variation(images), total_variation(images / 255.0), rtol=1e-6)
    floats = images[0] / 255.0
    differences = [np.abs(np.diff(floats, axis=axis)).ravel() for axis in (0, 1)]
    assert total_variation(images)[0] == pytest.approx(np.concatenate(differences).mean())


def test_too_few_images_are_refused():
    with pytest.raises(ValueError, match="three images"):
        ComplexityNormalizer().fit(np.zeros((2, 8, 8, 1)), [0.0, 1.0])
    with pytest.raises(ValueError, match="picture"):
        ComplexityNormalizer().fit(np.zeros((5, 8)), np.zeros(5))
