"""A trained model with what scales its scores."""

import numpy as np

from keras_genae.anomaly.complexity_normalizer import ComplexityNormalizer
from keras_genae.anomaly.heat_map import HeatMap
from keras_genae.anomaly.latent_density import LatentDensity
from keras_genae.anomaly.likelihood_regret import likelihood_regret
from keras_genae.anomaly.marginal_density import MarginalDensity
from keras_genae.anomaly.rank_combination import RankCombination
from keras_genae.anomaly.scores import (
    negative_elbo,
    negative_log_likelihood,
    reconstruction_error,
    reconstruction_probability,
)
from keras_genae.anomaly.standardizer import Standardizer
from keras_genae.fingerprint import fingerprint

# Scores that need no more than the model.
FUNCTIONS = {
    "reconstruction_error": reconstruction_error,
    "reconstruction_probability": reconstruction_probability,
    "negative_elbo": negative_elbo,
    "negative_log_likelihood": negative_log_likelihood,
    "likelihood_regret": likelihood_regret,
}
SCORES = ("combined", "normalized_error", "latent_density", "marginal_density", *FUNCTIONS)
# What is learnt besides the model.
PARTS = {
    "standardizer": Standardizer,
    "latent_density": LatentDensity,
    "marginal_density": MarginalDensity,
    "complexity": ComplexityNormalizer,
    "combination": RankCombination,
    "heat_map": HeatMap,
}
# Where anomalies are among the training data, a mixture of more than one component learns them too.
COMPONENTS_OF_VECTORS = 1
TINY = 1e-12
COMBINED_OF_IMAGES = "normalized_error", "latent_density"
COMBINED_OF_VECTORS = "reconstruction_error", "latent_density", "marginal_density"


class ScoredModel:
    """One number for each example, of a trained model; higher is more anomalous.

    Args:
        model: a trained model of the zoo.
        score: one of `SCORES`, or `"auto"`: see `AnomalyDetector`.
        batch_size, verbose: of scoring.
        standardizer: what data pass through on the way to the model; `None` where nothing.
    """

    def __init__(self, model, score, batch_size, verbose, standardizer=None):
        self.model = model
        self.batch_size, self.verbose = batch_size, verbose
        self.parts = {} if standardizer is None else {"standardizer": standardizer}
        if score == "combined" or (score == "auto" and not model.is_image):
            self.components = COMBINED_OF_IMAGES if model.is_image else COMBINED_OF_VECTORS
        else:
            self.components = ("normalized_error" if score == "auto" else score,)

    def fit(self, training, reference):
        """Learn what is usual.

        Args:
            training: array of the examples that the model was trained on.
            reference: array of normal examples that it was not trained on.

        Returns:
            This object.
        """
        training, reference = self.to_model(training), self.to_model(reference)
        if "latent_density" in self.components:
            density = (
                LatentDensity() if self.model.is_image else LatentDensity(COMPONENTS_OF_VECTORS)
            )
            self.parts["latent_density"] = density.fit(self.model, training, verbose=0)
        if "marginal_density" in self.components:
            self.parts["marginal_density"] = MarginalDensity().fit(as_float32(training))
        if "normalized_error" in self.components:
            normalizer = ComplexityNormalizer()
            self.parts["complexity"] = normalizer.fit(reference, self._log_error(reference))
        if self.model.is_image:
            self.parts["heat_map"] = HeatMap().fit(self.model, reference, verbose=0)
        if len(self.components) > 1:
            self.parts["combination"] = RankCombination().fit(self._columns(reference))
        self.remember()
        return self

    def remember(self):
        """Take the model as it is for the one that the scores belong to."""
        self.fingerprint = self.state()

    def state(self):
        """What the scores depend on, as a text."""
        return f"{self.model.likelihood_name} {fingerprint(self.model)}"

    def columns(self, x):
        """The scores of each component, float64 `(n, components)`."""
        return self._columns(self.to_model(x))

    def combine(self, columns):
        """The score of each example, float64 `(n,)`, from those of its components."""
        return self.parts["combination"](columns) if len(self.components) > 1 else columns[:, 0]

    def heat_map(self, x):
        """See `HeatMap`."""
        return self.parts["heat_map"](self.model, x, self.batch_size, self.verbose)

    def to_model(self, x):
        """Examples as the model takes them."""
        return self.parts["standardizer"](x) if "standardizer" in self.parts else x

    def _columns(self, x):
        columns = [self._column(name, x) for name in self.components]
        return np.stack(columns, axis=1).astype("float64")

    def _column(self, name, x):
        if name == "normalized_error":
            return self.parts["complexity"](x, self._log_error(x))
        if name == "marginal_density":
            return self.parts[name](as_float32(x))
        function = self.parts[name] if name == "latent_density" else FUNCTIONS[name]
        return function(self.model, x, batch_size=self.batch_size, verbose=self.verbose)

    def _log_error(self, x):
        # Errors spread in proportion to themselves.
        error = reconstruction_error(self.model, x, self.batch_size, self.verbose)
        return np.log(error.astype("float64") + TINY)


def as_float32(x):
    """Numbers as exact as the model sees them: a rounding error makes no example odd."""
    return np.asarray(x, "float32")
