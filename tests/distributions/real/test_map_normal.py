import numpy as np

from keras_genae.distributions import DiagonalNormal, MapNormal, kl_divergence


def test_a_map_is_a_vector_of_all_its_entries(rng):
    mean, log_var, z = rng.normal(size=(3, 5, 2, 3, 4)).astype("float32")[:3]
    ours = MapNormal(mean, log_var)
    flat = DiagonalNormal(mean.reshape(5, 24), log_var.reshape(5, 24))
    np.testing.assert_allclose(ours.log_prob(z), flat.log_prob(z.reshape(5, 24)), rtol=1e-5)
    np.testing.assert_allclose(ours.kl(), flat.kl(), rtol=1e-5)
    np.testing.assert_array_equal(
        np.reshape(ours.sample(seed=1), (5, 24)), flat.sample(seed=1).numpy()
    )
    prior = MapNormal.standard((2, 3, 4))
    np.testing.assert_allclose(kl_divergence(ours, prior, z), flat.kl(), rtol=1e-5)
    np.testing.assert_allclose(
        prior.log_prob(z), DiagonalNormal.standard(24).log_prob(z.reshape(5, 24)), rtol=1e-5
    )
    assert isinstance(ours.times(ours), MapNormal)
    assert np.shape(ours.dead_units()) == (2, 3, 4)
