"""Models that are built when they are made."""

import keras


class BuiltAtOnce(type(keras.Model)):
    """Metaclass: calls Keras's `build` when the constructor of the last subclass has ended.

    The shape of the data is the constructor's first argument, so there is nothing to wait for: a
    model can be saved, summed up, exported and quantised before it has seen data. By `build`, not
    by `built = True`, since Keras keeps the shapes it was called with: `export` asks for them.
    """

    def __call__(cls, *args, **kwargs):
        """A model, built."""
        model = super().__call__(*args, **kwargs)
        model.build(model.call_shape)
        return model
