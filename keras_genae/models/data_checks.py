"""Look at the data before the first step, and say what is wrong with them in words."""

import math

import numpy as np
from keras import ops

from keras_genae.containers import as_array, entries_of, is_batch_of, is_sparse, shape_of
from keras_genae.models.value_ranges import COUNTS

# Rounding in a resize may leave [0, 1] by this much.
SLACK = 1e-3
# A level in half precision is off by this share of the step between levels.
STEP_SLACK = 0.1
# Bytes looked at together, so that an array on disk need not fit in memory.
STRETCH = 2**24
# Dtypes of what are no numbers, or not only.
TEXTS = ("object", "str", "string")


def check_data(data, input_shape, values, name="x", code=None, weight=None):
    """Check shape, dtype and values of all examples.

    Args:
        data: array, or what `as_array` makes one of.
        input_shape: the shape of one example.
        values: the `Values` allowed.
        name: what to call the data in the message.
        code: how to write the data as an array in a line of code; by default as a variable.
        weight: weights of the entries; those of weight 0 need not be finite.

    Raises:
        ValueError: says what came, what was expected, and the line that mends it.
    """
    code = code or code_of(data, name)
    data = as_array(data, name)
    check_shape(shape_of(data), input_shape, name, code)
    check_values(data, len(input_shape) == 3, values, name, code, weight)


def variable_in(name):
    """The variable to write in a line of code for data called `name`, as in "validation x"."""
    return name.split()[-1]


def code_of(data, name):
    """How to write data of any container as a NumPy array in a line of code."""
    variable = variable_in(name)
    if is_sparse(data):
        return f"{variable}.toarray()"
    if hasattr(data, "to_numpy"):
        return f"{variable}.to_numpy()"
    return variable if isinstance(data, np.ndarray) else f"np.asarray({variable})"


def batch_shape(input_shape):
    """The shape of a batch, as a message writes it."""
    return f"(batch, {', '.join(map(str, input_shape))})"


# Shapes.


def check_shape(shape, input_shape, name="x", code=None):
    """Compare the shape of a batch with that of the model's input."""
    if shape is None or is_batch_of(shape, input_shape):
        return
    mend = mend_shape(shape, input_shape, variable_in(name), code or variable_in(name))
    raise ValueError(
        f"The model was built for data of shape {batch_shape(input_shape)}.{mend} "
        f"Received: {name}.shape={shape}"
    )


def mend_shape(shape, input_shape, variable, code):
    """A sentence with the line that mends the commonest wrong shapes, or nothing."""
    if shape[2:] == input_shape:
        return " Targets and weights are arguments of their own: `model.fit(x, y, ...)`."
    if shape == input_shape:
        return f" For one example add the batch axis: `{variable} = {code}[None]`."
    if len(input_shape) == 3:
        height, width, channels = input_shape
        if channels == 1 and shape[1:] == (height, width):
            return f" Grey images need a channel axis: `{variable} = {code}[..., None]`."
        if shape[1:] == (channels, height, width):
            return f" Move the channels last: `{variable} = np.moveaxis({code}, 1, -1)`."
        if len(shape) == 4 and shape[3] == channels:
            size = (height, width)
            return f" Resize them: `{variable} = keras.ops.image.resize({code}, {size})`."
        if len(shape) == 2 and shape[1] == math.prod(input_shape):
            return f" Give them their shape: `{variable} = {code}.reshape(-1, *{input_shape})`."
    if len(shape) > 2 and len(input_shape) == 1:
        return f" Flatten them: `{variable} = {code}.reshape(len({variable}), -1)`."
    if len(shape) == 1 and input_shape == (1,):
        return f" Make them a column: `{variable} = {code}[:, None]`."
    return ""


def is_target(y, input_shape, name="y"):
    """Whether `y` is a target to reconstruct rather than a label.

    A target has the shape of the data. A label is a number, a class or a vector for each example,
    `(n,)` or `(n, k)`, or a dictionary of labels.

    Raises:
        ValueError: where it is neither: a model that took it for a label would not learn from it.
    """
    if isinstance(y, dict):
        targets = [k for k, v in entries_of(y) if is_batch_of(shape_of(v), input_shape)]
        if targets:
            raise ValueError(
                f"`{name}` is a dictionary, and so taken for labels, but an entry has the shape "
                "of the data. To reconstruct it, give it alone: "
                f"`{variable_in(name)}[{targets[0]!r}]`. "
                f"Received: entries {', '.join(repr(k) for k, _ in entries_of(y))}"
            )
        return False
    shape = shape_of(y)
    if is_batch_of(shape, input_shape):
        return True
    is_label = shape is None or len(shape) in (1, 2)
    # An image laid out as a vector is no vector of attributes: it is a target gone wrong.
    if is_label and not (shape and shape[1:] == (math.prod(input_shape),)):
        return False
    variable = variable_in(name)
    mend = mend_shape(shape, input_shape, variable, variable)
    if not mend and shape and len(shape) not in (0, len(input_shape) + 1):
        mend = f" A label of several axes: `{variable} = {variable}.reshape(len({variable}), -1)`."
    raise ValueError(
        f"`{name}` is neither a target to reconstruct, which has the shape of the data, "
        f"{batch_shape(input_shape)}, nor a label, of shape (batch,) or (batch, k).{mend} "
        f"Received: {name}.shape={shape}"
    )


def single_label(label):
    """The label in a dictionary of one; any other label as it is.

    Raises:
        ValueError: where there are several.
    """
    if not isinstance(label, dict):
        return label
    entries = dict(entries_of(label))
    if len(entries) != 1:
        raise ValueError(
            "It is not clear which label is meant. Give it alone: `(x, y['label'])`. "
            f"Received: labels {', '.join(map(repr, entries))}"
        )
    return next(iter(entries.values()))


def is_weight_of_entries(shape, input_shape, name="sample_weight"):
    """Whether weights of this shape are for the entries of examples, rather than for examples.

    Raises:
        ValueError: where they are neither.
    """
    if shape is None or len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return False
    pixels = input_shape[:2]
    masks = [pixels, (*pixels, 1), input_shape] if len(input_shape) == 3 else [input_shape]
    if any(is_batch_of(shape, mask) for mask in masks):
        return True
    raise ValueError(
        f"`{name}` must hold one weight for each example, of shape (batch,), or one for each "
        f"entry, of shape {' or '.join(map(batch_shape, dict.fromkeys(masks)))}. "
        f"Received: {name}.shape={shape}"
    )


# Values.


def dtype_name(data):
    """The name of an array's dtype, such as "float32", "object" or "str"; "" of what is none."""
    dtype = getattr(data, "dtype", "")
    if getattr(dtype, "kind", "") in ("U", "S"):
        return "str"
    return getattr(dtype, "name", None) or str(dtype).removeprefix("torch.")


def check_values(data, is_image, values, name, code=None, weight=None):
    """Check the dtype, then that all values are finite and in range; more in `check_data`."""
    variable = variable_in(name)
    code = code or variable
    dtype = dtype_name(data)
    is_bytes = is_image and dtype == "uint8"
    is_count = values.are_counts and "int" in dtype
    if "float" not in dtype and dtype != "bool" and not is_bytes and not is_count:
        wanted = "floats in [0, 1] or uint8 from 0 to 255" if is_image else "floats"
        number = cast_line(data, "uint8" if is_image else "float32", variable, code)
        line = f"Where that is what the numbers mean, convert them: {number}."
        if dtype in TEXTS:
            line = f"Leave out what is no number, or code it as numbers; then: {number}."
        raise ValueError(f"The model takes {wanted}. {line} Received: {name}.dtype={dtype}")
    if 0 in data.shape:
        raise ValueError(f"There is no example in `{name}`. Received: shape={tuple(data.shape)}")
    if dtype == "bool":
        return
    lowest, highest = extremes(data, weight)
    if is_bytes:
        if highest == 1:
            raise ValueError(
                "Images of type uint8 run from 0 to 255, but the brightest of these is 1: they "
                "would be all but black. For binary images: "
                f"{cast_line(data, 'float32', variable, code)}. "
                f"Received: {name} from {lowest:g} to {highest:g}"
            )
        return
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        axes = tuple(range(1, len(data.shape)))
        raise ValueError(
            f"`{name}` holds numbers that are not finite. Leave those examples out: `{variable} "
            f"= {code}[np.isfinite({code}).all(axis={axes})]`. Or fill them, and weigh them 0: "
            f"`sample_weight=np.isfinite({code})`. "
            f"Received: {name} from {lowest:g} to {highest:g}"
        )
    if values == COUNTS:
        check_counts(lowest, off_step(data, values.step, 0.0, weight), name)
        return
    check_range(lowest, highest, values, is_image, name, code)
    if values.step is not None:
        check_levels(off_step(data, values.step, STEP_SLACK, weight), name, code)


def cast_line(data, dtype, variable, code):
    """A line of code that casts an array, or a tensor in a pipeline, which has no `astype`."""
    if ops.is_tensor(data):
        return f"`{variable} = keras.ops.cast({variable}, '{dtype}')`"
    return f"`{variable} = {code}.astype('{dtype}')`"


def extremes(data, weight=None):
    """The lowest and the highest entry; NaN where one is, unless it has weight 0."""
    pairs = [(stretch.min(), stretch.max()) for stretch in stretches(data, weight)]
    lowest, highest = zip(*pairs, strict=True)
    return float(np.min(lowest)), float(np.max(highest))


def stretches(data, weight=None):
    """The entries, a stretch of rows at a time; of weight 0 what is not finite as 0."""
    if is_sparse(data):
        zero = [0.0] if data.nnz < math.prod(data.shape) else []
        data = np.concatenate([data.data, zero])
    rows = max(1, STRETCH // (4 * math.prod(data.shape[1:])))
    for start in range(0, len(data), rows):
        stretch = np.asarray(data[start : start + rows])
        if weight is not None:
            weighs = np.broadcast_to(weight[start : start + rows], stretch.shape) != 0
            stretch = np.where(weighs | np.isfinite(stretch), stretch, 0)
        yield stretch


def off_step(data, step, slack, weight=None):
    """An entry farther from all multiples of `step` than `slack` steps, or `None`."""
    if "float" not in dtype_name(data):
        return None
    for stretch in stretches(data, weight):
        steps = stretch.astype("float64") / step
        off = stretch[np.abs(steps - np.round(steps)) > slack]
        if off.size:
            return float(off[0])
    return None


def check_levels(entry, name, code):
    """Refuse grey values between the 256 levels."""
    if entry is None:
        return
    raise ValueError(
        "The likelihood is one of the 256 grey levels of bytes. Give the bytes themselves, or "
        f"round: `{variable_in(name)} = np.round({code} * 255.0).astype('uint8')`. "
        f"Received: {name} with the entry {entry:g}, which is no multiple of 1/255"
    )


def check_counts(lowest, fraction, name):
    """Refuse what was not counted, or is not as it was counted."""
    if lowest >= 0 and fraction is None:
        return
    entry = lowest if lowest < 0 else fraction
    raise ValueError(
        "The likelihood is one of counts: whole numbers from 0 up, as they were counted, neither "
        "scaled nor their logarithms. For other numbers choose `likelihood='sigma'`. "
        f"Received: {name} with the entry {entry:g}"
    )


def check_range(lowest, highest, values, is_image, name, code=None):
    """Compare the smallest and largest value with the range allowed."""
    if lowest >= values.lowest - SLACK and highest <= values.highest + SLACK:
        return
    v = code or variable_in(name)
    if is_image and lowest >= 0 and highest <= 255:
        line = f"{v} / 255.0"
    elif lowest >= -1 - SLACK and highest <= 1 + SLACK:
        line = f"({v} + 1.0) / 2.0"
    else:
        line = f"({v} - {v}.min()) / ({v}.max() - {v}.min())"
    hint = "" if is_image else " Or choose `likelihood='sigma'`, which takes any finite number."
    raise ValueError(
        f"Values must lie between {values.lowest:g} and {values.highest:g}. Scale them: "
        f"`{variable_in(name)} = {line}`.{hint} Received: {name} from {lowest:g} to {highest:g}"
    )


def check_weights(weight, input_shape, name="sample_weight"):
    """Check weights of examples or of entries, and give those of entries for a broadcast.

    Returns:
        An array to be broadcast over the entries, or `None` where the weights are for examples.

    Raises:
        ValueError: where their shape is neither, or they are no weights.
    """
    for_entries = is_weight_of_entries(shape_of(weight), input_shape, name)
    dtype = dtype_name(weight)
    if "float" not in dtype and "int" not in dtype and dtype != "bool":
        raise ValueError(f"`{name}` must hold numbers. Received: {name}.dtype={dtype}")
    if 0 in weight.shape:
        raise ValueError(f"There is no weight in `{name}`. Received: shape={tuple(weight.shape)}")
    lowest, highest = extremes(weight)
    if not 0 <= lowest <= highest < np.inf:
        raise ValueError(
            f"`{name}` must hold finite numbers from 0 up. "
            f"Received: {name} from {lowest:g} to {highest:g}"
        )
    return with_channels(weight, input_shape) if for_entries else None


def with_channels(weight, input_shape):
    """Weights of entries with as many axes as the data."""
    return weight[..., None] if len(weight.shape) == len(input_shape) else weight


def check_no_strings(y, name="y"):
    """Check that labels are numbers, for steps that take no strings, be they used or not."""
    if any(dtype_name(label) in TEXTS for _, label in entries_of({"y": y})):
        raise ValueError(
            "Labels that are strings cannot go to XLA, nor to several replicas. Number them, such "
            f"as by `np.unique({variable_in(name)}, return_inverse=True)[1]`. "
            f"Received: strings in `{name}`"
        )


def check_class_weight(y, input_shape):
    """Check that there are classes to be weighed."""
    is_label = y is not None and not isinstance(y, dict) and not is_target(y, input_shape)
    if is_label and dtype_name(y) not in TEXTS:
        return
    raise ValueError(
        "`class_weight` weighs examples by their class: it takes `y` with class numbers, or one "
        "column for each class. Weights of the examples themselves are `sample_weight`. "
        f"Received: y={'None' if y is None else f'of shape {shape_of(y)}'}"
    )
