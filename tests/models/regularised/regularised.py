"""What the tests of regularised autoencoders share."""

import keras
from zoo import build, compiled, examples, same

from keras_genae import Autoencoder


def is_the_autoencoder(name, **changes):
    """Check that a model is an `Autoencoder`, bit for bit, in what it minimises and what it learns.

    Args:
        name: of the model in the table of the zoo.
        **changes: arguments that leave nothing of its penalty.
    """
    model = build(name, **changes)
    plain = Autoencoder(
        encoder=keras.models.clone_model(model.encoder),
        decoder=keras.models.clone_model(model.decoder),
        likelihood=model.likelihood_name,
        scale=model.scale if model.likelihood_name == "gaussian" else None,
    )
    plain.encoder.set_weights(model.encoder.get_weights())
    plain.decoder.set_weights(model.decoder.get_weights())
    x, logs = examples(model.input_shape, 16), []
    for one in (model, plain):
        compiled(one, keras.optimizers.SGD(1e-3), run_eagerly=True)
        steps = [one.train_on_batch(x[i : i + 8], return_dict=True) for i in (0, 8)]
        steps.append(one.test_on_batch(x, return_dict=True))
        logs.append([(float(s["loss"]), float(s["reconstruction_loss"])) for s in steps])
    assert logs[0] == logs[1]
    assert all(loss == reconstruction for loss, reconstruction in logs[0])
    for network in ("encoder", "decoder"):
        assert same(getattr(model, network).get_weights(), getattr(plain, network).get_weights())


def by_one_step(name, **changes):
    """The loss of a model of the zoo before and after a step, to tell arguments apart."""
    model = compiled(build(name, **changes), keras.optimizers.SGD(1e-2), run_eagerly=True)
    x = examples(model.input_shape, 8)
    return tuple(float(model.train_on_batch(x, return_dict=True)["loss"]) for _ in range(2))
