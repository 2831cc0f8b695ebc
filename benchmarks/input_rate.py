"""How many images a second come in, by each way, and how many a model takes.

    python benchmarks/input_rate.py
    python benchmarks/input_rate.py --data faces --images 20000

A folder of JPEG files, blobs of light of 178×178 unless `--data` names another, is read at 64×64:

- by `load_images`: decoded once, into memory or into a cache;
- by `keras.utils.image_dataset_from_directory`: decoded anew in each epoch;
- as batches of `training_batches`, from the memory-mapped cache and from an array in memory;
- as batches of the usual pipeline of an array: `from_tensor_slices`, `shuffle`, `batch`,
  `prefetch`.

Nothing is done with the batches. Beside them stands what `fit` takes of an array in memory: that of
`ConvVAE` as it comes, and of a `VAE` with one layer of 64 units, the least that one would train on
such images. All take turns round by round. CPU seconds are those of all cores together, megabytes
those of the images as they come out. Files that were just written lie in memory: disks are not
measured. TensorFlow Datasets has no images without a network, and is left out.

It prints a table, leaves `input_rate.json`, and counts what is decoded, for nothing should be
twice. What memory a cache saves is measured by `image_cache.py`.
"""

import contextlib
import json
import pathlib
import statistics
import tempfile

import keras
from image_cache import read_contender
from PIL import Image
from rivals import images_of, versions
from turns import seconds_of, take_turns

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.datasets import image_files
from keras_genae.script import run_script
from keras_genae.training.recipe import BATCH

SEED = 0
IMAGE_SIZE = 64
LATENT_DIM = 50
# Epochs a round of what takes some hundredths of a second.
EPOCHS = 5
# What the others are measured by.
APPETITES = ("`ConvVAE.fit`", "`VAE.fit`")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument("--images", type=whole_number(BATCH), default=4000, metavar="N")
    parser.add_argument(
        "--data", type=pathlib.Path, metavar="PATH", help="a folder of images in place of blobs"
    )
    parser.add_argument(
        "--file-size", type=whole_number(8), default=178, metavar="PIXELS", help="of the blobs"
    )
    parser.add_argument("--batch", type=whole_number(1), default=BATCH, metavar="N")
    parser.add_argument(
        "--fit-steps", type=whole_number(1), default=40, help="batches a round of `ConvVAE`"
    )
    parser.add_argument("--rounds", type=whole_number(1), default=5)
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/input_rate"))
    return parser.parse_args()


def write_files(folder, arguments):
    """JPEG files, each with a name of its own."""
    folder.mkdir()
    size = (arguments.file_size, arguments.file_size)
    for i, image in enumerate(images_of((IMAGE_SIZE, IMAGE_SIZE, 3), arguments.images)):
        Image.fromarray(image).resize(size).save(folder / f"{i:06}.jpg", quality=90)


@contextlib.contextmanager
def counted_decodes():
    """Context in which each picture that `load_images` decodes is noted in the list it gives."""
    decode, decoded = image_files.decode, []

    def noting(*args):
        decoded.append(args)
        return decode(*args)

    image_files.decode = noting
    try:
        yield decoded
    finally:
        image_files.decode = decode


def load(folder, arguments, cache=None):
    """The images of the folder."""
    limit = arguments.images
    return datasets.load_images(folder, IMAGE_SIZE, limit=limit, verbose=0, cache=cache).images


def check_decodes(folder, cache, arguments):
    """What is done with a cache, one after the other → its seconds, and how many were decoded."""
    found = {}
    with counted_decodes() as decoded:

        def read():
            # A new stream each time, as another process would have it.
            read_contender(load(folder, arguments, cache), arguments)()

        def open_cache():
            load(folder, arguments, cache)

        for name, run in {
            "first opening": open_cache,
            "second opening": open_cache,
            "first epoch": read,
            "second epoch": read,
        }.items():
            before = len(decoded)
            seconds, _ = seconds_of(run)
            found[name] = {"seconds": seconds, "decoded": len(decoded) - before}
    return found


# Contenders: functions that tell how many images they brought or took.


def decode_contender(folder, arguments, cache=None):
    """`load_images`, all of it: what is there of a cache is removed."""

    def run():
        if cache is not None:
            cache.unlink(missing_ok=True)
        return len(load(folder, arguments, cache))

    return run


def batches_contender(batches):
    """A pipeline of `tf.data`, read to its end."""
    return lambda: sum(int(batch.shape[0]) for batch in batches)


def keras_folder(folder, arguments):
    """The pipeline that Keras makes of a folder: decodes in each epoch."""
    batches = keras.utils.image_dataset_from_directory(
        folder,
        labels=None,
        batch_size=arguments.batch,
        image_size=(IMAGE_SIZE, IMAGE_SIZE),
        seed=SEED,
        verbose=False,
    )
    return batches.take(arguments.images // arguments.batch)


def usual_pipeline(images, arguments):
    """The pipeline that the guides of TensorFlow make of an array."""
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images), seed=SEED)
    return batches.batch(arguments.batch).prefetch(2)


def several_times(run):
    """The same, some epochs long."""
    return lambda: sum(run() for _ in range(EPOCHS))


def fit_contender(model, images, batch, epochs=1):
    """What a model takes."""
    model.compile()

    def run():
        model.fit(images, batch_size=batch, epochs=epochs, verbose=0)
        return epochs * len(images)

    return run


def make_contenders(folder, cache, arguments):
    """Name → contender."""
    mapped, images = load(folder, arguments, cache), load(folder, arguments)
    batch, shape = arguments.batch, images.shape[1:]
    conv = genae.ConvVAE(shape, LATENT_DIM, seed=SEED)
    mlp = genae.VAE(shape, LATENT_DIM, network="mlp", widths=(64,), seed=SEED)
    another = cache.with_name("another.npy")
    return {
        "`load_images` into memory": decode_contender(folder, arguments),
        "`load_images` into a new cache": decode_contender(folder, arguments, another),
        "`image_dataset_from_directory`": batches_contender(keras_folder(folder, arguments)),
        "`training_batches` of the cache": several_times(read_contender(mapped, arguments)),
        "`training_batches` of an array": several_times(read_contender(images, arguments)),
        "`from_tensor_slices` of an array": several_times(
            batches_contender(usual_pipeline(images, arguments))
        ),
        # A `fit` takes a tenth of a second to begin: small steps are to be many.
        APPETITES[0]: fit_contender(conv, images[: arguments.fit_steps * batch], batch),
        APPETITES[1]: fit_contender(mlp, images, batch, EPOCHS),
    }


def measure(contenders, rounds):
    """Name → images per second, and CPU seconds of 1,000 images, of each round."""
    found = {name: {"rate": [], "cpu": []} for name in contenders}
    counts = {}
    for name in take_turns(contenders, rounds):

        def run(name=name):
            counts[name] = contenders[name]()

        wall, cpu = seconds_of(run)
        found[name]["rate"].append(counts[name] / wall)
        found[name]["cpu"].append(1e3 * cpu / counts[name])
    return found


def summary(rounds):
    """The numbers of a row."""
    return {
        "median": statistics.median(rounds["rate"]),
        "best": max(rounds["rate"]),
        "cpu": statistics.median(rounds["cpu"]),
        "rounds": rounds,
    }


def print_table(rows):
    """A table in Markdown."""
    image_mb = IMAGE_SIZE * IMAGE_SIZE * 3 / 1e6
    appetites = [rows[name]["median"] for name in APPETITES]
    print(
        f"\n| | images/s, median | best | MB/s | CPU s per 1,000 | times {APPETITES[0]} | ", end=""
    )
    print(f"times {APPETITES[1]} |")
    print("|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        times = " | ".join(f"{row['median'] / appetite:,.1f}" for appetite in appetites)
        # Keras's pipeline makes floats of them.
        size = image_mb * (4 if name == "`image_dataset_from_directory`" else 1)
        print(
            f"| {name} | {row['median']:,.0f} | {row['best']:,.0f} | {row['median'] * size:,.0f} | "
            f"{row['cpu']:.3f} | {times} |"
        )


def surroundings():
    """What was measured, and on what."""
    return {**versions(), "backend": keras.backend.backend()}


def main():
    """Make the files, measure, print."""
    arguments = parse_arguments()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    report = surroundings()
    print(json.dumps(report))
    with tempfile.TemporaryDirectory() as room:
        room = pathlib.Path(room)
        folder = arguments.data
        if folder is None:
            folder = room / "files"
            write_files(folder, arguments)
        cache = room / "images.npy"
        report["cache"] = check_decodes(folder, cache, arguments)
        rounds = measure(make_contenders(folder, cache, arguments), arguments.rounds)
    report["rows"] = {name: summary(row) for name, row in rounds.items()}
    print_table(report["rows"])
    print()
    for name, row in report["cache"].items():
        print(f"cache, {name}: {row['decoded']:,} images decoded, {row['seconds']:.2f} s")
    (arguments.output_dir / "input_rate.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    run_script(main, resumable=False)
