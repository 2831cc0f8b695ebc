"""Find what does not belong: scores, calibration, and a detector with scikit-learn's interface."""

from keras_genae.anomaly.baselines import compressed_size, energy, pca_error
from keras_genae.anomaly.complexity_normalizer import ComplexityNormalizer, total_variation
from keras_genae.anomaly.conformal import SplitConformal
from keras_genae.anomaly.detector import AnomalyDetector
from keras_genae.anomaly.heat_map import HeatMap
from keras_genae.anomaly.latent_density import LatentDensity
from keras_genae.anomaly.likelihood_regret import likelihood_regret
from keras_genae.anomaly.marginal_density import MarginalDensity
from keras_genae.anomaly.metrics import (
    auroc,
    average_precision,
    detection_report,
    fpr_at_95_tpr,
    report_table,
)
from keras_genae.anomaly.rank_combination import RankCombination
from keras_genae.anomaly.scores import (
    negative_elbo,
    negative_log_likelihood,
    reconstruction_error,
    reconstruction_probability,
)

__all__ = [
    "AnomalyDetector",
    "ComplexityNormalizer",
    "HeatMap",
    "LatentDensity",
    "MarginalDensity",
    "RankCombination",
    "SplitConformal",
    "auroc",
    "average_precision",
    "compressed_size",
    "detection_report",
    "energy",
    "fpr_at_95_tpr",
    "likelihood_regret",
    "negative_elbo",
    "negative_log_likelihood",
    "pca_error",
    "reconstruction_error",
    "reconstruction_probability",
    "report_table",
    "total_variation",
]
