"""Training on images in a memory-mapped cache beside images in memory: speed, and memory.

    python benchmarks/image_cache.py
    python benchmarks/image_cache.py --images 200000 --steps 400 --json result.json
    python benchmarks/image_cache.py --data faces.zip

It makes a cache of so many images of 64×64 (drawn faces, or those of a folder or zip, repeated) and
measures:

- images per second of `training_batches` alone, from memory and from the cache, taking turns round
  by round, and the same of `ConvVAE.fit`;
- the peak memory of processes that do nothing but import the package, train on the cache by
  `ConvVAE.fit` for whole epochs of steps over all images, or do so with the images in memory.

Peak memory is `VmHWM`: the pages of the process itself and those of the file that it has mapped, at
their most. What the operating system keeps of the file beyond that, it drops where memory is short.
"""

import json
import multiprocessing
import pathlib
import statistics
import tempfile
import time

import numpy as np
from turns import take_turns

from keras_genae import datasets
from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.datasets.image_cache import ImageCache
from keras_genae.script import run_script

SEED = 0
DRAWN_IMAGES = 2000


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("--images", type=whole_number(1000), default=200_000, metavar="N")
    parser.add_argument(
        "--data", type=pathlib.Path, metavar="PATH", help="a folder or zip in place of drawn faces"
    )
    parser.add_argument("--image-size", type=whole_number(8), default=64, metavar="PIXELS")
    parser.add_argument("--batch", type=whole_number(1), default=128, metavar="N")
    parser.add_argument("--steps", type=whole_number(1), default=16, help="of fit, a round")
    parser.add_argument("--rounds", type=whole_number(1), default=5)
    parser.add_argument(
        "--folder", type=pathlib.Path, help="where the cache goes (default: a temporary folder)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the JSON line there as well")
    return parser.parse_args()


def make_cache(arguments, path):
    """Write `--images` images, the same few again and again, as `load_images` would."""
    size = arguments.image_size
    if arguments.data is None:
        few, _ = datasets.draw_faces(min(DRAWN_IMAGES, arguments.images), size, seed=SEED)
    else:
        few = datasets.load_images(arguments.data, size, limit=arguments.images).images

    def fill(keep):
        for i in range(arguments.images):
            keep(few[i % len(few)])
        return {"names": [], "skipped": {}}

    ImageCache(path).write((arguments.images, size, size, 3), fill, {"fingerprint": "repeated"})
    return np.load(path, mmap_mode="r")


def small_model(size):
    """A VAE, compiled: small, so that reading weighs as much as it may."""
    import keras_genae as genae

    model = genae.ConvVAE((size, size, 3), latent_dim=16, widths=(8, 16, 32), seed=SEED)
    model.compile()
    return model


def read_contender(images, arguments):
    """One epoch of batches, and nothing done with them."""
    steps = datasets.steps_per_epoch(images, arguments.batch)
    batches = datasets.training_batches(images, arguments.batch, SEED)

    def run():
        for batch in batches.take(steps):
            batch.shape  # noqa: B018 (it has been read)
        return steps * arguments.batch

    return run


def fit_contender(images, arguments):
    """Some steps of `ConvVAE.fit`."""
    model = small_model(arguments.image_size)
    batches = datasets.training_batches(images, arguments.batch, SEED)

    def run():
        model.fit(batches, steps_per_epoch=arguments.steps, epochs=1, verbose=0, shuffle=False)
        return arguments.steps * arguments.batch

    return run


def measure_speed(contenders, rounds):
    """Name → images per second of each round."""
    rates = {name: [] for name in contenders}
    for name in take_turns(contenders, rounds):
        started = time.perf_counter()
        count = contenders[name]()
        rates[name].append(count / (time.perf_counter() - started))
    return rates


def peak_memory():
    """(all, private): the most MiB this process has held, and what of it now is not a file's."""
    status = pathlib.Path("/proc/self/status").read_text()
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return tuple(int(lines[name].split()[0]) // 1024 for name in ("VmHWM", "RssAnon"))


def use_memory(way, path, arguments, results):
    """In a process of its own: train in one of the ways, and tell the peak memory."""
    if way != "import alone":
        images = np.load(path, mmap_mode=None if way == "fit from memory" else "r")
        training, _ = datasets.split_images(images, 0.1, SEED)
        batches = datasets.training_batches(training, arguments.batch, SEED)
        # Every image is read once, most by the pipeline alone: training on all would take an hour.
        for _ in batches.take(datasets.steps_per_epoch(training, arguments.batch)):
            pass
        model = small_model(arguments.image_size)
        model.fit(batches, steps_per_epoch=arguments.steps, epochs=2, verbose=0, shuffle=False)
    results.put(peak_memory())


def measure_memory(path, arguments):
    """Way → MiB."""
    context = multiprocessing.get_context("spawn")
    peaks = {}
    for way in ("import alone", "fit from the cache", "fit from memory"):
        results = context.Queue()
        process = context.Process(target=use_memory, args=(way, path, arguments, results))
        process.start()
        peaks[way] = results.get()
        process.join()
    return peaks


def main():
    """Make the cache, measure, print."""
    arguments = parse_arguments()
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = pathlib.Path(folder) / "images.npy"
        mapped = make_cache(arguments, path)
        report = {"images": len(mapped), "MiB": mapped.nbytes // 2**20}
        report["peak_MiB"] = measure_memory(path, arguments)
        for name, make in {"batches": read_contender, "fit": fit_contender}.items():
            contenders = {"memory": np.array(mapped), "cache": mapped}
            contenders = {way: make(images, arguments) for way, images in contenders.items()}
            rates = measure_speed(contenders, arguments.rounds)
            ratios = [a / b for a, b in zip(rates["cache"], rates["memory"], strict=True)]
            report[name] = {way: round(statistics.median(of)) for way, of in rates.items()}
            report[name]["ratio"] = round(statistics.median(ratios), 3)

    print(f"\n{report['images']:,} images, {report['MiB']:,} MiB")
    for way, (peak, private) in report["peak_MiB"].items():
        print(f"{way:20}{peak:8,} MiB at the most, {private:,} MiB of its own at the end")
    for name in ("batches", "fit"):
        row = report[name]
        print(
            f"{name:10} from memory {row['memory']:8,}, from the cache {row['cache']:8,} images/s, "
            f"ratio {row['ratio']:.3f}"
        )
    line = json.dumps(report)
    print(f"\n{line}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(line + "\n")


if __name__ == "__main__":
    run_script(main)
