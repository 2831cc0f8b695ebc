import numpy as np
import pytest

from keras_genae.priors.codes.draw import draw

LOGITS = np.log([0.1, 0.4, 0.2, 0.3])


def drawn(count=20_000, **options):
    """How often each number is drawn."""
    u = np.random.default_rng(0).random(count)
    numbers = draw(np.tile(LOGITS, (count, 1)), u, **options)
    assert numbers.dtype == "int32"
    return np.bincount(numbers, minlength=4) / count


def test_numbers_come_as_often_as_they_are_likely():
    np.testing.assert_allclose(drawn(), np.exp(LOGITS), atol=0.01)


def test_a_temperature_divides_the_logits():
    expected = np.exp(LOGITS / 0.5) / np.exp(LOGITS / 0.5).sum()
    np.testing.assert_allclose(drawn(temperature=0.5), expected, atol=0.01)


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"temperature": 1e-3}, {"top_k": 1}])
def test_cold_or_of_one_it_is_the_likeliest(options):
    np.testing.assert_array_equal(drawn(100, **options), [0, 1, 0, 0])


def test_of_the_k_likeliest_alone():
    np.testing.assert_allclose(drawn(top_k=2), [0, 4 / 7, 0, 3 / 7], atol=0.01)
    np.testing.assert_array_equal(drawn(top_k=9), drawn())
    # Of equal ones no more than k either.
    numbers = draw(np.zeros((50, 4)), np.linspace(0.0, 1.0, 50, endpoint=False), top_k=2)
    assert set(numbers) == {0, 1}


def test_what_is_impossible_is_never_drawn():
    logits = np.array([-np.inf, 0.0, -np.inf])
    for u in (0.0, np.nextafter(1.0, 0.0)):
        assert draw(logits[None], np.array([u])) == [1]
