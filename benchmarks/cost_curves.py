"""What training a `ConvVAE` costs as batches, images, codes and the number of images grow.

    python benchmarks/cost_curves.py
    python benchmarks/cost_curves.py --curves side images --rounds 5

Networks, likelihood and optimizer are those that come where nothing is asked for: `ConvVAE(shape,
latent_dim)` and `compile()`. Curves:

- `batch`: 8 to 256 images of 28×28×1 a batch; the cost is that of a step;
- `side`: images of 16×16×3 to 128×128×3, batches of 32; the cost of a step against its pixels;
- `latent`: 2 to 512 entries of the code, 28×28×1, batches of 32; the cost of a step;
- `images`: 1,000 to 32,000 images of 16×16×1, batches of 125; the cost of a whole `fit` of one
  epoch, with its checks and all that it makes ready, each point in a process of its own, which
  tells its peak memory.

Each point has trained before, on eight batches, and is compiled. Then the points of a curve take
turns, round by round, at `fit(..., epochs=1, verbose=0)`. It prints a table for each curve, and
leaves `cost_curves.json`. Cost is CPU seconds, the median over the rounds. "Of linear growth" is
how many times the first row's cost a row has, over how many times its size: 1 where cost grows as
the size does, less where it grows more slowly. The exponent is the slope of log cost against log
size.
"""

import argparse
import collections
import dataclasses
import json
import math
import os
import pathlib
import statistics
from collections.abc import Callable

import numpy as np
from rivals import images_of, versions
from worker import Worker, peak_mb, serve

SEED = 0
DIGITS = (28, 28, 1)
LATENT_DIM, BATCH = 16, 32
# Divides the numbers of images, so that no batch is smaller, and traced for itself.
BATCH_OF_MANY = 125
WARM_UP_BATCHES = 8


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a point trains on."""

    shape: tuple
    latent_dim: int = LATENT_DIM
    batch: int = BATCH


@dataclasses.dataclass(frozen=True)
class Curve:
    """A variable, its values, and what each stands for."""

    variable: str
    values: tuple
    setting: Callable
    # What linear growth would be linear in, of a value.
    size: Callable = int
    size_name: str = ""
    # Whether a value is the number of images, and each has a process of its own.
    counts_images: bool = False


CURVES = {
    "batch": Curve("batch size", (8, 16, 32, 64, 128, 256), lambda n: Setting(DIGITS, batch=n)),
    "side": Curve(
        "side",
        (16, 32, 64, 128),
        lambda n: Setting((n, n, 3)),
        size=lambda n: n * n,
        size_name="pixels",
    ),
    "latent": Curve(
        "entries of the code", (2, 8, 32, 128, 512), lambda n: Setting(DIGITS, latent_dim=n)
    ),
    "images": Curve(
        "images",
        (1000, 2000, 4000, 8000, 16_000, 32_000),
        lambda n: Setting((16, 16, 1), batch=BATCH_OF_MANY),
        counts_images=True,
    ),
}


def count_of(curve, value, wanted):
    """How many images a point trains on: whole batches only."""
    batch = curve.setting(value).batch
    return batch * math.ceil((value if curve.counts_images else wanted) / batch)


def fitting(setting, count):
    """A function that trains for an epoch, compiled, and the number of parameters."""
    import keras_genae as genae

    # No seed for all of Keras: TensorFlow then forgets what it has made ready of other points, and
    # their next round takes most of a second more.
    images = images_of(setting.shape, count)
    model = genae.ConvVAE(setting.shape, setting.latent_dim, seed=SEED)
    model.compile()

    def fit(images):
        model.fit(images, batch_size=setting.batch, epochs=1, verbose=0)

    fit(images[: WARM_UP_BATCHES * setting.batch])
    return lambda: fit(images), model.count_params()


def ready(arguments):
    """What a process says of the points that it holds, and what trains the one that is named."""
    curve, runs, said = CURVES[arguments.worker], {}, {}
    for value in arguments.values:
        runs[value], parameters = fitting(
            curve.setting(value), count_of(curve, value, arguments.images)
        )
        said[value] = {"parameters": parameters, "warm_up_peak_mb": peak_mb()}
    return said, lambda value: runs[int(value)]()


def worker(name, values, arguments, log):
    """A process that holds points of a curve."""
    command = [__file__, "--worker", name, "--images", str(arguments.images)]
    return Worker([*command, "--values", *map(str, values)], log)


def measure(name, values, arguments, log):
    """Value → what is known before the rounds, and value → rounds, a list of dictionaries."""
    groups = [[value] for value in values] if CURVES[name].counts_images else [values]
    workers, said, rounds = {}, {}, collections.defaultdict(list)
    try:
        for group in groups:
            workers.update(dict.fromkeys(group, worker(name, group, arguments, log)))
        for group in groups:
            said.update(workers[group[0]].read())
        for i in range(arguments.rounds):
            shift = i % len(values)
            for value in values[shift:] + values[:shift]:
                rounds[value].append(workers[value].round(value))
    finally:
        for process in set(workers.values()):
            process.end()
    return {value: said[str(value)] for value in values}, rounds


def summary(curve, value, count, said, rounds):
    """A row of a curve's table."""
    wall, cpu = ([row[kind] for row in rounds] for kind in ("wall", "cpu"))
    steps = count // curve.setting(value).batch
    return {
        "value": value,
        "images": count,
        "steps": steps,
        **said,
        "seconds": statistics.median(wall),
        "least_seconds": min(wall),
        "cpu_per_1000": 1000.0 * statistics.median(cpu) / count,
        "least_cpu_per_1000": 1000.0 * min(cpu) / count,
        "ms_per_step": 1000.0 * statistics.median(wall) / steps,
        "cost": statistics.median(cpu) / (1 if curve.counts_images else steps),
        "size": curve.size(value),
        "peak_mb": max(row["peak_mb"] for row in rounds),
        "rounds": rounds,
    }


def compare(rows):
    """Add to each row its cost over that of the first, as it is and of linear growth."""
    first = rows[0]
    for row in rows:
        row["times_first"] = row["cost"] / first["cost"]
        row["of_linear"] = row["times_first"] * first["size"] / row["size"]


def exponent(rows):
    """The slope of log cost against log size; NaN where there is one row."""
    if len(rows) < 2:
        return float("nan")
    size, cost = ([math.log(row[key]) for row in rows] for key in ("size", "cost"))
    return float(np.polyfit(size, cost, 1)[0])


def print_table(curve, rows):
    """A table in Markdown, and how cost grows below it."""
    # Where points share a process, its memory is that of all of them.
    memory = [" peak MB | of them since the warm-up |"] if curve.counts_images else [""]
    print(
        f"\n| {curve.variable} | parameters | s a fit, median | least | CPU s per 1,000 images, "
        f"median | least | ms a step |{memory[0]} times the first | of linear growth |"
    )
    print("|---" * (9 + 2 * curve.counts_images) + "|")
    for row in rows:
        grown = row["peak_mb"] - row["warm_up_peak_mb"]
        memory = f" {row['peak_mb']:,.0f} | {grown:,.0f} |" if curve.counts_images else ""
        print(
            f"| {row['value']:,} | {row['parameters']:,} | {row['seconds']:.2f} | "
            f"{row['least_seconds']:.2f} | {row['cpu_per_1000']:.2f} | "
            f"{row['least_cpu_per_1000']:.2f} | {row['ms_per_step']:.1f} |{memory} "
            f"{row['times_first']:.2f} | {row['of_linear']:.3f} |"
        )
    what = "a fit" if curve.counts_images else "a step"
    print(
        f"\nThe cost of {what} grows as ({curve.size_name or curve.variable})^{exponent(rows):.2f};"
        f" between the last two rows ^{exponent(rows[-2:]):.2f}.",
        flush=True,
    )


def values_of(name, arguments):
    """The values of a curve's variable."""
    return arguments.counts if CURVES[name].counts_images else list(CURVES[name].values)


def main():
    """Measure and print."""
    # Not by `script_parser`: this process stays small, for a process counts that in its own peak
    # memory which the one that started it had held.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--curves", nargs="+", choices=CURVES, default=list(CURVES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--images", type=int, default=1024, help="images a point, but in the curve of them"
    )
    parser.add_argument(
        "--counts",
        type=int,
        nargs="+",
        default=list(CURVES["images"].values),
        help="numbers of images in the curve of them",
    )
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/cost_curves"))
    parser.add_argument("--worker", choices=CURVES, help=argparse.SUPPRESS)
    parser.add_argument("--values", type=int, nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        serve(lambda: ready(arguments))
        return
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    report = {"versions": versions(), "backend": backend, "rounds": arguments.rounds}
    print(json.dumps(report))
    with open(arguments.output_dir / "cost_curves.log", "w") as log:
        for name in arguments.curves:
            curve, values = CURVES[name], values_of(name, arguments)
            said, rounds = measure(name, values, arguments, log)
            rows = [
                summary(
                    curve,
                    value,
                    count_of(curve, value, arguments.images),
                    said[value],
                    rounds[value],
                )
                for value in values
            ]
            compare(rows)
            print_table(curve, rows)
            report[name] = {"exponent": exponent(rows), "rows": rows}
            path = arguments.output_dir / "cost_curves.json"
            path.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
