"""Student's t as a likelihood."""

import keras
from keras import ops

from keras_genae import distributions
from keras_genae.models.likelihoods.gaussian import Gaussian


@keras.saving.register_keras_serializable(package="keras_genae.likelihoods")
class StudentT(Gaussian):
    """x = mean + σ t, t with ν degrees of freedom: errors with tails as heavy as the data say.

    σ is `scale=` of the model; by default it is kept near its optimum, the mean of the squared
    errors, each times (ν + 1) / (ν + error² / σ²), the weights of the EM algorithm (Lange et al.,
    1989): outliers widen it little. ν is one number for all entries, learned by gradient unless it
    is given. Choose it where single entries may be far off, such as measurements that failed, and
    are to pull on neither the networks nor σ. Its limits: with ν ≤ 2 the density has no variance;
    the location of tails on one side only is drawn towards them no more than by a median.

    Args:
        degrees_of_freedom: ν; by default it is learned, from 10 on.

    Raises:
        ValueError: where ν is not a finite number above 0.

    Example:

    >>> import numpy as np
    >>> student_t = StudentT(degrees_of_freedom=3.0)
    >>> student_t.build((None, 2))
    >>> p = student_t.distribution(np.zeros((1, 2)), scale=1.0)
    >>> np.array(student_t.misfit(p, np.array([[1.0, 3.0]]))).tolist()     # 4 e² / (3 + e²)
    [[1.0, 3.0]]

    Reference:
        Lange, Little & Taylor, "Robust Statistical Modeling Using the t Distribution", 1989.
    """

    NAME = "student_t"
    DEFAULT_SCALE = None

    FIRST_DEGREES = 10.0
    # ν stays within these: below, float32 cannot hold the tails; above, it is a normal density.
    BOUNDS = (0.1, 1000.0)

    def __init__(self, degrees_of_freedom=None, **kwargs):
        super().__init__(**kwargs)
        given = degrees_of_freedom
        if given is not None and not 0.0 < given < float("inf"):
            raise ValueError(
                "`degrees_of_freedom` must be a finite number above 0, or left out to be learned. "
                f"Received: degrees_of_freedom={given}"
            )
        self.given_degrees = given

    def build(self, input_shape):
        """See `Likelihood.build`."""
        super().build(input_shape)
        if self.given_degrees is None:
            self.log_degrees = self.log_weight("degrees_of_freedom", ())

    @property
    def degrees_of_freedom(self):
        """ν, a float, or a float32 scalar tensor where it is learned."""
        if self.given_degrees is not None:
            return self.given_degrees
        log_degrees = self.log_of(self.log_degrees)
        return ops.clip(self.FIRST_DEGREES * ops.exp(log_degrees), *self.BOUNDS)

    def distribution(self, raw, scale):
        """See `Likelihood.distribution`."""
        return distributions.StudentT(self.location(raw), scale, self.degrees_of_freedom)

    def misfit(self, distribution, target):
        """The squared error times the weight that EM gives it: where its mean is σ², σ is best."""
        squared, nu = distribution.squared(target), distribution.degrees_of_freedom
        return distribution.variance * squared * (nu + 1.0) / (nu + squared)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "degrees_of_freedom": self.given_degrees}
