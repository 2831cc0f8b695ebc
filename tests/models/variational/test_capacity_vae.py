import keras
import numpy as np
import pytest
from zoo import compiled, examples

from keras_genae import VAE, CapacityVAE
from keras_genae.training import CapacityAnnealing

X = examples((16,))


def model(**arguments):
    keras.utils.set_random_seed(0)
    return CapacityVAE((16,), latent_dim=3, widths=(8,), seed=0, **arguments)


def test_the_loss_is_by_hand():
    ours = compiled(model(capacity=2.0, gamma=7.0), run_eagerly=True)
    logs = ours.evaluate(X, verbose=0, return_dict=True)
    kl = np.array(ours.encode_distribution(X).kl())
    assert logs["kl_loss"] == pytest.approx(kl.mean(), rel=1e-5)
    # Each example is to hold so much, not their mean.
    assert logs["capacity_loss"] == pytest.approx(np.abs(kl - 2.0).mean(), rel=1e-5)
    expected = logs["reconstruction_loss"] + 7.0 * logs["capacity_loss"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)


def test_without_capacity_it_is_the_beta_vae():
    # |KL − 0| = KL.
    keras.utils.set_random_seed(0)
    plain = VAE((16,), latent_dim=3, beta=7.0, widths=(8,), seed=0)
    losses = [
        compiled(one, run_eagerly=True)
        .fit(X, batch_size=16, shuffle=False, verbose=0)
        .history["loss"]
        for one in (model(capacity=0.0, gamma=7.0), plain)
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)


@pytest.mark.slow
def test_codes_come_to_hold_the_capacity():
    ours = compiled(model(capacity=4.0, gamma=100.0), keras.optimizers.Adam(0.01))
    ours.fit(X, epochs=60, batch_size=16, verbose=0)
    kl = np.array(ours.encode_distribution(X).kl())
    assert kl.mean() == pytest.approx(4.0, abs=0.5)


def test_a_schedule_moves_the_capacity_and_saves_it(tmp_path):
    ours = compiled(model(), run_eagerly=True)
    schedule = CapacityAnnealing(epochs=2, start=1.0, end=9.0)
    history = ours.fit(X, epochs=3, verbose=0, callbacks=[schedule]).history
    assert history["capacity"] == [1.0, 5.0, 9.0]
    ours.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.capacity) == 9.0 and loaded.get_config()["capacity"] == 25.0
    assert float(loaded.beta) == 1000.0


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="`gamma` must be a finite number"):
        model(gamma=-1.0)
    with pytest.raises(ValueError, match="`capacity` must be a finite number"):
        model(capacity=float("nan"))
    with pytest.raises(TypeError, match="free_bits"):
        model(free_bits=0.1)
    with pytest.raises(ValueError, match="moves the `capacity` of a `CapacityVAE`"):
        compiled(VAE((16,), 2, widths=(8,))).fit(
            X, verbose=0, callbacks=[CapacityAnnealing(epochs=2)]
        )
