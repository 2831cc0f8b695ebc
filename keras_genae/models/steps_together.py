"""Several small steps in one call of what is compiled, where nobody looks between them."""

import contextlib
import inspect

import keras

from keras_genae.execution import steps_at_once
from keras_genae.networks.flops import UncountedLayer, count_flops
from keras_genae.training.backend import is_accelerated, is_one_device

TOGETHER = 8
# Operations that encode and decode one example. Of 2 million, batches of 32, eight steps at once
# saved 8 % on one core, of 43 million 4 %; and the progress bar moves in leaps of eight steps.
FEW = 20_000_000
# How many times faster something made for products is.
ACCELERATED = 100

# Arguments of `fit` and `evaluate` that count batches, which several at once might overrun.
COUNTS = ("steps", "steps_per_epoch", "validation_steps")
# What a callback may be told of each batch.
OF_BATCHES = [
    f"on_{kind}batch_{when}" for kind in ("", "train_", "test_") for when in ("begin", "end")
]
FUNCTIONS = ("train_function", "test_function", "predict_function")
# Where they are kept for other numbers of steps, among what is compiled for the layers as they are.
KEPT = "steps together"


class StepsTogether:
    """Mixin of `keras.Model` that chooses `steps_per_execution` where `compile` left it open.

    It asks of the model its `encoder`, `decoder` and `compiled_functions`.
    """

    # Whether the caller of `compile` left it open, and whether XLA is used.
    chooses_steps = chooses_fusing = False

    def steps_for(self, given):
        """How many steps `fit` or `evaluate` makes at once, of its name → argument.

        Several where a step is small and nobody asks for what lies between: no callback looks at
        batches, their number is known and not given, and there is one device. Of the callbacks the
        last is then a progress bar that knows of it.
        """
        is_free = self.chooses_steps and not (
            self.run_eagerly
            or any(given.get(name) is not None for name in COUNTS)
            or looks_at_batches(given.get("callbacks"))
        )
        few = FEW * (ACCELERATED if is_accelerated() else 1)
        is_free = is_free and has_length(given["x"]) and is_one_device(self)
        steps = steps_at_once(TOGETHER)
        if steps == 1 or not is_free or operations_per_example(self) > few:
            return 1
        if given.get("verbose", "auto") != 0:
            given["callbacks"] = [*keras.tree.flatten(given.get("callbacks") or []), WholeBar()]
        return steps

    @contextlib.contextmanager
    def steps_together(self, count, fuses_update=False):
        """Context in which Keras makes so many steps at once, unless the user said how many.

        What was compiled for another number is kept for when that number comes again.

        Args:
            count: how many.
            fuses_update: whether the optimizer's step is compiled in one piece.
        """
        before = self.steps_per_execution, self.fuses_update
        now = count if self.chooses_steps else self.steps_per_execution, fuses_update
        self.turn_to(*now)
        try:
            yield
        finally:
            self.turn_to(*before)

    def turn_to(self, count, fuses_update):
        """Make so many steps at once from now on, and the optimizer's in one piece, or not."""
        before, now = (self.steps_per_execution, self.fuses_update), (count, fuses_update)
        if now == before:
            return
        kept = self.compiled_functions.setdefault(KEPT, {})
        kept[before] = [getattr(self, name) for name in FUNCTIONS]
        self.steps_per_execution, self.fuses_update = now
        found = kept.get(now, [None] * len(FUNCTIONS))
        for name, function in zip(FUNCTIONS, found, strict=True):
            setattr(self, name, function)

    def make_train_function(self, force=False):
        """Keras's hook before training; by force, where a compiled step holds what has changed."""
        if force:
            self.compiled_functions.pop(KEPT, None)
        return super().make_train_function(force)

    def get_compile_config(self):
        """Keras's hook on saving: what was left open is left open."""
        config = super().get_compile_config()
        return {**config, "steps_per_execution": None} if config and self.chooses_steps else config


class WholeBar(keras.callbacks.ProgbarLogger):
    """Keras's progress bar, which several steps at once would move past its end."""

    def on_train_batch_end(self, batch, logs=None):
        """So many batches are done, or all."""
        super().on_train_batch_end(min(batch, self.target - 1), logs)

    def on_test_batch_end(self, batch, logs=None):
        """As in training; the batches of `fit`'s validation are not shown."""
        super().on_test_batch_end(min(batch, self.target - 1), logs)


def has_length(x):
    """Whether data say how many examples or batches they are."""
    try:
        return len(x) >= 0
    except TypeError:
        return isinstance(x, dict) or hasattr(x, "shape")


def operations_per_example(model):
    """Operations that encode and decode one example; infinity where they are not known."""
    try:
        return count_flops(model.encoder) + count_flops(model.decoder)
    except UncountedLayer:
        return float("inf")


def looks_at_batches(callbacks):
    """Whether one of the callbacks, as `fit` takes them, does something at each batch."""
    if callbacks is None:
        return False
    return any(
        # Keras's that save do so after an epoch, unless they are told to count batches.
        getattr(callback, "save_freq", None) != "epoch"
        and any(is_own(callback, name) for name in OF_BATCHES)
        for callback in keras.tree.flatten(callbacks)
    )


def is_own(callback, name):
    """Whether a method is not that of `keras.callbacks.Callback`, which does nothing."""
    method = inspect.unwrap(getattr(callback, name))
    return getattr(method, "__func__", method) is not getattr(keras.callbacks.Callback, name)
