"""Networks of the caller's own: understood, or refused in words."""

import keras
import numpy as np
import pytest
from cases import slow
from keras import layers, ops

from keras_genae import VAE, Autoencoder
from keras_genae.anomaly import likelihood_regret, reconstruction_probability
from keras_genae.evaluation import elbo, log_likelihood

IMAGE = (8, 8, 1)
X = np.random.default_rng(0).random((12, *IMAGE)).astype("float32")


def encoder(outputs=2, log_var_activation=None, by_name=False, dtype=None):
    x = keras.Input(IMAGE)
    h = layers.Flatten(dtype=dtype)(x)
    heads = [layers.Dense(3, dtype=dtype)(h) for _ in range(outputs)]
    if log_var_activation:
        heads[1] = layers.Activation(log_var_activation, dtype=dtype)(heads[1])
    if by_name:
        heads = dict(zip(("mean", "log_var", "z"), heads, strict=False))
    return keras.Model(x, heads if by_name or outputs > 1 else heads[0])


def decoder(finish=None, dtype=None):
    z = keras.Input((3,))
    h = layers.Dense(64, dtype=dtype)(z)
    return keras.Model(z, finish(h) if finish else layers.Reshape(IMAGE, dtype=dtype)(h))


def reshaped(h):
    return layers.Reshape(IMAGE)(h)


BOUNDED = {
    "argument": lambda h: layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid")(
        reshaped(h)
    ),
    "layer": lambda h: layers.Activation("sigmoid")(reshaped(h)),
    "before a reshape": lambda h: reshaped(layers.Activation("tanh")(h)),
    "operation": lambda h: ops.sigmoid(reshaped(h)),
    "function": lambda h: layers.Activation(ops.sigmoid)(reshaped(h)),
    "rectified": lambda h: layers.ReLU()(reshaped(h)),
    "model inside": lambda h: keras.Sequential(
        [keras.Input((64,)), layers.Dense(64, activation="sigmoid"), layers.Reshape(IMAGE)]
    )(h),
    "linear after": lambda h: layers.Activation("linear")(ops.relu(reshaped(h))),
}


@pytest.mark.parametrize("finish", BOUNDED.values(), ids=BOUNDED)
def test_a_decoder_of_images_that_is_bounded_is_refused(finish):
    with pytest.raises(ValueError, match=r"activation=None.*ends in '"):
        VAE(encoder=encoder(), decoder=decoder(finish))


def test_a_sequential_decoder_that_is_bounded_is_refused():
    stack = [keras.Input((3,)), layers.Dense(64, activation="sigmoid"), layers.Reshape(IMAGE)]
    with pytest.raises(ValueError, match="ends in 'sigmoid'"):
        VAE(encoder=encoder(), decoder=keras.Sequential(stack))


@pytest.mark.parametrize(
    "finish",
    [
        lambda h: layers.Activation("linear")(reshaped(h)),
        lambda h: reshaped(h) * 2.0 - 1.0,
        lambda h: layers.Cropping2D(1)(layers.ZeroPadding2D(1)(reshaped(h))),
        lambda h: layers.Conv2D(1, 1)(layers.Activation("sigmoid")(reshaped(h))),
    ],
)
def test_a_decoder_that_can_give_any_number_is_taken(finish):
    VAE(encoder=encoder(), decoder=decoder(finish))


def test_a_decoder_of_vectors_gives_the_mean_itself_and_may_be_bounded():
    x, z = keras.Input((5,)), keras.Input((3,))
    networks = {
        "encoder": keras.Model(x, layers.Dense(3)(x)),
        "decoder": keras.Model(z, layers.Dense(5, activation="sigmoid")(z)),
    }
    model = Autoencoder(**networks)
    with pytest.raises(ValueError, match="ends in 'sigmoid'"):
        Autoencoder(**networks, likelihood="bernoulli")
    with pytest.raises(ValueError, match="ends in 'sigmoid'"):
        model.compile(loss="binary_crossentropy")


@pytest.mark.parametrize("activation", ["softplus", "relu", "sigmoid"])
def test_a_bounded_log_variance_is_refused(activation):
    with pytest.raises(ValueError, match=f"log σ².*ends in '{activation}'"):
        VAE(encoder=encoder(log_var_activation=activation), decoder=decoder())


def test_an_encoder_that_draws_z_itself_is_told_to_leave_it_out():
    with pytest.raises(ValueError, match="Leave out the draw"):
        VAE(encoder=encoder(outputs=3), decoder=decoder())


def test_outputs_by_name_are_taken_by_name(tmp_path):
    network = encoder(by_name=True)
    model = VAE(encoder=network, decoder=decoder(), seed=0)
    posterior = model.encode_distribution(X)
    outputs = network.predict(X, verbose=0)
    np.testing.assert_allclose(posterior.mean, outputs["mean"], atol=1e-6)
    np.testing.assert_allclose(posterior.log_var, outputs["log_var"], atol=1e-4)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))


@pytest.mark.parametrize(
    ("networks", "named"),
    [
        ((encoder(outputs=3, by_name=True), decoder()), "those that the model knows"),
        ((encoder(), keras.Model(z := keras.Input((3,)), [z, z])), "needs one output"),
        ((encoder(), keras.Model(z := keras.Input((3,)), {"image": z})), "needs one output"),
        ((encoder(), decoder(lambda h: {"image": reshaped(h)})), "needs one output"),
        ((encoder(), decoder(lambda h: [reshaped(h)])), "needs one output"),
        ((encoder(), layers.Dense(3)), "built Keras model"),
    ],
)
def test_networks_of_another_structure_are_refused(networks, named):
    with pytest.raises(ValueError, match=named):
        VAE(encoder=networks[0], decoder=networks[1])


def test_a_model_without_a_graph_of_its_own_is_told_how_to_be_wrapped():
    class Subclassed(keras.Model):
        def call(self, x):
            return x

    network = Subclassed()
    network(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="wrap it"):
        VAE(encoder=encoder(), decoder=network)


@pytest.mark.parametrize("policy", [slow("mixed_bfloat16"), "mixed_float16"])
def test_half_precision_networks_give_float32_everywhere(policy):
    model = VAE(encoder=encoder(dtype=policy), decoder=decoder(dtype=policy), seed=0)
    model.compile()
    model.fit(X, verbose=0)
    assert model.predict(X, verbose=0).dtype == np.float32
    posterior = model.encode_distribution(X)
    for array in (model.encode(X), model.reconstruct(X), model.sample(2), posterior.log_var):
        assert array.dtype == np.float32
    for measure in (elbo, log_likelihood):
        assert np.isfinite(measure(model, X, num_samples=3)).all()
    for score in (reconstruction_probability, likelihood_regret):
        scores = score(model, X)
        assert scores.dtype == np.float32 and np.isfinite(scores).all()
