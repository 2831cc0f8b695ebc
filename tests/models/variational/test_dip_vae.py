import keras
import numpy as np
import pytest
from zoo import compiled, examples

from keras_genae import DIPVAE
from keras_genae.distributions import DiagonalNormal

X = examples((16,))


def model(**arguments):
    keras.utils.set_random_seed(0)
    return DIPVAE((16,), latent_dim=3, widths=(8,), seed=0, **arguments)


def terms_of(ours, x=X, weight=None):
    data = (x,) if weight is None else (x, x, weight)
    terms = ours.loss_terms(ours.unpack(data), training=False)
    return {name: np.array(term) for name, term in terms.items()}


def by_hand(covariance):
    """Σ_{i≠j} C_ij² and Σ_i (C_ii − 1)²."""
    off = covariance - np.diag(np.diag(covariance))
    return np.sum(off**2), np.sum((np.diag(covariance) - 1) ** 2)


@pytest.mark.parametrize("kind", ["I", "II"])
def test_the_terms_are_the_distance_of_the_covariance_from_the_identity(kind):
    ours = model(kind=kind)
    posterior = ours.encode_distribution(X)
    covariance = np.cov(np.float64(posterior.mean).T, bias=True)
    if kind == "II":
        covariance += np.diag(np.exp(np.float64(posterior.log_var)).mean(axis=0))
    off_diagonal, diagonal = by_hand(covariance)
    terms = terms_of(ours)
    np.testing.assert_allclose(terms["off_diagonal_loss"], off_diagonal, rtol=1e-4)
    np.testing.assert_allclose(terms["diagonal_loss"], diagonal, rtol=1e-4)


def test_the_covariance_of_type_two_is_that_of_draws():
    ours = model(kind="II")
    posterior = ours.encode_distribution(X)
    many = DiagonalNormal(*(np.repeat(v, 4000, axis=0) for v in vars(posterior).values()))
    off_diagonal, diagonal = by_hand(np.cov(np.float64(many.sample(seed=0)).T))
    terms = terms_of(ours)
    # 192,000 draws: a variance is right to 0.3 %.
    assert terms["off_diagonal_loss"][0] == pytest.approx(off_diagonal, rel=0.05, abs=0.02)
    assert terms["diagonal_loss"][0] == pytest.approx(diagonal, rel=0.05)


def test_weights_weigh_the_examples_of_the_covariance():
    ours = model()
    weight = np.array([2, 1, 1, 0, 3], "float32")
    weighted = terms_of(ours, X[:5], weight)
    repeated = terms_of(ours, X[[0, 0, 1, 2, 4, 4, 4]])
    for name in ("off_diagonal_loss", "diagonal_loss"):
        assert weighted[name][0] == pytest.approx(repeated[name][0], rel=1e-5)


def test_the_weights_are_those_of_the_paper_by_default():
    weights = model(kind="I", off_diagonal_weight=3.0).term_weights
    assert (weights["off_diagonal_loss"], weights["diagonal_loss"]) == (3.0, 30.0)
    weights = model(off_diagonal_weight=3.0).term_weights
    assert (weights["off_diagonal_loss"], weights["diagonal_loss"]) == (3.0, 3.0)
    weights = model(kind="I", diagonal_weight=0.5).term_weights
    assert (weights["off_diagonal_loss"], weights["diagonal_loss"]) == (10.0, 0.5)


@pytest.mark.slow
def test_training_takes_correlations_away():
    found = []
    for weight in (0.0, 100.0):
        ours = model(off_diagonal_weight=weight)
        compiled(ours, keras.optimizers.Adam(0.01)).fit(X, batch_size=48, epochs=80, verbose=0)
        found.append(terms_of(ours)["off_diagonal_loss"][0])
    print("off-diagonal", found)
    assert found[1] < 0.1 * found[0]


def test_one_example_is_finite_and_mistakes_are_told():
    logs = compiled(model(), run_eagerly=True).train_on_batch(X[:1], return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    with pytest.raises(ValueError, match="`kind` must be 'I' or 'II'"):
        model(kind="III")
    with pytest.raises(ValueError, match="`diagonal_weight` must be a finite number"):
        model(diagonal_weight=-1.0)
