"""Search for the best model for the resources: `python -m keras_genae.tuning CONFIG.yaml`.

    python -m keras_genae.tuning tuner_configs/drawn_faces.yaml --workers 2

It leaves a folder with a table of all trials, the trade between quality and costs as pictures, and
the recommended model. Stopped at any moment, the same command goes on.

On a cluster, start the same command on each machine, the folder on a disk that all see, with
KerasTuner's variables: KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT the chief's address,
KERASTUNER_TUNER_ID "chief" on one machine and a name of its own on each other.
"""

import argparse
import os
import pathlib
import sys

from keras_genae.arguments import whole_number


def parse_arguments(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m keras_genae.tuning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", type=pathlib.Path, help="the search, a YAML file")
    parser.add_argument(
        "--workers",
        type=whole_number(0),
        metavar="N",
        help="processes that train at once (default: 1; of a cluster's chief 0)",
    )
    parser.add_argument(
        "--max-trials", type=whole_number(1), metavar="N", help="instead of the file's"
    )
    parser.add_argument(
        "--output-dir", type=pathlib.Path, metavar="DIR", help="(default: runs/tuning/NAME)"
    )
    parser.add_argument(
        "--data-path",
        metavar="PATH",
        help="a folder or a zip of images, the folder of idx files, or a .npy, .npz or .csv file, "
        "instead of the file's data",
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with what the folder holds (default), or insist on a new search",
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run the command; the status says whether there is something to recommend."""
    arguments = parse_arguments(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on.")
        return 130
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.filename:
            text = f"{error.filename}: {error.strerror}"
        print(f"\nerror: {text}", file=sys.stderr)
        return 1


def _run(arguments):
    from keras_genae.tuning.config.search_config import load_config, with_data_path
    from keras_genae.tuning.search import join_search, run_search
    from keras_genae.tuning.workers.chief import NAMES, cluster_role

    config = load_config(arguments.config)
    if arguments.data_path is not None:
        config = with_data_path(config, arguments.data_path)
    folder = arguments.output_dir or pathlib.Path("runs/tuning") / arguments.config.stem
    role = cluster_role()
    workers = arguments.workers
    if role == "worker":
        variables = {name: os.environ[name] for name in NAMES[1:]}
        join_search(config, folder, workers or 1, os.environ[NAMES[0]], variables)
        return 0
    if workers is None:
        workers = 0 if role == "chief" else 1
    if workers == 0 and role is None:
        raise ValueError("A search needs a worker. Received: --workers 0")
    summary = run_search(config, folder, workers, arguments.max_trials, arguments.resume)
    print_summary(summary, folder)
    return 0


def print_summary(summary, folder):
    """What a person wants to know first."""
    best = summary["recommended"]
    print(f"\nThe front has {len(summary['front'])} trials:")
    for entry in summary["front"]:
        mark = "  <- recommended" if entry["trial"] == best["trial"] else ""
        numbers = ", ".join(
            f"{name} {entry['measures'][name]:.6g}" for name in summary["objectives"]
        )
        print(f"  trial {entry['trial']}: {numbers}{mark}")
    chosen = ", ".join(f"{name}={value}" for name, value in best["values"].items())
    print(f"Recommended: trial {best['trial']}{': ' + chosen if chosen else ''}")
    if best["remark"]:
        print(f"It {best['remark']}.")
    if summary["latents"]:
        print(f"With it {summary['latents']}.")
    share = summary["pruning"]["share_saved"]
    if share >= 0.005:
        print(f"Pruning saved {100 * share:.0f} % of the time of training.")
    if summary["left_out"]:
        print(f"Too few trials to draw {', '.join(summary['left_out'])}.")
    print(f"The table, the pictures, best.yaml and best.keras are in {folder}/")


if __name__ == "__main__":
    sys.exit(main())
