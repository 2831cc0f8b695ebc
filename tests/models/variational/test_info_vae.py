import keras
import numpy as np
import pytest
from zoo import compiled, examples, same

from keras_genae import VAE, InfoVAE
from keras_genae.divergences import mmd

X = examples((16,))


def model(model_class=InfoVAE, **arguments):
    keras.utils.set_random_seed(0)
    return model_class((16,), latent_dim=3, widths=(8,), seed=0, **arguments)


def test_with_alpha_0_and_lambda_1_it_is_the_vae():
    ours, plain = model(lambda_mmd=1.0), model(VAE)
    for one in (ours, plain):
        compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True).train_on_batch(X)
    assert ours.term_weights["mmd_loss"] == 0.0
    learned = ([v.numpy() for v in one.trainable_variables] for one in (ours, plain))
    assert same(*learned)


@pytest.mark.parametrize(
    ("alpha", "lambda_mmd"), [(0.0, 10.0), (0.5, 3.0), (1.0, 2.0), (-1.0, 5.0)]
)
def test_alpha_and_lambda_weigh_the_terms_as_the_paper_says(alpha, lambda_mmd):
    ours = model(alpha=alpha, lambda_mmd=lambda_mmd)
    terms = ours.loss_terms(ours.unpack((X,)), training=False)
    expected = terms["reconstruction_loss"] + (1 - alpha) * terms["kl_loss"]
    expected += (alpha + lambda_mmd - 1) * terms["mmd_loss"]
    np.testing.assert_allclose(ours.weighted_sum(terms), expected, rtol=1e-5)


def test_the_discrepancy_is_that_of_the_codes_to_the_prior():
    ours, x = model(), np.repeat(X, 20, axis=0)
    z = np.array(ours.encode_distribution(x, batch_size=len(x)).sample(seed=1))
    normal = np.random.default_rng(0).normal(size=(2000, 3)).astype("float32")
    found = np.array(ours.loss_terms(ours.unpack((x,)), training=False)["mmd_loss"])
    assert found.shape == (len(x),) and np.ptp(found) == 0.0
    assert found[0] == pytest.approx(float(mmd(z, normal)), abs=0.01)
    # New draws from the prior in each training step, the same in each evaluation.
    batch = ours.unpack((X,))
    for training in (True, False):
        once, twice = (float(ours.loss_terms(batch, training)["mmd_loss"][0]) for _ in range(2))
        assert (once != twice) == training


@pytest.mark.slow
def test_codes_that_cost_nothing_come_to_lie_as_the_prior_all_the_same():
    found = []
    for lambda_mmd in (0.0, 300.0):
        # Without whitening, which puts codes in their place by itself.
        still = type("StillInfoVAE", (InfoVAE,), {"WHITENS": False})
        ours = model(still, alpha=1.0, lambda_mmd=lambda_mmd)
        compiled(ours, keras.optimizers.Adam(0.03)).fit(X, batch_size=48, epochs=100, verbose=0)
        found.append(ours.evaluate(X, batch_size=48, verbose=0, return_dict=True)["mmd_loss"])
    print("MMD", found)
    assert found[1] < 0.03 < found[0]


def test_a_batch_of_one_is_finite_and_mistakes_are_told():
    logs = compiled(model(), run_eagerly=True).train_on_batch(X[:1], return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    for wrong in ({"alpha": 1.5}, {"lambda_mmd": 0.5}, {"alpha": float("nan")}):
        with pytest.raises(ValueError, match="must be finite and may not be negative"):
            model(**wrong)
