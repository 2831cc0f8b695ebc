"""Look at the data before the first step, and say what is wrong with them in words."""

import keras
import numpy as np

# Rounding in a resize may leave [0, 1] by this much.
SLACK = 1e-3
# Images with noise added leave [0, 1]; images of 0–255 leave this range as well.
NOISY_RANGE = (-10.0, 11.0)


def check_data(data, input_shape, value_range, name="x"):
    """Check shape, dtype and values of an array; what is no array is left alone.

    Args:
        data: array, tensor, or the spec of a tensor, which has no values to check.
        input_shape: the shape of one example.
        value_range: (lowest, highest) value allowed, or `None` for any finite number.
        name: what to call the data in the message.

    Raises:
        ValueError: says what came, what was expected, and the line that mends it.
    """
    if not hasattr(data, "shape") or not hasattr(data, "dtype"):
        return
    check_shape(tuple(data.shape), input_shape, name)
    check_values(data, len(input_shape) == 3, value_range, name)


def first_batch(data):
    """(x, y) of the first batch of a dataset; (None, None) of a source that a look would use up."""
    if isinstance(data, keras.utils.PyDataset):
        return split(data[0])
    if not hasattr(data, "element_spec"):
        return None, None
    x, y = split(data.element_spec)
    # Bytes are in range whatever they are, so a shuffle buffer need not be filled for a look.
    if getattr(getattr(x, "dtype", None), "is_floating", False):
        for element in data.take(1):
            return split(element)
    return x, y


def split(element):
    """(x, y) of an element that may be x, (x,), (x, y) or (x, y, sample_weight)."""
    x, y, _ = keras.utils.unpack_x_y_sample_weight(element)
    return x, y


def variable_in(name):
    """The variable to write in a line of code for data called `name`, as in "validation x"."""
    return name.split()[-1]


def check_shape(shape, input_shape, name="x"):
    """Compare the shape of a batch with that of the model's input."""
    if len(shape) == len(input_shape) + 1 and all(
        have is None or have == want for have, want in zip(shape[1:], input_shape, strict=True)
    ):
        return
    wanted = f"(batch, {', '.join(map(str, input_shape))})"
    raise ValueError(
        f"The model was built for data of shape {wanted}."
        f"{mend_shape(shape, input_shape, variable_in(name))} Received: {name}.shape={shape}"
    )


def mend_shape(shape, input_shape, name):
    """A sentence with the line that mends the commonest wrong shapes, or nothing."""
    if shape == input_shape:
        return f" For one example add the batch axis: `{name} = {name}[None]`."
    if len(input_shape) == 3:
        height, width, channels = input_shape
        if channels == 1 and shape[1:] == (height, width):
            return f" Grey images need a channel axis: `{name} = {name}[..., None]`."
        if shape[1:] == (channels, height, width):
            return f" Move the channels last: `{name} = np.moveaxis({name}, 1, -1)`."
        if len(shape) == 4 and shape[3] == channels:
            return f" Resize them: `{name} = keras.ops.image.resize({name}, {(height, width)})`."
    if len(shape) > 2 and len(input_shape) == 1:
        return f" Flatten them: `{name} = {name}.reshape(len({name}), -1)`."
    return ""


def check_values(data, is_image, value_range, name):
    """Check the dtype, then that all values are finite and in range."""
    variable = variable_in(name)
    dtype = keras.backend.standardize_dtype(data.dtype)
    if "float" not in dtype and dtype != "bool" and not (is_image and dtype == "uint8"):
        wanted = "floats in [0, 1] or uint8 from 0 to 255" if is_image else "floats"
        line = f"{variable}.astype('{'uint8' if is_image else 'float32'}')"
        raise ValueError(
            f"The model takes {wanted}. Where that is what the numbers mean, convert them: "
            f"`{variable} = {line}`. Received: {name}.dtype={dtype}"
        )
    if not hasattr(data, "__array__") or dtype == "bool":
        return  # A dataset's spec has no values.
    values = np.asarray(data)
    if not values.size:
        raise ValueError(f"There is no example in `{name}`. Received: shape={values.shape}")
    lowest, highest = float(values.min()), float(values.max())
    if dtype == "uint8":
        if highest == 1:
            raise ValueError(
                "Images of type uint8 run from 0 to 255, but the brightest of these is 1: they "
                "would be all but black. For binary images: "
                f"`{variable} = {variable}.astype('float32')`. "
                f"Received: values from {lowest:g} to {highest:g}"
            )
        return
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise ValueError(
            f"`{name}` holds numbers that are not finite. Leave those examples out: `{variable} "
            f"= {variable}[np.isfinite({variable}).all(axis={tuple(range(1, values.ndim))})]`. "
            f"Received: values from {lowest:g} to {highest:g}"
        )
    if value_range is not None:
        check_range(lowest, highest, value_range, is_image, name)


def check_range(lowest, highest, value_range, is_image, name):
    """Compare the smallest and largest value with the range allowed."""
    if lowest >= value_range[0] - SLACK and highest <= value_range[1] + SLACK:
        return
    v = variable_in(name)
    if is_image and lowest >= 0 and highest <= 255:
        line = f"{v} = {v} / 255.0"
    elif lowest >= -1 - SLACK and highest <= 1 + SLACK:
        line = f"{v} = ({v} + 1.0) / 2.0"
    else:
        line = f"{v} = ({v} - {v}.min()) / ({v}.max() - {v}.min())"
    hint = "" if is_image else " Or choose `likelihood='sigma'`, which takes any finite number."
    raise ValueError(
        f"Values must lie between {value_range[0]:g} and {value_range[1]:g}. Scale them: "
        f"`{line}`.{hint} Received: {name} from {lowest:g} to {highest:g}"
    )


def is_shape_of(y, input_shape):
    """Whether `y` is a batch of data of `input_shape`; unknown sizes match."""
    shape = getattr(y, "shape", None)
    if shape is None or len(shape) != len(input_shape) + 1:
        return False
    pairs = zip(shape[1:], input_shape, strict=True)
    return all(have is None or have == want for have, want in pairs)


def target_if_weighted(x, y, sample_weight):
    """`y`, or `x` itself where only weights were given: Keras drops weights that come without y."""
    return x if y is None and sample_weight is not None else y
