"""Steps of normalising flows, z to (z', log |det ∂z'/∂z|), and posteriors made of them."""

from keras_genae.flows.autoregressive_step import AutoregressiveStep
from keras_genae.flows.flow_posterior import FlowPosterior
from keras_genae.flows.hamiltonian_posterior import HamiltonianPosterior
from keras_genae.flows.planar_step import PlanarStep
from keras_genae.flows.radial_step import RadialStep

__all__ = [
    "AutoregressiveStep",
    "FlowPosterior",
    "HamiltonianPosterior",
    "PlanarStep",
    "RadialStep",
]
