import re

import keras
import numpy as np
import pytest

from keras_genae import VAE, VaDE
from keras_genae.distributions import DiagonalNormal
from keras_genae.evaluation import cluster_accuracy, log_likelihood, rate
from keras_genae.training import default_optimizer

X = np.random.default_rng(0).normal(size=(30, 6)).astype("float32")


class Plain(VAE):
    WHITENS = False


def build(model_class=VaDE, **options):
    keras.utils.set_random_seed(0)
    model = model_class((6,), latent_dim=2, widths=(8,), seed=0, **options)
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
    return model


def groups(count=300, distance=6.0):
    """Points around the corners of a triangle in six dimensions, and their corners."""
    rng = np.random.default_rng(1)
    labels = rng.integers(3, size=count)
    points = distance * np.eye(6)[labels] + rng.normal(size=(count, 6))
    return points.astype("float32"), labels


def test_one_cluster_is_the_vae():
    model, plain = build(clusters=1), build(Plain)
    found, exact = (m.evaluate(X, verbose=0, return_dict=True) for m in (model, plain))
    assert found == pytest.approx(exact, rel=1e-6)
    np.testing.assert_allclose(
        log_likelihood(model, X, num_samples=5), log_likelihood(plain, X, num_samples=5), rtol=1e-6
    )


def test_the_term_by_hand():
    model = build(clusters=3)
    model.logits.assign([0.0, 1.0, -1.0])
    model.log_vars.assign(np.random.default_rng(2).normal(size=(3, 2)))
    shares = np.exp([0.0, 1.0, -1.0])
    shares /= shares.sum()
    posterior = model.posterior(X)
    z = np.random.default_rng(3).normal(size=(30, 2)).astype("float32")
    means, log_vars = (np.float64(w) for w in (model.means, model.log_vars))
    joint = [
        share * np.exp(np.float64(DiagonalNormal(mean, log_var).log_prob(z)))
        for share, mean, log_var in zip(shares, means, log_vars, strict=True)
    ]
    gamma = (np.array(joint) / np.sum(joint, axis=0)).T
    kl = [
        posterior.kl(DiagonalNormal(np.float32(m), np.float32(v)))
        for m, v in zip(means, log_vars, strict=True)
    ]
    expected = np.sum(gamma * (np.transpose(kl) + np.log(gamma / shares)), axis=1)
    found = model.latent_terms(posterior, z, None)["kl_loss"]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(model.prior.log_prob(z), np.log(np.sum(joint, axis=0)), rtol=1e-4)


def test_the_bound_of_the_paper_lies_above_the_rate():
    model = build(clusters=3)
    many = np.repeat(X[:3], 3000, axis=0)
    bound = model.evaluate(many, batch_size=9000, verbose=0, return_dict=True)["kl_loss"]
    assert rate(model, X[:3], num_samples=3000).mean() < bound + 0.02


def test_it_finds_groups_that_are_apart():
    x, labels = groups()
    model = VaDE((6,), latent_dim=2, clusters=3, widths=(16,), seed=0)
    model.compile(keras.optimizers.Adam(5e-3))
    model.pretrain(x, epochs=10, verbose=0)
    assert float(model.beta) == 1.0
    model.fit(x, epochs=5, verbose=0)
    assert cluster_accuracy(labels, model.cluster(x)) > 0.95
    # And its samples come from them.
    samples = model.sample(300, seed=0)
    nearest = np.linalg.norm(samples[:, None] - 6.0 * np.eye(6)[:3], axis=2).min(axis=1)
    assert np.median(nearest) < 3.0


def test_initialise_is_the_mixture_of_the_codes():
    x, _ = groups()
    model = build(clusters=3)
    model.initialise(x)
    np.testing.assert_allclose(np.exp(model.prior.log_shares).sum(), 1.0, rtol=1e-5)
    drawn = model.draw_latents(20_000, np.random.default_rng(0), 1.0)
    np.testing.assert_allclose(drawn.mean(axis=0), model.encode(x).mean(axis=0), atol=0.1)
    same = np.tile(X[:1], (5, 1))
    with pytest.raises(ValueError, match="as many components as there are examples"):
        model.initialise(X[:2])
    with pytest.warns(UserWarning):  # scikit-learn: fewer distinct codes than clusters.
        model.initialise(same)
    assert np.isfinite(model.fit(same, verbose=0).history["loss"]).all()


def test_the_means_are_no_matrix_to_be_orthogonalised():
    model = build()
    excluded = default_optimizer(model).exclude_layers
    assert [bool(re.search("|".join(excluded), w.path)) for w in model.trainable_weights] == [
        w is model.means or w is model.log_vars for w in model.trainable_weights
    ]


def test_the_clusters_change_the_loss():
    losses = {
        build(clusters=count).evaluate(X, verbose=0, return_dict=True)["loss"]
        for count in (1, 2, 5)
    }
    assert len(losses) == 3
    with pytest.raises(ValueError, match="`clusters` must be"):
        VaDE((6,), latent_dim=2, clusters=0)
