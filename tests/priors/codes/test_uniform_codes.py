import keras
import numpy as np
import pytest

from keras_genae.priors.codes import UniformCodesPrior


def test_all_codes_are_drawn_alike_and_are_as_likely(rng):
    prior = UniformCodesPrior((2, 3), 4)
    codes = prior.sample(2000, rng)
    assert codes.shape == (2000, 2, 3) and codes.dtype == "int32"
    np.testing.assert_allclose(np.bincount(codes.ravel()) / codes.size, 0.25, atol=0.02)
    np.testing.assert_allclose(prior.log_prob(codes[:3]), -6 * np.log(4), rtol=1e-6)


@pytest.mark.parametrize("options", [{"temperature": 0.5}, {"top_k": 2}, {"label": 0}])
def test_what_would_make_some_likelier_is_refused(options, rng):
    with pytest.raises(ValueError, match=r"fit_prior.*Received: temperature="):
        UniformCodesPrior((2,), 4).sample(3, rng, **options)


def test_the_config_makes_an_equal_prior():
    prior = UniformCodesPrior([(1,), (2,)], 4, 2)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(prior))
    assert again.sequence.shape == prior.sequence.shape == [(1,), (2,)]
