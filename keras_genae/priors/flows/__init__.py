"""Densities over latent vectors that move a normal one, by steps or along a field."""

from keras_genae.priors.flows.flow import FlowPrior
from keras_genae.priors.flows.flow_matching import FlowMatchingPrior
from keras_genae.priors.flows.maf import MAFPrior
from keras_genae.priors.flows.map_flow_matching import MapFlowMatchingPrior

__all__ = ["FlowMatchingPrior", "FlowPrior", "MAFPrior", "MapFlowMatchingPrior"]
