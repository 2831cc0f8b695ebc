"""What the likelihoods of counts have in common."""

import functools

from keras import ops

from keras_genae.distributions import GivenTotal
from keras_genae.layers.running_sums import RunningSums
from keras_genae.models.likelihoods.likelihood import Likelihood
from keras_genae.models.value_ranges import COUNTS


class Counts(Likelihood):
    """Counts x, of which an example has n in all: E x = n · shares, shares = softmax(raw).

    n, the library size, is an offset, not a thing to be learned: an example counted twice as deeply
    has twice the mean and the same code. The encoder sees log(1 + x). `reconstruct` gives the mean
    for the n of x itself; `decode` and `sample`, which see no x, for the mean n of the last
    training batches. Where entries are missing, n is that of the known ones, and the shares are
    theirs.
    """

    IS_DISCRETE = True

    def build(self, input_shape):
        """See `Likelihood.build`."""
        super().build(input_shape)
        if self.is_image:
            raise ValueError(
                f"The likelihood {self.NAME!r} is one of vectors of counts. Images are grey values "
                "from 0 to 255: choose another. "
                f"Received: likelihood={self.NAME!r}, input_shape={self.example_shape}"
            )
        self.total = MeanTotal(name="total")

    @property
    def values(self):
        """Whole numbers from 0 up."""
        return COUNTS

    def seen(self, x):
        """log(1 + x); noise may have taken a count below 0."""
        return ops.log1p(ops.relu(x))

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        raw, *others = ops.split(raw, self.numbers, axis=-1)
        counts = functools.partial(self.counts, others=others)
        return GivenTotal(counts, ops.log_softmax(raw, axis=-1), self.total.mean)

    def counts(self, log_mean, others):
        """The distribution of counts with a mean, and what else the decoder says."""
        raise NotImplementedError

    def given(self, distribution, x):
        """p(x|z) with the total of `x`."""
        return distribution.like(x)

    def follow(self, batch):
        """Take the totals of a training batch into their mean."""
        self.total.update(batch.target, batch.sample_weight, batch.entry_weight)


class MeanTotal(RunningSums):
    """The mean over the last ten or so training batches of what an example counts in all."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.totals = self.running_sum("totals")
        self.examples = self.running_sum("examples")
        self.built = True

    @property
    def mean(self):
        """A float32 scalar tensor; 1 before the first batch."""
        totals, examples = (ops.convert_to_tensor(total) for total in (self.totals, self.examples))
        is_empty = examples <= 0.0
        return ops.where(is_empty, 1.0, totals / ops.where(is_empty, 1.0, examples))

    def update(self, x, sample_weight, entry_weight=None):
        """Take in a batch `(batch, features)`; a missing entry counts as much as the known ones."""
        weight = ops.cast(sample_weight, "float32")
        if entry_weight is None:
            total = ops.sum(x, axis=-1)
        else:
            known = ops.sum(ops.ones_like(x) * entry_weight, axis=-1)
            # An example of which nothing is known says nothing of the total.
            weight = ops.where(known > 0.0, weight, 0.0)
            known = ops.where(known > 0.0, known, 1.0)
            total = ops.sum(x * entry_weight, axis=-1) * x.shape[-1] / known
        self.move(self.totals, ops.sum(weight * total))
        self.move(self.examples, ops.sum(weight))
