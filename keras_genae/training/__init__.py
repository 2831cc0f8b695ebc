"""The training step of each backend, and callbacks for `fit`."""

from keras_genae.training.batch import Batch
from keras_genae.training.capacity_annealing import CapacityAnnealing
from keras_genae.training.checkpoint import Checkpoint
from keras_genae.training.collapse_monitor import CollapseMonitor
from keras_genae.training.divergence_guard import DivergenceGuard
from keras_genae.training.fit_schedule import FitSchedule
from keras_genae.training.image_grid import ImageGrid
from keras_genae.training.kl_annealing import KLAnnealing
from keras_genae.training.recipe import default_optimizer
from keras_genae.training.target_kl import TargetKL
from keras_genae.training.target_l0 import TargetL0

__all__ = [
    "Batch",
    "CapacityAnnealing",
    "Checkpoint",
    "CollapseMonitor",
    "DivergenceGuard",
    "FitSchedule",
    "ImageGrid",
    "KLAnnealing",
    "TargetKL",
    "TargetL0",
    "default_optimizer",
]
