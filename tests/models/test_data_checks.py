"""Wrong data stop before the first step, with the line that mends them."""

import numpy as np
import pytest
import tensorflow as tf
from zoo import build, examples

from keras_genae import Autoencoder, ConvVAE, DenoisingAE

X = examples((12, 12, 1), 4)
COLOR = examples((12, 12, 3), 4)
V = examples((16,), 4)


@pytest.fixture(scope="module")
def models():
    made = {
        "grey": ConvVAE((12, 12, 1), 2, widths=(4,)),
        "color": ConvVAE((12, 12, 3), 2, widths=(4,)),
        "wide": ConvVAE((9, 12, 1), 2, widths=(4,)),
        "vectors": Autoencoder((16,), 2, widths=(4,)),
        "unit vectors": Autoencoder((16,), 2, widths=(4,), likelihood="continuous_bernoulli"),
        "denoising": DenoisingAE((12, 12, 1), 2, widths=(4,)),
    }
    for model in made.values():
        model.compile()
    return made


def with_value(value):
    x = X.copy()
    x[0, 3, 3, 0] = value
    return x


BAD = {
    "one image without a batch axis": ("grey", X[0], r"`x = x\[None\]`"),
    "grey images without a channel axis": ("grey", X[..., 0], r"`x = x\[\.\.\., None\]`"),
    "channels first": ("color", np.moveaxis(COLOR, -1, 1), r"np.moveaxis\(x, 1, -1\)"),
    "another size": ("grey", examples((10, 14, 1), 2), r"keras.ops.image.resize\(x, \(12, 12\)\)"),
    "colour for grey": ("grey", COLOR, r"built for data of shape \(batch, 12, 12, 1\)"),
    "images for vectors": ("vectors", examples((4, 4, 1), 2), r"x.reshape\(len\(x\), -1\)"),
    "vectors of another length": ("vectors", V[:, :9], r"Received: x.shape=\(4, 9\)"),
    "0 to 255 as floats": ("grey", X * 255, r"`x = x / 255\.0`"),
    "-1 to 1": ("grey", X * 2 - 1, r"`x = \(x \+ 1\.0\) / 2\.0`"),
    "standardised": ("grey", X * 9 - 4, r"x = \(x - x.min\(\)\) / \(x.max\(\) - x.min\(\)\)"),
    "a single pixel too bright": ("grey", with_value(1.01), "between 0 and 1"),
    "NaN": ("grey", with_value(np.nan), r"x\[np.isfinite\(x\).all\(axis=\(1, 2, 3\)\)\]"),
    "infinity": ("grey", with_value(np.inf), "not finite"),
    "NaN in a vector": ("vectors", V * np.nan, r"all\(axis=\(1,\)\)"),
    "int64": ("grey", (X * 255).astype("int64"), r"`x = x.astype\('uint8'\)`"),
    "integers for vectors": ("vectors", V.astype("int32"), r"`x = x.astype\('float32'\)`"),
    "uint8 for vectors": ("vectors", np.ones((2, 16), "uint8"), r"x.astype\('float32'\)"),
    "binary uint8": ("grey", (X > 0.5).astype("uint8"), r"For binary images: `x = x.astype\('fl"),
    "an empty array": ("grey", X[:0], "There is no example in `x`"),
    "vectors out of range": ("unit vectors", V, "Or choose `likelihood='sigma'`"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_data_are_named_with_their_mend(case, models):
    model, x, mend = BAD[case]
    for method in (models[model].fit, models[model].evaluate, models[model].predict):
        with pytest.raises(ValueError, match=mend) as error:
            method(x, verbose=0)
        assert "Received:" in str(error.value)
    with pytest.raises(ValueError, match=mend):
        models[model].encode(x)


@pytest.mark.parametrize("case", BAD)
def test_the_mended_data_are_accepted(case, models):
    # The line in the message does what it says.
    model, x, _ = BAD[case]
    mends = {
        "one image without a batch axis": lambda x: x[None],
        "grey images without a channel axis": lambda x: x[..., None],
        "channels first": lambda x: np.moveaxis(x, 1, -1),
        "0 to 255 as floats": lambda x: x / 255.0,
        "-1 to 1": lambda x: (x + 1.0) / 2.0,
        "standardised": lambda x: (x - x.min()) / (x.max() - x.min()),
        "NaN": lambda x: x[np.isfinite(x).all(axis=(1, 2, 3))],
        "int64": lambda x: x.astype("uint8"),
        "integers for vectors": lambda x: x.astype("float32"),
        "binary uint8": lambda x: x.astype("float32"),
        "images for vectors": lambda x: x.reshape(len(x), -1),
    }
    if case not in mends:
        pytest.skip("The message has no line of code.")
    assert np.isfinite(models[model].encode(mends[case](x))).all()


@pytest.mark.parametrize(
    "x", [X, (X * 255).astype("uint8"), X > 0.5, X.astype("float16"), X.astype("float64")]
)
def test_good_data_are_accepted(x, models):
    models["grey"].check_examples(x)
    assert models["grey"].encode(x).shape == (4, 2)


def test_rounding_may_leave_the_range_a_little(models):
    models["grey"].check_examples(with_value(1.0005))
    models["grey"].check_examples(with_value(-0.0005))


def test_vectors_may_hold_any_finite_number(models):
    models["vectors"].check_examples(V * 1e6)


def test_images_that_are_all_black_are_not_taken_for_binary(models):
    models["grey"].check_examples(np.zeros((2, 12, 12, 1), "uint8"))


def test_noise_may_leave_the_range_of_a_denoising_input_but_not_of_its_target(models):
    model, noisy = models["denoising"], X + 3.0
    model.prepare(noisy, X)
    model.encode(noisy)
    for x, y, name in ((noisy, None, "x"), (X, noisy, "y"), (X * 255, X, "x")):
        with pytest.raises(ValueError, match=f"Values must lie.*Received: {name} from"):
            model.fit(x, y, verbose=0)


def test_a_bad_target_is_called_y(models):
    with pytest.raises(ValueError, match=r"`y = y / 255\.0`"):
        models["grey"].fit(X, X * 255, verbose=0)


@pytest.mark.parametrize("kind", ["array", "pair", "dataset"])
def test_bad_validation_data_are_called_so(kind, models):
    bad = X * 255
    data = {
        "array": bad,
        "pair": (bad, bad),
        "dataset": tf.data.Dataset.from_tensor_slices(bad).batch(2),
    }[kind]
    with pytest.raises(
        ValueError, match=r"Received: validation (first batch of )?[xy] from"
    ) as error:
        models["grey"].fit(X, validation_data=data, verbose=0)
    # The line that mends them is Python: a variable has no space in its name.
    assert "`validation" not in str(error.value)


@pytest.mark.parametrize(
    ("elements", "mend"),
    [
        (X * 255, r"x / 255\.0"),
        ((X * 255, np.arange(4)), r"x / 255\.0"),
        ((X, X * 255), r"y / 255\.0"),
        (X[..., 0], r"\[\.\.\., None\]"),
        ((X * 255).astype("int64"), "uint8"),
    ],
)
def test_datasets_are_looked_at_as_well(elements, mend, models):
    dataset = tf.data.Dataset.from_tensor_slices(elements).batch(2)
    for method in (models["grey"].fit, models["grey"].evaluate):
        with pytest.raises(ValueError, match=mend):
            method(dataset, verbose=0)
    with pytest.raises(ValueError, match="Received"):
        models["grey"].fit(dataset.unbatch(), verbose=0)


def test_no_step_is_made_on_wrong_data():
    model = build("ConvVAE sigma")
    model.compile()
    before = model.get_weights()
    with pytest.raises(ValueError):
        model.fit(examples(model.input_shape) * 255, verbose=0)
    after = model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize("z", [np.zeros(2), np.zeros((3, 5)), np.zeros((1, 2, 2)), [[0.0, 0.0]]])
def test_decode_names_the_shape_of_latent_vectors(z, models):
    with pytest.raises(ValueError, match=r"latent vectors of shape \(n, 2\)"):
        models["grey"].decode(z)
