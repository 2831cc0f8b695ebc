"""Batches as `in_batches` hands them on: examples, and their labels where the model takes some."""


def batch_of(model, examples):
    """A `keras_genae.training.Batch` of x, of `(x,)` or of `(x, label)`."""
    return model.unpack(examples if isinstance(examples, tuple) else (examples,))


def posterior_and_prior(model, examples):
    """q(z|x) and p(z) of x, or of `(x, label)` q(z|x, c) and p(z|c)."""
    return model.posterior(model.to_float(examples)), model.prior_of(batch_of(model, examples))
