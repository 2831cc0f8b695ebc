"""How close reconstructions come."""

from keras_genae.evaluation.reconstruction.psnr import psnr
from keras_genae.evaluation.reconstruction.quality import reconstruction_mse, reconstruction_quality
from keras_genae.evaluation.reconstruction.ssim import ms_ssim, ssim

__all__ = [
    "ms_ssim",
    "psnr",
    "reconstruction_mse",
    "reconstruction_quality",
    "ssim",
]
