"""The autoencoders of faces that several scripts train."""

import keras_genae as genae
from keras_genae.cli.arguments import dtype_policy, number, whole_number
from keras_genae.models.likelihoods import LIKELIHOODS
from keras_genae.training import default_optimizer


def add_vae_arguments(parser):
    """What the VAE is made of."""
    group = parser.add_argument_group("model")
    group.add_argument("--latent-dim", type=whole_number(1), default=50, metavar="N")
    group.add_argument(
        "--widths",
        type=whole_number(1),
        nargs="+",
        metavar="N",
        help="filters of each stage, from the image inwards (default: those of the network)",
    )
    group.add_argument("--likelihood", choices=LIKELIHOODS, default="sigma")
    group.add_argument(
        "--beta", type=number(smallest=0), default=1.0, help="weight of the KL divergence"
    )


def build_vae(arguments):
    """The VAE, compiled.

    Args:
        arguments: parsed by a parser with `add_vae_arguments`, `add_face_arguments` and
            `add_training_arguments`.
    """
    return compiled_model(genae.ConvVAE, arguments, beta=arguments.beta)


def build_plain(arguments):
    """The plain autoencoder of the same networks, compiled; `arguments` as in `build_vae`."""
    return compiled_model(genae.ConvAE, arguments)


def compiled_model(model_class, arguments, **options):
    """A convolutional model of the sizes that the arguments ask for."""
    model = model_class(
        input_shape=(arguments.image_size, arguments.image_size, 3),
        latent_dim=arguments.latent_dim,
        widths=arguments.widths,
        likelihood=arguments.likelihood,
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
        **options,
    )
    model.compile(optimizer=default_optimizer(model, arguments.learning_rate))
    return model
