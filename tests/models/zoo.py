"""Every model of the zoo, small, with data it can learn; what the tests of models share."""

import functools

import keras
import numpy as np
import pytest
from cases import fast
from sample_data import blobs

from keras_genae import (
    BSQVAE,
    CIWAE,
    DIPVAE,
    FSQVAE,
    IAFVAE,
    IRMAE,
    IVAE,
    IWAE,
    LFQVAE,
    MIWAE,
    MSSSIMVAE,
    PIWAE,
    RAE,
    SWAE,
    VAE,
    VQVAE,
    VQVAE2,
    WAE,
    AdaGVAE,
    Autoencoder,
    BatchTopKSAE,
    BetaTCVAE,
    BetaVAE,
    CapacityVAE,
    CategoricalVAE,
    ConditionalVAE,
    ContractiveAE,
    ConvAE,
    ConvVAE,
    DeepVAE,
    DenoisingAE,
    FactorVAE,
    GatedSAE,
    HamiltonianVAE,
    HypersphericalVAE,
    InfoVAE,
    JointVAE,
    JumpReLUSAE,
    KLAutoencoder,
    LadderVAE,
    MatryoshkaSAE,
    PerceptualVAE,
    PlanarFlowVAE,
    PoincareVAE,
    RadialFlowVAE,
    RenyiVAE,
    ResidualVQVAE,
    SemiSupervisedVAE,
    SimVQVAE,
    SparseAE,
    TopKSAE,
    VaDE,
    VampPriorVAE,
)

GREY, COLOR, ODD, VECTOR = (12, 12, 1), (12, 12, 3), (13, 9, 1), (16,)
WIDTHS = (4, 8)
# Linear networks have no widths.
DICTIONARY = {"input_shape": VECTOR, "latent_dim": 24, "widths": None}

# Name → class and arguments.
CONFIGS = {
    "Autoencoder of vectors": (Autoencoder, {"input_shape": VECTOR}),
    "Autoencoder of images": (Autoencoder, {"input_shape": ODD, "likelihood": "sigma"}),
    "ConditionalVAE of classes": (ConditionalVAE, {"input_shape": GREY, "classes": 3}),
    "ConditionalVAE of attributes": (ConditionalVAE, {"input_shape": VECTOR, "attributes": 2}),
    "SemiSupervisedVAE": (SemiSupervisedVAE, {"input_shape": VECTOR, "classes": 3, "alpha": 2.0}),
    "JointVAE": (JointVAE, {"input_shape": VECTOR, "discrete": (3,), "capacity_steps": 0}),
    "IVAE": (IVAE, {"input_shape": VECTOR, "classes": 4}),
    "AdaGVAE": (AdaGVAE, {"input_shape": VECTOR}),
    "ConvAE": (ConvAE, {"input_shape": COLOR, "likelihood": "bernoulli"}),
    "DenoisingAE": (DenoisingAE, {"input_shape": GREY, "scale": 0.2}),
    "ContractiveAE": (ContractiveAE, {"input_shape": VECTOR, "penalty_weight": 0.5}),
    "DeepVAE": (DeepVAE, {"input_shape": GREY, "levels": (1, 1)}),
    "DeepVAE free bits": (
        DeepVAE,
        {"input_shape": ODD, "levels": (0, 2), "free_bits": 0.5, "beta": 0.5},
    ),
    "LadderVAE": (LadderVAE, {"input_shape": VECTOR}),
    "IRMAE": (IRMAE, {"input_shape": VECTOR, "linear_layers": 2}),
    "RAE l2": (RAE, {"input_shape": GREY, "likelihood": "bernoulli"}),
    "RAE gradient penalty": (RAE, {"input_shape": VECTOR, "regulariser": "gradient_penalty"}),
    "RAE spectral norm": (RAE, {"input_shape": VECTOR, "regulariser": "spectral_norm"}),
    "SparseAE l1": (SparseAE, {"input_shape": VECTOR}),
    "SparseAE kl": (SparseAE, {"input_shape": GREY, "penalty": "kl", "target_rate": 0.2}),
    "SWAE": (SWAE, {"input_shape": VECTOR, "slices": 10}),
    "WAE": (WAE, {"input_shape": GREY, "penalty_weight": 10.0}),
    "VAE of vectors": (VAE, {"input_shape": VECTOR, "beta": 0.5}),
    "VAE of images, dense": (VAE, {"input_shape": GREY, "network": "mlp"}),
    "ConvVAE sigma": (ConvVAE, {"input_shape": COLOR}),
    "ConvVAE gaussian": (ConvVAE, {"input_shape": GREY, "likelihood": "gaussian", "scale": 0.2}),
    "ConvVAE bernoulli": (ConvVAE, {"input_shape": GREY, "likelihood": "bernoulli", "beta": 2.0}),
    "ConvVAE continuous Bernoulli": (
        ConvVAE,
        {"input_shape": ODD, "likelihood": "continuous_bernoulli"},
    ),
    "CIWAE": (CIWAE, {"input_shape": VECTOR, "samples": 3, "elbo_weight": 0.2}),
    "IWAE": (IWAE, {"input_shape": VECTOR, "samples": 3}),
    "IWAE DReG": (IWAE, {"input_shape": GREY, "samples": 3, "gradient": "dreg", "beta": 0.5}),
    "MIWAE": (MIWAE, {"input_shape": VECTOR, "samples": 2, "groups": 2}),
    "PIWAE": (PIWAE, {"input_shape": VECTOR, "samples": 2, "groups": 2}),
    "RenyiVAE": (RenyiVAE, {"input_shape": VECTOR, "samples": 3, "alpha": 0.3}),
    "ConvVAE free bits": (ConvVAE, {"input_shape": GREY, "free_bits": 0.5, "beta": 3.0}),
    "HamiltonianVAE": (HamiltonianVAE, {"input_shape": VECTOR, "length": 2}),
    "HypersphericalVAE": (HypersphericalVAE, {"input_shape": VECTOR}),
    "IAFVAE": (IAFVAE, {"input_shape": VECTOR, "length": 2, "width": 8}),
    "PlanarFlowVAE": (PlanarFlowVAE, {"input_shape": VECTOR, "length": 2}),
    "PoincareVAE": (PoincareVAE, {"input_shape": VECTOR}),
    "RadialFlowVAE": (RadialFlowVAE, {"input_shape": GREY, "length": 2, "network": "mlp"}),
    "VaDE": (VaDE, {"input_shape": VECTOR, "clusters": 4}),
    "VampPriorVAE": (VampPriorVAE, {"input_shape": VECTOR, "components": 5}),
    "BetaVAE": (BetaVAE, {"input_shape": GREY}),
    "CapacityVAE": (CapacityVAE, {"input_shape": VECTOR, "capacity": 3.0, "gamma": 10.0}),
    "BetaTCVAE": (BetaTCVAE, {"input_shape": VECTOR, "dataset_size": 48}),
    "FactorVAE": (FactorVAE, {"input_shape": VECTOR, "discriminator_widths": (8,)}),
    "DIPVAE": (DIPVAE, {"input_shape": GREY}),
    "DIPVAE I": (DIPVAE, {"input_shape": VECTOR, "kind": "I"}),
    "InfoVAE": (InfoVAE, {"input_shape": VECTOR, "alpha": 0.5, "lambda_mmd": 10.0}),
    "MSSSIMVAE": (MSSSIMVAE, {"input_shape": ODD}),
    "PerceptualVAE": (PerceptualVAE, {"input_shape": COLOR}),
    "BSQVAE": (BSQVAE, {"input_shape": VECTOR, "entropy_weight": 0.5}),
    "CategoricalVAE": (CategoricalVAE, {"input_shape": VECTOR, "beta": 0.5}),
    "FSQVAE": (FSQVAE, {"input_shape": VECTOR, "levels": (4, 3, 5)}),
    "LFQVAE": (LFQVAE, {"input_shape": GREY}),
    "ResidualVQVAE": (ResidualVQVAE, {"input_shape": VECTOR, "codebook_size": 6, "depth": 2}),
    "SimVQVAE": (SimVQVAE, {"input_shape": VECTOR, "codebook_size": 9, "groups": 4}),
    "VQVAE": (VQVAE, {"input_shape": GREY, "codebook_size": 12}),
    "VQVAE2": (VQVAE2, {"input_shape": GREY, "codebook_size": 8}),
    "VQVAE of vectors": (
        VQVAE,
        {"input_shape": VECTOR, "codebook": "gradient", "codebook_size": 9, "groups": 4},
    ),
    "BatchTopKSAE": (BatchTopKSAE, {**DICTIONARY, "k": 4}),
    "GatedSAE": (GatedSAE, {**DICTIONARY, "penalty_weight": 0.05}),
    "JumpReLUSAE": (JumpReLUSAE, {**DICTIONARY, "penalty_weight": 0.05}),
    "MatryoshkaSAE": (MatryoshkaSAE, {**DICTIONARY, "k": 4, "nested_sizes": (6, 12, 24)}),
    "TopKSAE": (TopKSAE, {**DICTIONARY, "k": 4}),
    "KLAutoencoder": (
        KLAutoencoder,
        {"input_shape": COLOR, "beta": 0.01, "adversary_start": 4, "discriminator_widths": (4,)},
    ),
    "KLAutoencoder alone": (
        KLAutoencoder,
        {"input_shape": ODD, "beta": 0.1, "feature_weight": 0.0, "adversary_weight": 0.0},
    ),
}
# One of each kind: what the base class does for all is tried on these each time, and on the whole
# zoo by the slow checks, so that the tests do not grow with the zoo.
FEW = ["Autoencoder of vectors", "DenoisingAE", "ConvVAE sigma", "ConvVAE free bits"]
# Models with a term that is a statistic of the whole batch, which another batch has another of.
OF_THE_BATCH = [
    "BSQVAE",
    "BetaTCVAE",
    "DIPVAE",
    "DIPVAE I",
    "FactorVAE",
    "InfoVAE",
    "LFQVAE",
    "SWAE",
    "SparseAE kl",
    "WAE",
]
# Of these, those that compare examples in pairs, in which a twin is no example of its own.
OF_PAIRS = ["BetaTCVAE", "FactorVAE", "InfoVAE", "WAE"]
ALL = pytest.mark.parametrize("name", fast(CONFIGS, FEW))


def build(name, **changes):
    """A model of the zoo, not compiled, the same weights each time."""
    model_class, arguments = CONFIGS[name]
    keras.utils.set_random_seed(0)
    return model_class(**{"latent_dim": 3, "widths": WIDTHS, "seed": 0, **arguments, **changes})


def examples(shape, count=48, seed=0):
    """Float data of a shape: blobs for images; for vectors, points near a plane."""
    if len(shape) == 3:
        return blobs(count, shape, seed)
    plane = np.random.default_rng(1).normal(size=(2, *shape))
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, (count, *shape))
    return (rng.normal(size=(count, 2)) @ plane + noise).astype("float32")


def labels(model, count):
    """Labels of examples for a model that asks for them, `None` for the others."""
    if model.condition is None:
        return None
    rng = np.random.default_rng(2)
    if model.condition.is_class:
        return rng.integers(model.condition_size, size=count)
    return rng.normal(size=(count, model.condition_size)).astype("float32")


def labelled(model, x):
    """Examples as any method takes them: with labels where the model asks for them."""
    return x if model.condition is None else {"x": x, "label": labels(model, len(x))}


def compiled(model, optimizer=None, **options):
    model.compile(optimizer=optimizer or keras.optimizers.Adam(3e-3), **options)
    return model


@functools.cache
def trained(name):
    """A trained model, its data, its history, and its loss before: for tests that only look."""
    model = compiled(build(name))
    x, held_out = examples(model.input_shape), examples(model.input_shape, 20, seed=9)
    validation = labelled(model, held_out)
    before = model.evaluate(validation, batch_size=16, verbose=0, return_dict=True)
    history = model.fit(
        labelled(model, x),
        epochs=4,
        batch_size=16,
        validation_data=(validation,),
        validation_batch_size=16,
        verbose=0,
    )
    return model, held_out, history.history, before


def compare_codes(compare, codes, others, **options):
    """Compare codes, or lists of them where there are several levels, by a NumPy assertion."""
    for some, other in zip(keras.tree.flatten(codes), keras.tree.flatten(others), strict=True):
        compare(some, other, **options)


def code_shapes(model):
    """The shapes of the parts of a code: one, or one a level."""
    shape = model.latent_shape
    return shape if isinstance(shape, list) else [shape]


def code_dtype(model):
    """Of codes: that of indices where they are discrete."""
    return "int32" if hasattr(model, "codebook_size") else "float32"


def codes(model, count):
    """Codes that a model decodes, drawn at random: a list where there are several levels."""
    rng, drawn = np.random.default_rng(1), []
    for shape in code_shapes(model):
        if code_dtype(model) == "int32":
            drawn.append(rng.integers(model.codebook_size, size=(count, *shape)))
        else:
            drawn.append(rng.normal(size=(count, *shape)))
    drawn = [part.astype(code_dtype(model)) for part in drawn]
    return drawn if isinstance(model.latent_shape, list) else drawn[0]


def weights_of(model):
    return [variable.numpy() for variable in model.variables]


def same(a, b):
    """Whether two lists of arrays are equal bit for bit."""
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def loss_of(model, x, y=None, **options):
    """The loss on data: what `evaluate` calls "loss"."""
    data = labelled(model, x) if y is None else x
    return model.evaluate(data, y, verbose=0, return_dict=True, **options)["loss"]
