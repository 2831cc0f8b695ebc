import keras
import numpy as np
import pytest
from zoo import compiled, examples, loss_of

from keras_genae import VAE, BetaTCVAE

X = examples((16,))
PARTS = ("mutual_information_loss", "total_correlation_loss", "dimension_wise_kl_loss")


def model(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"dataset_size": 48, **arguments}
    return BetaTCVAE((16,), latent_dim=3, widths=(8,), seed=0, **arguments)


def terms_of(ours, x):
    """Means of the terms at new draws of z."""
    terms = ours.loss_terms(ours.unpack((x,)), training=True)
    return {name: float(np.mean(term)) for name, term in terms.items()}


def test_the_three_parts_add_up_to_the_kl_in_expectation():
    ours = model()
    draws = [terms_of(ours, X) for _ in range(60)]
    kl = np.array([draw["kl_loss"] for draw in draws])
    parts = np.array([sum(draw[name] for name in PARTS) for draw in draws])
    assert kl.std() < 1e-6
    error = parts.std() / np.sqrt(len(parts))
    print("KL", kl[0], "parts", parts.mean(), "±", error)
    assert parts.mean() == pytest.approx(kl[0], abs=4 * error) and error < 0.05 * kl[0]


def test_with_all_weights_1_it_is_the_vae_in_expectation():
    class PlainVAE(VAE):
        WHITENS = False

    ours = model(alpha=1.0, beta=1.0, gamma=1.0)
    keras.utils.set_random_seed(0)
    plain = PlainVAE((16,), latent_dim=3, widths=(8,), seed=0)
    x = np.repeat(X[:8], 250, axis=0)
    losses = [loss_of(compiled(one, run_eagerly=True), x, batch_size=2000) for one in (ours, plain)]
    # The same draws of z; log q(z|x) − log p(z) at them in place of its mean.
    assert losses[0] == pytest.approx(losses[1], abs=0.1)
    assert losses[0] != losses[1]


def test_each_weight_weighs_its_part():
    weights = {"alpha": 2.0, "beta": 3.0, "gamma": 5.0}
    ours = model(**weights)
    terms = ours.loss_terms(ours.unpack((X,)), training=False)
    expected = terms["reconstruction_loss"] + sum(
        weight * terms[part] for weight, part in zip(weights.values(), PARTS, strict=True)
    )
    np.testing.assert_allclose(ours.weighted_sum(terms), expected, rtol=1e-6)


def test_the_size_of_the_data_set_changes_what_is_found():
    small, large = (
        ours.loss_terms(ours.unpack((X,)), training=False)
        for ours in (model(), model(dataset_size=48_000))
    )
    # A thousand times as many examples to tell apart: more is known of which it is.
    informed = [np.mean(terms["mutual_information_loss"]) for terms in (small, large)]
    assert informed[0] < informed[1]


def test_gradients_make_units_independent(noise_off):
    # Two units that are one and the same; pressure on hardly anything but their dependence.
    x = np.random.default_rng(0).normal(size=(256, 2)).astype("float32")
    weights = {"alpha": 0.0, "beta": 1.0, "gamma": 0.0, "likelihood": "gaussian", "scale": 100.0}
    ours = BetaTCVAE((2,), 2, dataset_size=256, widths=(8,), seed=0, **weights)
    head = ours.encoder.get_layer("mean")
    kernel = head.get_weights()[0]
    head.set_weights([np.repeat(kernel[:, :1], 2, axis=1), np.zeros(2)])
    compiled(ours, keras.optimizers.Adam(0.02), run_eagerly=True)
    before = ours.train_on_batch(x, return_dict=True)["total_correlation_loss"]
    for _ in range(30):
        after = ours.train_on_batch(x, return_dict=True)["total_correlation_loss"]
    assert after < 0.8 * before


def test_mistakes_are_told():
    with pytest.raises(ValueError, match=r"give `dataset_size=len\(x\)`"):
        compiled(model(dataset_size=None)).fit(X, verbose=0)
    with pytest.raises(ValueError, match="`dataset_size` must be a whole number"):
        model(dataset_size=0.5)
    with pytest.raises(ValueError, match="`gamma` must be a finite number"):
        model(gamma=-1.0)


def test_a_batch_of_one_and_equal_examples_are_finite():
    ours = compiled(model(), run_eagerly=True)
    for x in (X[:1], np.repeat(X[:1], 8, axis=0)):
        assert np.isfinite(list(ours.train_on_batch(x, return_dict=True).values())).all()
