"""What constructors take: every argument does something, and wrong ones say what is right."""

import keras
import numpy as np
import pytest
from cases import fast
from keras import layers
from zoo import examples

from keras_genae import VAE, Autoencoder, ConvAE, ConvVAE, DenoisingAE
from keras_genae.layers import GaussianNoise

IMAGE = (12, 12, 1)


def pair(heads, kernel_regularizer=None, features=16, latent_dim=3):
    """An encoder and a decoder of one's own."""
    data, z = keras.Input((features,)), keras.Input((latent_dim,))
    hidden = layers.Dense(8, "tanh", kernel_regularizer=kernel_regularizer)(data)
    outputs = [layers.Dense(latent_dim)(hidden) for _ in range(heads)]
    encoder = keras.Model(data, outputs if heads > 1 else outputs[0])
    return encoder, keras.Model(z, layers.Dense(features)(layers.Dense(8, "tanh")(z)))


def what_it_does(model_class, arguments):
    """The graph (shapes and dtypes of all layers) and what two training steps give."""
    keras.utils.set_random_seed(0)
    model = model_class(**{"seed": 0, **arguments})
    model.compile(optimizer=keras.optimizers.SGD(1e-4), run_eagerly=True)
    x = examples(model.input_shape, 8)
    losses = [model.train_on_batch(x, return_dict=True) for _ in range(2)]
    networks = (model.encoder, model.decoder)
    graph = [
        (type(layer).__name__, layer.compute_dtype, [w.shape for w in layer.weights])
        for network in networks
        for layer in network.layers
    ]
    return graph, [{name: float(value) for name, value in logs.items()} for logs in losses]


BASES = [
    (Autoencoder, {"input_shape": IMAGE, "latent_dim": 3, "widths": (4, 8)}),
    (ConvVAE, {"input_shape": IMAGE, "latent_dim": 3, "widths": (4, 8)}),
    (DenoisingAE, {"input_shape": IMAGE, "latent_dim": 3, "widths": (4, 8)}),
]
CHANGES = [
    (Autoencoder, {"input_shape": (12, 13, 1)}),
    (Autoencoder, {"latent_dim": 4}),
    (Autoencoder, {"network": "mlp"}),
    (Autoencoder, {"widths": (4, 9)}),
    (Autoencoder, {"kernel_size": 3}),
    (Autoencoder, {"likelihood": "bernoulli"}),
    (Autoencoder, {"likelihood": "continuous_bernoulli"}),
    (Autoencoder, {"likelihood": "sigma"}),
    (Autoencoder, {"scale": 0.5}),
    (Autoencoder, {"dtype": "mixed_bfloat16"}),
    (ConvVAE, {"beta": 2.0}),
    (ConvVAE, {"free_bits": 0.5}),
    (ConvVAE, {"seed": 1}),
    (ConvVAE, {"kernel_size": 3}),
    (ConvVAE, {"likelihood": "gaussian"}),
    (ConvVAE, {"likelihood": "gaussian", "scale": 0.5}),
    (DenoisingAE, {"seed": 1}),
    (DenoisingAE, {"corruption": "masking"}),
    (DenoisingAE, {"corruption": "salt_and_pepper"}),
    (DenoisingAE, {"corruption": "blur"}),
    (DenoisingAE, {"corruption": GaussianNoise(0.5)}),
]


@pytest.mark.parametrize(("model_class", "arguments"), BASES)
def test_the_same_arguments_do_the_same(model_class, arguments):
    assert what_it_does(model_class, arguments) == what_it_does(model_class, arguments)


@pytest.mark.parametrize(("model_class", "change"), CHANGES)
def test_every_argument_changes_the_loss_or_the_graph(model_class, change):
    arguments = dict(BASES)[model_class]
    base, changed = (what_it_does(model_class, {**arguments, **c}) for c in ({}, change))
    assert base != changed


def test_defaults_are_what_the_docstring_says():
    assert Autoencoder((12, 12, 1), 2).network == "conv" and VAE((9,), 2).network == "mlp"
    assert ConvVAE(IMAGE, 2).name.startswith("conv_vae")
    assert ConvVAE(IMAGE, 2, name="faces").name == "faces"


@pytest.mark.parametrize("model_class", [ConvAE, ConvVAE])
def test_the_convolutional_models_are_the_others_with_convolutions(model_class):
    general = {ConvAE: Autoencoder, ConvVAE: VAE}[model_class]
    arguments = {"input_shape": IMAGE, "latent_dim": 3, "widths": (4, 8), "kernel_size": 3}
    fixed = what_it_does(model_class, arguments)
    assert fixed == what_it_does(general, {**arguments, "network": "conv"})


@pytest.mark.parametrize(
    ("model_class", "arguments", "named"),
    [
        (Autoencoder, {}, r"`input_shape` must be \(height, width, channels\)"),
        (Autoencoder, {"input_shape": (28, 28)}, r"the last number is 1, as in \(28, 28, 1\)"),
        (Autoencoder, {"input_shape": (16,)}, "`latent_dim` must be a whole number"),
        (Autoencoder, {"input_shape": (16,), "latent_dim": 0}, "Received: latent_dim=0"),
        (Autoencoder, {"input_shape": (16,), "latent_dim": 2.5}, "Received: latent_dim=2.5"),
        (ConvVAE, {"input_shape": (4, 4, 1), "latent_dim": 2}, "at least 8; `network='mlp'`"),
        (ConvVAE, {"input_shape": (16,), "latent_dim": 2}, "network='mlp'"),
        (Autoencoder, {"network": "resnet50"}, "one of 'conv', 'mlp'; for any other pass"),
        (Autoencoder, {"network": "conv"}, "network='mlp'` takes any shape"),
        (Autoencoder, {"network": "mlp", "kernel_size": 3}, "leave it out with any other"),
        (Autoencoder, {"widths": 8}, r"such as \(32, 64, 128\)"),
        (Autoencoder, {"likelihood": "binomial"}, "'continuous_bernoulli', 'gaussian', 'laplace'"),
        (Autoencoder, {"likelihood": "bernoulli", "scale": 0.1}, "Leave it out with any other"),
        (VAE, {"scale": 0.1}, "likelihood='sigma'"),
        (Autoencoder, {"scale": 0.0}, "finite number above 0"),
        (Autoencoder, {"scale": float("nan")}, "finite number above 0"),
        (VAE, {"beta": -1.0}, "`beta` must be a finite number from 0 up"),
        (VAE, {"beta": float("inf")}, "Received: beta=inf"),
        (VAE, {"free_bits": -0.1}, "Received: free_bits=-0.1"),
        (DenoisingAE, {"corruption": "rain"}, "'masking', 'salt_and_pepper', 'blur', or a layer"),
        (DenoisingAE, {"corruption": 0.3}, "of type float"),
        (Autoencoder, {"encoder": pair(1)[0]}, "Pass `encoder` and `decoder` together"),
        (Autoencoder, {"decoder": pair(1)[1]}, "Pass `encoder` and `decoder` together"),
    ],
)
def test_wrong_arguments_name_what_is_right(model_class, arguments, named):
    if arguments and "input_shape" not in arguments and "encoder" not in arguments:
        arguments = {"input_shape": (16,), "latent_dim": 2, **arguments}
    with pytest.raises(ValueError, match=named) as error:
        model_class(**arguments)
    assert "Received:" in str(error.value)


@pytest.mark.parametrize(
    ("model_class", "networks", "arguments", "named"),
    [
        (VAE, (pair(1)[0], pair(1)[1]), {}, r"needs 2 output\(s\) \(mean, log_var\)"),
        (Autoencoder, (pair(2)[0], pair(2)[1]), {}, r"needs 1 output\(s\) \(z\)"),
        (Autoencoder, (pair(1)[0], pair(1, latent_dim=4)[1]), {}, "decoder input"),
        (Autoencoder, (pair(1)[0], pair(1, features=9)[1]), {}, "give back the shape"),
        (Autoencoder, pair(1), {"widths": (8,)}, "leave them out with `encoder=`"),
        (Autoencoder, pair(1), {"latent_dim": 5}, "which say 3"),
        (Autoencoder, pair(1), {"input_shape": (9,)}, r"which say \(16,\)"),
    ],
)
def test_networks_that_do_not_fit_are_named(model_class, networks, arguments, named):
    encoder, decoder = networks
    with pytest.raises(ValueError, match=named):
        model_class(encoder=encoder, decoder=decoder, **arguments)


def test_a_network_that_is_not_built_is_an_error_that_says_so():
    encoder = keras.Sequential([layers.Dense(3)])
    with pytest.raises(ValueError, match="Received"):
        Autoencoder(encoder=encoder, decoder=pair(1)[1])


@pytest.mark.parametrize("model_class", fast([Autoencoder, VAE, DenoisingAE], [VAE]))
def test_networks_of_ones_own_train_and_load(model_class, tmp_path):
    encoder, decoder = pair(2 if model_class is VAE else 1)
    model = model_class(encoder=encoder, decoder=decoder, seed=0)
    assert model.input_shape == (16,) and model.latent_dim == 3
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    x = examples((16,), 64)
    history = model.fit(x, epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.reconstruct(x), model.reconstruct(x))


def test_a_copy_of_a_model_with_networks_of_its_own_has_weights_of_its_own():
    encoder, decoder = pair(1)
    model = Autoencoder(encoder=encoder, decoder=decoder)
    clone = keras.models.clone_model(model)
    x = examples((16,), 4)
    before = model.reconstruct(x)
    clone.set_weights([w + 1.0 for w in clone.get_weights()])
    np.testing.assert_array_equal(model.reconstruct(x), before)


def test_a_kernel_regulariser_adds_to_the_loss_but_not_to_the_terms():
    plain, regular = (
        Autoencoder(encoder=e, decoder=d) for e, d in (pair(1), pair(1, keras.regularizers.L2(0.1)))
    )
    regular.set_weights(plain.get_weights())
    x = examples((16,), 8)
    logs = []
    for model in (plain, regular):
        model.compile(optimizer=keras.optimizers.SGD(0.01), run_eagerly=True)
        logs.append(model.evaluate(x, verbose=0, return_dict=True))
    kernel = plain.encoder.layers[1].get_weights()[0]
    penalty = 0.1 * np.square(kernel).sum()
    assert logs[1]["loss"] - logs[0]["loss"] == pytest.approx(penalty, rel=1e-4)
    assert logs[1]["reconstruction_loss"] == logs[0]["reconstruction_loss"]
    # It is trained on as well: its gradient is 2 · 0.1 · W.
    for model in (plain, regular):
        model.train_on_batch(x)
    moved = plain.encoder.layers[1].get_weights()[0] - regular.encoder.layers[1].get_weights()[0]
    np.testing.assert_allclose(moved, 0.01 * 0.2 * kernel, rtol=1e-3, atol=1e-6)


def test_the_seed_fixes_all_noise_and_none_does_not():
    def noise(seed):
        return ConvVAE(IMAGE, 2, widths=(4,), seed=seed).noise.next().numpy().tolist()

    assert noise(3) == noise(3) != noise(4)
    assert noise(None) != noise(None)
