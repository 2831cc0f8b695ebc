"""Go back when a training diverges."""

import math

import keras
import numpy as np
from keras import ops

from keras_genae.training.learning_rates import scale_learning_rate, schedule_of


class DivergenceGuard(keras.callbacks.Callback):
    """Notice that a training has diverged, go back to the last good epoch, lower the rate.

    A learning rate too high throws the weights so far away that they never come back: the loss is
    NaN, or a KL divergence of millions of nats that stays. Lower rates survive, so after such an
    epoch weights and optimizer are put back to the end of the last good one, the learning rate is
    multiplied by `factor`, and what happened is printed. After eight epochs in a row that diverged
    training stops, at the good weights.

    An epoch has diverged where its loss is not finite, or is above that of the first batch, before
    anything was learnt, by ten times its size (or ten nats for each entry of an example, where that
    is more); also where it is above by once its size for three epochs in a row. No model that
    trains is there, not even one that shows the mean image; a schedule that raises a weight of the
    loss, such as `KLAnnealing`, raises that bound. The steps that `mixed_float16` skips while it
    looks for its loss scale leave the loss as it was.

    The product of all factors is logged as `learning_rate_factor`. Put this callback behind the
    others, but before `Checkpoint`: that saves the good state then, and the logs from which a
    resumed run takes the factor.

    Args:
        factor: what the learning rate is multiplied by, above 0 and below 1.
        history: of a resumed run, `Checkpoint`'s `history` after `restore`.

    Raises:
        ValueError: on a factor out of range, a model without loss terms, or a learning rate that
            cannot be lowered: a function, or a schedule that Keras cannot serialise.

    Example:

    >>> import keras, numpy as np, keras_genae as genae
    >>> x = np.random.default_rng(0).random((64, 16)).astype("float32")
    >>> model = genae.VAE((16,), latent_dim=2, widths=(8,), seed=0)
    >>> model.compile(keras.optimizers.SGD(50.0))
    >>> history = model.fit(x, epochs=2, verbose=0, callbacks=[DivergenceGuard(factor=1e-5)])
    ... # doctest: +ELLIPSIS
    DivergenceGuard: epoch 1: the loss is ...
    >>> history.history["learning_rate_factor"], bool(history.history["loss"][-1] < 100)
    ([1e-05, 1e-05], True)
    """

    # By how many times its size the first batch's loss may be exceeded, now and then and never.
    RARELY, NEVER = 1.0, 10.0
    PATIENCE = 3
    MOST_RETURNS = 8
    # The hook of the batches only takes a note: Keras need not wait for it.
    async_safe = True

    def __init__(self, factor=0.5, history=None):
        super().__init__()
        if not 0.0 < factor < 1.0:
            raise ValueError(f"`factor` must be above 0 and below 1. Received: factor={factor}")
        self.factor = factor
        self.resumed_factor = (history or {}).get("learning_rate_factor", [1.0])[-1]
        self.total_factor = 1.0

    def on_train_begin(self, logs=None):
        """Keep the state to go back to, and lower the schedule of a resumed run as it was."""
        model = self.model
        if not hasattr(model, "weighted_sum"):
            raise ValueError(
                "`DivergenceGuard` watches the loss terms of the zoo's models. "
                f"Received: a {type(model).__name__}"
            )
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        # A rate that is a number is saved with the optimizer, a schedule is not.
        if schedule_of(model.optimizer) is not None and self.resumed_factor != 1.0:
            scale_learning_rate(model, self.resumed_factor)
        self.total_factor *= self.resumed_factor
        self.resumed_factor = 1.0
        self.returns = self.bad_epochs = 0
        self.start = None  # The logs of the very first batch.
        # Where to go back to, and the end of the last epoch, which is good if the next starts well.
        self.good = self.candidate = ("to the start", self.state())

    def on_epoch_begin(self, epoch, logs=None):
        """Wait for the first batch."""
        self.batch, self.begun = math.inf, None

    def on_train_batch_end(self, batch, logs=None):
        """Note the loss of the first batch: that of the weights the epoch starts from."""
        if batch < self.batch:
            self.batch, self.begun = batch, dict(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Judge the epoch; go back, where it has diverged."""
        if self.start is None:
            self.start, self.highest = self.begun, self.begun["loss"]
            self.weighted_start = self.weigh(self.start)
        self.follow_weights()
        # The mean of an epoch hides what only its last batches lost.
        if self.is_within(self.RARELY, self.begun["loss"]):
            self.good = self.candidate
        if self.is_within(self.RARELY, logs["loss"]):
            self.returns = self.bad_epochs = 0
            self.candidate = (f"to the end of epoch {epoch + 1}", self.state())
        else:
            self.bad_epochs += 1
            if self.bad_epochs >= self.PATIENCE or not self.is_within(self.NEVER, logs["loss"]):
                self.go_back(epoch, logs["loss"])
        logs["learning_rate_factor"] = self.total_factor

    def is_within(self, tolerance, loss):
        """Whether a loss, a float, is not far above that of a model that has learnt nothing."""
        size = max(abs(self.highest), math.prod(self.model.input_shape))
        return math.isfinite(loss) and loss <= self.highest + tolerance * size

    def follow_weights(self):
        """Where a weight of the loss has risen, no more can be asked than the epoch began with."""
        weighted = self.weigh(self.start)
        if weighted > self.weighted_start:
            self.highest = max(self.highest, weighted, self.begun["loss"])
        self.weighted_start = weighted

    def weigh(self, logs):
        """Σ weight · term of logged terms, by the weights of now."""
        terms = {name: logs[name] for name in self.model.term_names}
        return float(ops.convert_to_numpy(self.model.weighted_sum(terms)))

    def go_back(self, epoch, loss):
        """Put the good state back, lower the rate, and say so; stop where that is of no use."""
        where, state = self.good
        for variable, value in zip(self.variables(), state, strict=True):
            variable.assign(value)
        self.candidate = self.good
        self.bad_epochs = 0
        self.returns += 1
        print(f"\nDivergenceGuard: epoch {epoch + 1}: the loss is {loss:.4g}", end="")
        if not math.isfinite(self.start["loss"]):
            self.model.stop_training = True
            print(
                ", and was so before anything was learnt: that is no matter of the learning rate. "
                "Look for NaN or huge values in the data, and in the weights that training began "
                "with. Training stops."
            )
            return
        print(f", that of the first batch was {self.start['loss']:.4g}: diverged. ", end="")
        if self.returns > self.MOST_RETURNS:
            self.model.stop_training = True
            print(
                f"Going back with a lower rate has not helped {self.MOST_RETURNS} times, so "
                f"training stops, back {where}. Start again with a learning rate at most "
                f"{self.total_factor:.2g} times yours, or look for extreme values in the data."
            )
            return
        self.total_factor *= self.factor
        scale_learning_rate(self.model, self.factor)
        print(
            f"Back {where}, and on with {self.total_factor:.4g} times your learning rate. Next "
            "time choose a lower `learning_rate` or more warm-up steps."
        )

    def variables(self):
        """What training changes, but for the noise, which goes on, and the learning rate."""
        optimizer = self.model.optimizer
        kept = [v for v in optimizer.variables if v is not optimizer.learning_rate]
        return [*self.model.weights, *kept]

    def state(self):
        """Copies of their values."""
        return [np.array(ops.convert_to_numpy(variable)) for variable in self.variables()]
