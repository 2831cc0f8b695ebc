"""Networks of the caller's own: whether they fit each other, and the model."""

import keras

# Layers and operations after which a number may no longer be anything, by their class's name; the
# keys are spelt without underscores, as activations are by some and operations by others.
BOUNDED = {
    "sigmoid",
    "hardsigmoid",
    "softmax",
    "tanh",
    "hardtanh",
    "relu",
    "relu6",
    "softplus",
    "softsign",
    "exponential",
    "exp",
    "square",
    "absolute",
    "abs",
    "clip",
}

# Of a code of so many axes, in words.
SHAPES = {
    1: "(batch, latent_dim)",
    2: "(batch, groups, latent_dim)",
    3: "(batch, height, width, latent_dim)",
}


def check_networks(
    encoder, decoder, heads, network, widths, kernel_size, condition_sizes=(0, 0), axes=(1,)
):
    """Check that an encoder and a decoder fit each other, and that nothing else describes them.

    Args:
        encoder, decoder: what the caller gave.
        heads: names of the outputs that the model needs of an encoder.
        network, widths, kernel_size: what would describe the networks to build.
        condition_sizes: the lengths of the side information c that encoder and decoder take as a
            second input; 0 for none.
        axes: how many axes a code may have.

    Raises:
        ValueError: says which network, and what it should be.
    """
    if encoder is None or decoder is None:
        raise ValueError(
            "Pass `encoder` and `decoder` together, or neither. "
            f"Received: encoder={encoder}, decoder={decoder}"
        )
    if any(option is not None for option in (network, widths, kernel_size)):
        raise ValueError(
            "`network`, `widths` and `kernel_size` describe the networks to build; leave them out "
            f"with `encoder=` and `decoder=`. Received: network={network!r}, widths={widths!r}, "
            f"kernel_size={kernel_size!r}"
        )
    networks = {"encoder": encoder, "decoder": decoder}
    for (name, given), size in zip(networks.items(), condition_sizes, strict=True):
        check_condition(given, name, size)
        count = 2 if size else 1
        has_inputs = isinstance(given, keras.Model) and len(getattr(given, "inputs", [])) == count
        if not has_inputs or not given.built:
            raise ValueError(
                f"`{name}` must be a built Keras model of one input: let its first layer be a "
                f"`keras.Input`, or wrap it, `keras.Model(x, my_{name}(x))`. "
                f"Received: {name}={given}"
            )
    # A dict or a list of one has the shape of what is in it, but is no tensor.
    outputs = outputs_of(decoder)
    if isinstance(outputs, (dict, list, tuple)):
        raise ValueError(
            "The decoder needs one output, the raw parameters of p(x|z), not in a list or a dict. "
            f"Received: outputs {keras.tree.map_structure(lambda output: output.shape, outputs)}"
        )
    check_heads(encoder, decoder, heads, axes)


def shape_taken(network):
    """The shape of one x or z that a network takes, its first input."""
    return tuple(network.inputs[0].shape[1:])


def check_condition(network, name, size):
    """Check that a network of a model with side information has it as its second input."""
    inputs = network.input if size and len(getattr(network, "inputs", ())) > 1 else None
    is_pair = isinstance(inputs, (list, tuple)) and len(inputs) == 2
    if size and not (is_pair and tuple(inputs[1].shape[1:]) == (size,)):
        what = "x" if name == "encoder" else "z"
        raise ValueError(
            f"The {name} of a model with side information c takes a list of two inputs, "
            f"[{what}, c], the second of shape (batch, {size}): "
            f"`keras.Model([{what}, c], outputs)`. "
            f"Received: {name} of inputs {[i.shape for i in getattr(network, 'inputs', [])]}"
        )


def outputs_of(network):
    """What a network gives: a tensor, or the list or dict of tensors that a call returns."""
    # A `Sequential` gives one, and has no `output` before it was called.
    return network.outputs[0] if isinstance(network, keras.Sequential) else network.output


def check_heads(encoder, decoder, heads, axes=(1,)):
    """Check that the encoder has the outputs that the model needs, as a list or a dict by name."""
    outputs = outputs_of(encoder)
    if isinstance(outputs, dict):
        if set(outputs) != set(heads):
            raise ValueError(
                f"An encoder with outputs by name needs those that the model knows, {heads}. "
                f"Received: {tuple(outputs)}"
            )
        outputs = [outputs[name] for name in heads]
    outputs = keras.tree.flatten(outputs)
    codes = [tuple(output.shape[1:]) for output in outputs]
    latent = shape_taken(decoder)
    fits = len(latent) in axes and None not in latent
    if len(codes) != len(heads) or any(code != latent for code in codes) or not fits:
        drawn = len(codes) == len(heads) + 1 == 3
        hint = " Leave out the draw: the model draws z itself." if drawn else ""
        raise ValueError(
            f"The encoder needs {len(heads)} output(s) ({', '.join(heads)}), each of the shape "
            f"{' or '.join(SHAPES[count] for count in axes)} that the decoder takes.{hint} "
            f"Received: encoder outputs {codes}, decoder input {latent}"
        )
    for name, output in zip(heads, outputs, strict=True):
        bounded = bounded_by(keras.Model(encoder.inputs, output)) if name == "log_var" else None
        if bounded:
            raise ValueError(
                "The encoder's second output is log σ², any number from −∞ to ∞. Leave its last "
                f"activation out. Received: an encoder whose log_var ends in {bounded!r}"
            )


def check_decoder_output(decoder, example_shape, numbers, likelihood):
    """Check that a decoder gives all that a likelihood takes, and nothing else.

    Args:
        decoder: a functional Keras model.
        example_shape: the shape that the encoder takes.
        numbers: raw numbers that the likelihood takes for each entry.
        likelihood: its name.

    Raises:
        ValueError: says what the decoder should give.
    """
    wanted = (*example_shape[:-1], numbers * example_shape[-1])
    found = tuple(decoder.output_shape[1:])
    if found == wanted:
        return
    if numbers == 1:
        what = "The decoder must give back the shape that the encoder takes."
    else:
        what = (
            f"Under the likelihood {likelihood!r} the decoder must give {numbers} numbers for each "
            f"entry, {numbers} maps of the shape that the encoder takes, one behind the other "
            f"along the last axis: an output of shape {wanted}."
        )
    raise ValueError(
        f"{what} Received: encoder input {tuple(example_shape)}, decoder output {found}"
    )


def check_raw_output(decoder, is_raw, likelihood):
    """Check that a decoder whose output is to be any number can give any number.

    Args:
        decoder: a functional Keras model.
        is_raw: whether the model makes the mean of p(x|z) of the output.
        likelihood: its name.

    Raises:
        ValueError: where the decoder ends in a sigmoid, say.
    """
    bounded = bounded_by(decoder) if is_raw else None
    if bounded:
        raise ValueError(
            f"The decoder gives the raw parameters of the likelihood {likelihood!r}, any numbers "
            "from −∞ to ∞, and the model makes images of them. After an activation it could not "
            "give most images: write `activation=None` in the decoder's last layer. "
            f"Received: a decoder that ends in {bounded!r}"
        )


def bounded_by(network):
    """The name of the activation that bounds a network's output; `None` where none does."""
    # A `Sequential` knows its layers only, which are all it has.
    operation = getattr(network, "operations", network.layers)[-1]
    if isinstance(operation, keras.Model):
        return bounded_by(operation)
    if is_arrangement(operation) and operation.input is not operation.output:
        return bounded_by(keras.Model(network.inputs, operation.input))
    activation = getattr(operation, "activation", None)
    for name in (type(operation).__name__, getattr(activation, "__name__", "")):
        if name.lower().replace("_", "") in BOUNDED:
            return name.lower()
    return None


def is_arrangement(operation):
    """Whether a layer only moves its input's entries about, or changes their precision."""
    kinds = ("Reshape", "Flatten", "Permute", "Cropping", "Resizing", "UpSampling", "Identity")
    names = (*kinds, "Cast", "Activation")
    if type(operation).__name__ == "Activation":
        return operation.activation is keras.activations.linear
    return type(operation).__name__.startswith(names)


def check_agreement(found, input_shape, latent_dim):
    """Check that sizes given beside networks of the caller's own are theirs."""
    for name, have, given in zip(
        ("input_shape", "latent_dim"), found, (input_shape, latent_dim), strict=True
    ):
        given = tuple(given) if isinstance(given, list) else given
        if given is not None and given != have:
            raise ValueError(
                f"`{name}` may be left out with `encoder=` and `decoder=`, which say {have}. "
                f"Received: {name}={given}"
            )
