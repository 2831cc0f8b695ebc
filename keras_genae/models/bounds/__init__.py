"""VAEs that are trained on tighter bounds of log p(x) than the ELBO."""

from keras_genae.models.bounds.ciwae import CIWAE
from keras_genae.models.bounds.iwae import IWAE
from keras_genae.models.bounds.miwae import MIWAE
from keras_genae.models.bounds.piwae import PIWAE
from keras_genae.models.bounds.renyi_vae import RenyiVAE

__all__ = ["CIWAE", "IWAE", "MIWAE", "PIWAE", "RenyiVAE"]
