"""The VAE of faces that several scripts train."""

import keras

import keras_genae as genae
from keras_genae.cli.arguments import dtype_policy, whole_number
from keras_genae.models.likelihoods import LIKELIHOODS


def add_vae_arguments(parser):
    """What the VAE is made of."""
    group = parser.add_argument_group("model")
    group.add_argument("--latent-dim", type=whole_number(1), default=50, metavar="N")
    group.add_argument(
        "--widths", type=whole_number(1), nargs="+", default=[32, 64, 128, 256], metavar="N"
    )
    group.add_argument("--likelihood", choices=LIKELIHOODS, default="sigma")
    group.add_argument("--beta", type=float, default=1.0, help="weight of the KL divergence")


def build_vae(arguments):
    """The VAE, compiled.

    Args:
        arguments: parsed by a parser with `add_vae_arguments`, `add_face_arguments` and
            `add_training_arguments`.
    """
    model = genae.ConvVAE(
        input_shape=(arguments.image_size, arguments.image_size, 3),
        latent_dim=arguments.latent_dim,
        widths=arguments.widths,
        likelihood=arguments.likelihood,
        beta=arguments.beta,
        seed=arguments.seed,
        dtype=dtype_policy(arguments),
    )
    model.compile(optimizer=keras.optimizers.Adam(arguments.learning_rate))
    return model
