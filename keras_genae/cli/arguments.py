"""Command-line arguments that the scripts share."""

import argparse
import pathlib

from keras_genae.arguments import number, whole_number
from keras_genae.training.recipe import BATCH, LEARNING_RATE


def script_parser(description):
    """A parser of a script's command line.

    Args:
        description: the script's docstring, whose lines stay as they are.
    """
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_face_arguments(parser, image_size=64):
    """Which faces to learn from."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--dataset",
        choices=["auto", "celeba", "drawn"],
        help="celeba: prepared through TensorFlow Datasets, downloaded if need be (1.4 GB); drawn: "
        "portraits drawn by code; auto: CelebA where it is prepared already, else drawn "
        "(default: auto)",
    )
    group.add_argument(
        "--data-dir",
        type=pathlib.Path,
        metavar="PATH",
        help="a folder or a zip of JPEG or PNG images to learn from instead",
    )
    group.add_argument(
        "--images",
        type=whole_number(2),
        metavar="N",
        help="use the first N images (default: all; of drawn faces 8000)",
    )
    group.add_argument(
        "--cache",
        type=pathlib.Path,
        metavar="FILE",
        help="a .npy file for the decoded images of --data-dir: decoded once, then read from there "
        "without filling the memory (default: images.npy in the output folder, where they take "
        "more than 1 GiB)",
    )
    group.add_argument(
        "--image-size",
        type=whole_number(8),
        default=image_size,
        metavar="PIXELS",
        help=f"height and width (default: {image_size})",
    )


def add_training_arguments(parser, epochs, output_dir):
    """How long to train, with what, and where the results go."""
    group = parser.add_argument_group("training")
    group.add_argument("--epochs", type=whole_number(1), default=epochs, metavar="N")
    group.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="N")
    group.add_argument(
        "--learning-rate",
        type=number(above=0),
        default=LEARNING_RATE,
        metavar="RATE",
        help="the highest, after the warm-up; it falls to almost nothing in the last epoch "
        f"(default: {LEARNING_RATE:g})",
    )
    group.add_argument(
        "--mixed-precision",
        nargs="?",
        const="bfloat16",
        choices=["bfloat16", "float16"],
        help="compute hidden layers in half precision (bfloat16 where no kind is named)",
    )
    group.add_argument("--seed", type=whole_number(0), default=0, metavar="N")
    group.add_argument(
        "--output-dir",
        type=pathlib.Path,
        default=pathlib.Path(output_dir),
        metavar="PATH",
        help=f"where the results go (default: {output_dir})",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in the output folder after its last whole epoch, or start one",
    )


def dtype_policy(arguments):
    """The Keras dtype policy that `--mixed-precision` asks for."""
    return f"mixed_{arguments.mixed_precision}" if arguments.mixed_precision else "float32"
