"""What number formats and compilers give on a processor, at equal quality.

    python benchmarks/processor_arithmetic.py
    KERAS_BACKEND=jax python benchmarks/processor_arithmetic.py --steps 15
    python benchmarks/processor_arithmetic.py --networks faces --data-dir faces.zip --steps 200

Three models with their default networks and recipe, an MLP and two of convolutions, are trained in
float32 and in mixed_bfloat16, on TensorFlow each as it comes and by XLA. JAX has XLA always, where
convolutions take several times as long: fewer steps do there. What the environment tells oneDNN,
XLA and the threads is kept in the report.

The formats take turns round by round. A round is a `fit` on all images once, and the first, which
compiles, stands apart. After all rounds each has made as many steps on the same batches, from the
same weights but for one contender: float32 from another seed says by how much times and losses
differ where nothing does. The loss is that of held-out images, by the model in its own format.

It prints a table for each network, and which format takes the least of those that lose no more than
another seed may; and leaves `BACKEND.json`, such as `tensorflow.json`. CPU is that
of all cores together. For comparison there is the rate of a product of two 2048×2048 matrices.
"""

import collections.abc
import dataclasses
import json
import os
import pathlib
import statistics

import keras
import numpy as np
from keras import ops
from rivals import images_of, versions
from turns import seconds_of, take_turns

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.script import run_script
from keras_genae.training.recipe import BATCH

SIZE, PRODUCTS = 2048, 7
SEED = 0
CONTROL = "float32, another seed"
FORMATS = {
    "float32": {},
    CONTROL: {"seed": SEED + 1},
    "mixed_bfloat16": {"policy": "mixed_bfloat16"},
    "float32, XLA": {"jit_compile": True},
    "mixed_bfloat16, XLA": {"policy": "mixed_bfloat16", "jit_compile": True},
}


@dataclasses.dataclass(frozen=True)
class Network:
    """A model to measure.

    Attributes:
        image_shape: `(height, width, channels)` of what it learns from.
        make: seed → the model.
        times: as many steps; each `fit` takes a tenth of a second to begin, which small steps
            would be charged with.
    """

    image_shape: tuple
    make: collections.abc.Callable
    times: int = 1


NETWORKS = {
    "mlp": Network((28, 28, 1), lambda seed: genae.VAE((784,), 32, seed=seed), times=8),
    "digits": Network((28, 28, 1), lambda seed: genae.ConvVAE((28, 28, 1), 16, seed=seed)),
    "faces": Network((64, 64, 3), lambda seed: genae.ConvVAE((64, 64, 3), 50, seed=seed)),
}
# From outside: what TensorFlow, oneDNN and XLA are told of formats, compilers and threads.
TOLD = ("ONEDNN", "XLA_FLAGS", "DNNL", "_THREADS")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="N")
    parser.add_argument(
        "--steps", type=whole_number(1), default=50, help="batches a round, for the MLP eight times"
    )
    parser.add_argument("--rounds", type=whole_number(1), default=5, help="after the first fit")
    parser.add_argument(
        "--held-out", type=whole_number(1), default=512, metavar="N", help="images for the loss"
    )
    parser.add_argument(
        "--data-dir", type=pathlib.Path, metavar="PATH", help="a folder or zip in place of blobs"
    )
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/processor_arithmetic")
    )
    return parser.parse_args()


def product_rates():
    """Format → GFLOP/s of a product of two matrices, the median and the best."""
    rates = {}
    for dtype in ("float32", "bfloat16"):
        a, b = (keras.random.normal((SIZE, SIZE), dtype=dtype, seed=seed) for seed in (0, 1))

        def multiply(a=a, b=b):
            # To look at an entry is to wait for it.
            float(ops.matmul(a, b)[0, 0])

        multiply()
        seconds = [seconds_of(multiply)[0] for _ in range(PRODUCTS)]
        rates[dtype] = {
            "median": 2e-9 * SIZE**3 / statistics.median(seconds),
            "best": 2e-9 * SIZE**3 / min(seconds),
        }
    return rates


def steps_of(network, arguments):
    """Batches a round."""
    return arguments.steps * NETWORKS[network].times


def load_data(network, arguments):
    """Images to learn from and held-out ones, as the network takes them."""
    shape = NETWORKS[network].image_shape
    learnt = steps_of(network, arguments) * arguments.batch
    count = learnt + arguments.held_out
    if arguments.data_dir is None:
        images = images_of(shape, count)
    else:
        images = datasets.load_images(arguments.data_dir, shape[:2], limit=count, verbose=0).images
        if len(images) < count:
            raise ValueError(f"{count} images are needed. Received: {len(images)}")
        # By name, those of a kind may lie together.
        images = np.random.default_rng(SEED).permutation(images)
        if shape[-1] == 1:
            images = images.mean(axis=-1, keepdims=True).round().astype("uint8")
    if network == "mlp":
        images = images.reshape(count, -1) / np.float32(255)
    return images[:learnt], images[learnt:]


class Contender:
    """A model in one of the formats, which keeps the seconds of each of its fits."""

    def __init__(self, network, images, batch, policy="float32", seed=SEED, **options):
        # The model's own seed is that of its noise; weights are drawn from Keras's.
        keras.utils.set_random_seed(seed)
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            self.model = NETWORKS[network].make(seed)
        finally:
            keras.config.set_dtype_policy(before)
        self.model.compile(**options)
        self.images, self.batch = images, batch
        self.fits = []

    def fit(self):
        """Learn from all images once, in an order that is the same for all contenders."""
        # Shuffled here: to seed what TensorFlow shuffles by is to have it make all kernels anew.
        images = np.random.default_rng(len(self.fits)).permutation(self.images)
        options = {"batch_size": self.batch, "epochs": 1, "shuffle": False, "verbose": 0}
        self.fits.append(seconds_of(lambda: self.model.fit(images, **options)))

    def loss(self, held_out):
        """Nats per example."""
        logs = self.model.evaluate(held_out, batch_size=self.batch, verbose=0, return_dict=True)
        return float(logs["loss"])


def names_here(names):
    """Of the names of formats those that are different ones on this backend."""
    chooses = keras.backend.backend() == "tensorflow"
    return [name for name in names if chooses or "jit_compile" not in FORMATS[name]]


def warm_up():
    """Let the first contender not pay for what is loaded once."""
    model = genae.VAE((4,), 2, widths=(4,), seed=SEED)
    model.compile()
    model.fit(np.zeros((8, 4), "float32"), verbose=0)


def compare(network, arguments):
    """Format → the numbers of its row."""
    images, held_out = load_data(network, arguments)
    contenders = {
        name: Contender(network, images, arguments.batch, **FORMATS[name])
        for name in names_here(arguments.formats)
    }
    fits = {name: contender.fit for name, contender in contenders.items()}
    for name in take_turns(fits, arguments.rounds):
        fits[name]()
    steps = steps_of(network, arguments)
    rows = {name: summary(contender.fits, steps) for name, contender in contenders.items()}
    for name, contender in contenders.items():
        rows[name]["loss"] = contender.loss(held_out)
        rows[name]["parameters"] = contender.model.count_params()
        if "float32" in rows:
            rows[name]["of float32"] = statistics.median(
                own / other
                for own, other in zip(rows[name]["cpu"], rows["float32"]["cpu"], strict=True)
            )
    return rows


def summary(fits, steps):
    """Milliseconds a step of each round, their median and least, and the first fit."""
    wall, cpu = (
        [1e3 * seconds / steps for seconds in column] for column in zip(*fits[1:], strict=True)
    )
    return {
        "wall": wall,
        "cpu": cpu,
        "median": statistics.median(wall),
        "least": min(wall),
        "median cpu": statistics.median(cpu),
        "least cpu": min(cpu),
        "first fit": fits[0][0],
        "first fit cpu": fits[0][1],
    }


def print_table(network, rows, arguments):
    """A table in Markdown."""
    parameters = next(iter(rows.values()))["parameters"]
    steps = steps_of(network, arguments) * (arguments.rounds + 1)
    print(f"\n{network}: {parameters:,} parameters, loss after {steps:,} steps\n")
    print(
        "| | ms a step, median | least | CPU ms a step, median | least | first fit, s | "
        "validation loss | CPU against float32 |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        print(
            f"| {name} | {row['median']:.2f} | {row['least']:.2f} | {row['median cpu']:.2f} | "
            f"{row['least cpu']:.2f} | {row['first fit']:.1f} | {row['loss']:.2f} | "
            f"{row.get('of float32', float('nan')):.2f} |",
            flush=True,
        )


def advise(rows):
    """Say which format takes the least of those that are no further behind than another seed."""
    if not {"float32", CONTROL} <= rows.keys():
        return
    loss = rows["float32"]["loss"]
    worst = loss + abs(rows[CONTROL]["loss"] - loss)
    fine = [name for name in rows if name != CONTROL and rows[name]["loss"] <= worst]
    best = min(fine, key=lambda name: rows[name]["of float32"])
    policy, jit = (FORMATS[best].get(key) for key in ("policy", "jit_compile"))
    lines = [f"keras.config.set_dtype_policy({policy!r})"] * bool(policy)
    lines += ["model.compile(jit_compile=True)"] * bool(jit)
    ways = " and ".join(f"`{line}`" for line in lines) or "leave it as it is"
    print(f"\nHere {best} takes {rows[best]['of float32']:.2f} of the CPU of float32: {ways}.")


def print_products(rates):
    """A line for each format."""
    for dtype, rate in rates.items():
        print(
            f"{SIZE}×{SIZE} products in {dtype}: {rate['median']:,.0f} GFLOP/s, "
            f"best {rate['best']:,.0f}",
            flush=True,
        )


def surroundings():
    """What was measured, and on what."""
    told = {name: os.environ[name] for name in os.environ if any(part in name for part in TOLD)}
    return {**versions(), "backend": keras.backend.backend(), "told": told}


def main():
    """Measure and print."""
    arguments = parse_arguments()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    report = surroundings()
    print(json.dumps(report))
    path = arguments.output_dir / f"{report['backend']}.json"
    report |= {name: getattr(arguments, name) for name in ("batch", "steps", "rounds", "held_out")}
    report["products"] = product_rates()
    print_products(report["products"])
    warm_up()
    for network in arguments.networks:
        report[network] = compare(network, arguments)
        print_table(network, report[network], arguments)
        advise(report[network])
        path.write_text(json.dumps(report, indent=2) + "\n")
        # The models of one network are not to be kept beside those of the next.
        keras.backend.clear_session()


if __name__ == "__main__":
    run_script(main, resumable=False)
