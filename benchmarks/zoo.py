"""Every model of the zoo on the same faces, for the same time: a table, and one picture.

    python benchmarks/zoo.py --minutes 1
    python benchmarks/zoo.py --models ConvVAE WAE --minutes 0.2 --output-dir runs/zoo_quick
    python benchmarks/zoo.py --figure

All models of `list_models()` but the dictionaries, which explain vectors of activations and take no
images, are trained on the same 12,000 images of 64×64, with 50 latent units (where a model is made
for few, 10; a tokeniser has about 1,000 codes), their default networks and the default recipe. What
a model needs besides, such as labels or larger batches, is in `zoo_needs.py`, and in the table.

The same time is the same CPU seconds of training: the cost of a step is measured on a twin of the
model, and the number of steps follows from it, so that the learning rate falls to its end within
the time. Building, tracing and evaluating do not count. `--steps` sets the number instead.

Of 1,200 held-out faces: the squared error of their reconstructions, the rate, the units whose mean
varies, and the Fréchet and patch distance of as many samples, by the model's own density, or a
normal distribution fitted to its codes where it has none, or none that tells. Of tokens the rate is
what they cost if all codes come alike, and their perplexity stands in the place of units.

Each model runs in a process of its own. Results go into `zoo.json` after each, pictures beside it;
what is there already is not run again, what failed is. `--figure` trains nothing: it draws
`docs/images/zoo.png` of what is there, and prints the table.
"""

import gc
import json
import math
import multiprocessing
import os
import pathlib
import time
import traceback

import keras
import numpy as np
from results_file import ResultsFile
from zoo_needs import SEED, load_faces, needs_of
from zoo_picture import draw_zoo, table

from keras_genae import datasets, list_models
from keras_genae.arguments import number, whole_number
from keras_genae.cli.arguments import script_parser
from keras_genae.evaluation import PixelFeatures, frechet_distance, patch_distance, rate
from keras_genae.files import lock_folder, write_aside
from keras_genae.script import run_script

DATA = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))
PICTURE = pathlib.Path(__file__).parent.parent / "docs" / "images" / "zoo.png"
LATENT_DIM = 50
# Of the twin: the first steps are slower than the others.
WARM_UP, FIRST = 20, 3
KEPT = 8
# Dictionaries explain vectors of activations.
NAMES = [card.name for card in list_models() if card.family != "dictionaries"]
FITTED = 10_000
ACTIVE = 0.01
# How far apart two sets of faces are that no model made.
REAL = "real faces"
SETTINGS = ("minutes", "steps", "images", "held_out", "image_size")


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    parser.add_argument(
        "--data-dir",
        type=pathlib.Path,
        default=DATA / "fairface64" / "train.zip",
        metavar="PATH",
        help="a folder or zip of images (default: fairface64/train.zip in KERAS_GENAE_DATA)",
    )
    parser.add_argument(
        "--labels",
        type=pathlib.Path,
        metavar="FILE",
        help="a CSV table of age and gender (default: labels.csv beside the images, if there)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes",
        type=number(above=0),
        default=1.0,
        metavar="N",
        help="CPU minutes of training, for each model (default: 1)",
    )
    length.add_argument("--steps", type=whole_number(1), metavar="N", help="or training steps")
    parser.add_argument("--models", nargs="+", choices=NAMES, metavar="NAME")
    parser.add_argument("--images", type=whole_number(100), default=12_000, metavar="N")
    parser.add_argument("--held-out", type=whole_number(KEPT), default=1200, metavar="N")
    parser.add_argument("--image-size", type=whole_number(8), default=64, metavar="PIXELS")
    parser.add_argument(
        "--figure", action="store_true", help="train nothing: draw the picture, print the table"
    )
    parser.add_argument("--picture", type=pathlib.Path, default=PICTURE, metavar="FILE")
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/zoo"))
    return parser.parse_args()


class Stopwatch(keras.callbacks.Callback):
    """CPU seconds of each training step, but for the first of each `fit`, which is traced."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_train_begin(self, logs=None):
        """The time before the first step is none of a step."""
        self.last = None

    def on_train_batch_end(self, batch, logs=None):
        """A step is over."""
        now = time.process_time()
        if self.last is not None:
            self.seconds.append(now - self.last)
        self.last = now


def read_faces(arguments):
    """The images that the command line names."""
    labels = arguments.labels
    if labels is None:
        beside = arguments.data_dir.parent / "labels.csv"
        labels = beside if beside.exists() else None
    return load_faces(
        arguments.data_dir,
        labels,
        arguments.image_size,
        arguments.images,
        arguments.held_out,
        arguments.output_dir / "images.npy",
    )


def results_file(arguments):
    """The results so far; those of `--steps` have no minutes."""
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    if arguments.steps:
        settings["minutes"] = None
    settings["data"] = arguments.data_dir.name
    return ResultsFile(arguments.output_dir / "zoo.json", settings)


def build(card, needs, faces, steps):
    """A model, compiled by the default recipe, the same weights each time."""
    keras.utils.set_random_seed(SEED)
    arguments = {"latent_dim": LATENT_DIM, "seed": SEED, **needs.arguments(faces, steps)}
    model = card.model_class(faces.training.shape[1:], **arguments)
    model.compile()
    return model


def fit(model, faces, beside, batch, steps, watch):
    """One descent of so many steps."""
    batches = datasets.training_batches(faces.training, batch, SEED, labels=beside)
    model.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False, callbacks=[watch])


def affordable_steps(card, needs, faces, beside, seconds):
    """How many steps take so many CPU seconds, by the cost of some steps of a twin."""
    twin, watch = build(card, needs, faces, WARM_UP), Stopwatch()
    fit(twin, faces, beside, needs.batch, FIRST + WARM_UP, watch)
    return max(1, round(seconds / np.mean(watch.seconds[-WARM_UP:])))


def train(card, faces, arguments):
    """A trained model, what goes beside the images, and what training took."""
    needs = needs_of(card)
    beside, beside_held_out = needs.beside(faces) if needs.beside else (None, None)
    steps = arguments.steps or affordable_steps(
        card, needs, faces, beside, 60.0 * arguments.minutes
    )
    keras.backend.clear_session()
    gc.collect()
    model, watch = build(card, needs, faces, steps), Stopwatch()
    left = needs.begin(model, faces, steps, watch) if needs.begin else steps
    fit(model, faces, beside, needs.batch, left, watch)
    cost = float(np.mean(watch.seconds)) if watch.seconds else None
    row = {
        "family": card.family,
        "steps": steps,
        "batch": needs.batch,
        "epochs": steps * needs.batch / len(faces.training),
        "seconds": cost and cost * steps,
        "seconds_an_epoch": cost and cost * len(faces.training) / needs.batch,
        "parameters": int(sum(np.prod(v.shape) for v in model.trainable_variables)),
        "notes": [needs.note] if needs.note else [],
    }
    return model, beside, beside_held_out, row


def reconstruct(model, faces, label):
    """Reconstructions of the held-out faces, floats in [0, 1]."""
    images = model.reconstruct(faces.held_out, verbose=0, **label)
    if not np.isfinite(images).all():
        raise ValueError("Reconstructions are not finite: training went astray.")
    return images


def mean_rate(model, faces, label):
    """KL(q(z|x) ‖ p(z)) in nats; as the model logs it where it is not of one z and x alone."""
    if model.condition is None and model.prior is not None:
        return float(np.mean(rate(model, faces.held_out, verbose=0), dtype="float64"))
    logs = model.evaluate(faces.held_out, label.get("label"), verbose=0, return_dict=True)
    return sum(logs[name] for name in ("kl_loss", "class_kl_loss") if name in logs)


def units(model, faces, label):
    """How many entries of the code vary over the faces, and how many there are."""
    levels = model.encode(faces.held_out, verbose=0, **label)
    levels = levels if isinstance(levels, (list, tuple)) else [levels]
    codes = np.concatenate([level.reshape(len(level), -1) for level in levels], axis=1)
    return [int(np.sum(np.var(codes, axis=0) > ACTIVE)), codes.shape[1]]


def has_tokens(model):
    """Whether its codes are indices."""
    return hasattr(model, "codebook_size")


def tokens(model, faces):
    """What tokens cost in nats, if all codes come alike, and as how many codes they are used."""
    logs = model.evaluate(faces.held_out, verbose=0, return_dict=True)
    levels = model.latent_shape if isinstance(model.latent_shape, list) else [model.latent_shape]
    count = sum(math.prod(shape) for shape in levels)
    return {
        "rate": logs.get("kl_loss", count * math.log(model.codebook_size)),
        "codes": [logs["perplexity"], model.codebook_size],
    }


def draw_samples(model, faces, beside, prior):
    """Samples, floats in [0, 1], and whether a density was fitted for them; `None` without any.

    Args:
        prior: as in `Needs`.
    """
    count = len(faces.held_out)
    if prior is None:
        try:
            return model.sample(count, seed=SEED, verbose=0), False
        except (ValueError, NotImplementedError):  # It has no density of codes yet.
            prior = {}
    label = {} if model.condition is None else {"label": beside[:FITTED]}
    try:
        model.fit_prior(faces.training[:FITTED], verbose=0, **label, **prior)
    except ValueError:  # Nor can one be fitted.
        traceback.print_exc()
        return None
    return model.sample(count, seed=SEED, verbose=0), True


def distances(real, generated):
    """How far images are from real ones."""
    features = PixelFeatures(real)
    of_both = [features(images, verbose=0) for images in (real, generated)]
    return {
        "frechet_distance": frechet_distance(*of_both),
        "patch_distance": patch_distance(real, generated, verbose=0),
    }


def as_bytes(images):
    """The first images as uint8."""
    return np.rint(255.0 * np.clip(images[:KEPT], 0.0, 1.0)).astype("uint8")


def measure(model, faces, beside, label, prior, row):
    """Put into `row` what can be measured, and why the rest cannot; return the pictures to keep."""
    pictures = {}

    def attempt(what, function, *arguments):
        try:
            return function(model, faces, *arguments)
        except Exception as error:
            traceback.print_exc()
            row["notes"].append(f"no {what}: {in_words(error)}")
            return None

    images = attempt("reconstructions", reconstruct, label)
    if images is not None:
        truth = faces.held_out.astype("float32") / np.float32(255.0)
        row["mse"] = float(np.mean(np.square(images - truth), dtype="float64"))
        pictures["reconstructions"] = as_bytes(images)
    if has_tokens(model):
        row |= attempt("tokens", tokens) or {}
    elif model.prior is not None or "kl_loss" in model.term_names:
        row["rate"] = attempt("rate", mean_rate, label)
        row["units"] = attempt("active units", units, label)
    drawn = attempt("samples", draw_samples, beside, prior)
    if drawn is not None:
        samples, row["is_fitted"] = drawn
        pictures["samples"] = as_bytes(np.nan_to_num(samples))
        row |= attempt("distances", lambda _, faces: distances(faces.held_out, samples)) or {}
    return pictures


def in_words(error):
    """What went wrong, in one line."""
    line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {line}"[:300]


def save_pictures(path, **pictures):
    """Pictures as arrays of bytes."""
    with write_aside(path) as aside, open(aside, "wb") as file:
        np.savez_compressed(file, **pictures)


def run_model(name, arguments):
    """Train and measure one model; put what came of it into the results, an error too."""
    card = next(card for card in list_models() if card.name == name)
    try:
        faces = read_faces(arguments)
        model, beside, beside_held_out, row = train(card, faces, arguments)
        label = {} if beside_held_out is None else {"label": beside_held_out}
        pictures = measure(model, faces, beside, label, needs_of(card).prior, row)
        save_pictures(arguments.output_dir / f"{name}.npz", **pictures)
    except Exception as error:
        traceback.print_exc()
        row = {"family": card.family, "notes": [], "error": in_words(error)}
    results = results_file(arguments)
    results.part("models")[name] = row
    results.save()


def run_real_faces(arguments):
    """The faces themselves: what to reconstruct, and how near as many others are to them."""
    faces = read_faces(arguments)
    results = results_file(arguments)
    if not results.part(REAL):
        others = faces.training[: len(faces.held_out)]
        save_pictures(
            arguments.output_dir / "real.npz",
            reconstructions=faces.held_out[:KEPT],
            samples=others[:KEPT],
        )
        results.part(REAL).update(distances(faces.held_out, others))
        results.save()
    if faces.training_labels is None:
        print("There are no labels: models that learn from them are left out.")


def progress(row):
    """What came of a model, in one line."""
    if "error" in row:
        return f"failed: {row['error']}"
    parts = [f"{row['steps']:,} steps of {row['batch']} = {row['epochs']:.2f} epochs"]
    for name, style in {
        "seconds": "{:.1f} CPU s",
        "mse": "MSE {:.4f}",
        "rate": "rate {:.1f}",
        "frechet_distance": "Fréchet {:.3f}",
        "patch_distance": "patches {:.4f}",
    }.items():
        if row.get(name) is not None:
            parts.append(style.format(row[name]))
    return ", ".join(parts + [note for note in row["notes"] if note.startswith("no ")])


def run_all(arguments):
    """Run what is missing, each model in a process of its own."""
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    with lock_folder(arguments.output_dir):
        run_real_faces(arguments)
        names = arguments.models or NAMES
        context = multiprocessing.get_context("spawn")
        for i, name in enumerate(names):
            place = f"[{i + 1:2} of {len(names)}] {name}"
            known = results_file(arguments).part("models").get(name)
            if known is not None and "error" not in known:
                print(f"{place}: is there already", flush=True)
                continue
            started = time.perf_counter()
            process = context.Process(target=run_model, args=(name, arguments))
            process.start()
            process.join()
            taken = time.perf_counter() - started
            if process.exitcode:
                print(f"{place}: ended with status {process.exitcode}, no result", flush=True)
                continue
            row = results_file(arguments).part("models")[name]
            print(f"{place}: {progress(row)} ({taken:.0f} s)", flush=True)


def show(arguments):
    """Draw the picture, print the table, of what is there."""
    path = arguments.output_dir / "zoo.json"
    content = json.loads(path.read_text())
    rows = {name: content["models"].get(name) for name in NAMES}
    rows = {name: row for name, row in rows.items() if row is not None}
    pictures = {}
    for name in ("real", *rows):
        file = arguments.output_dir / f"{name}.npz"
        if file.exists() and "error" not in rows.get(name, {}):
            with np.load(file) as arrays:
                pictures[name] = dict(arrays)
    size = draw_zoo(
        pictures, {name: row["family"] for name, row in rows.items()}, arguments.picture
    )
    print(table(rows, content[REAL], content["settings"]))
    print(f"\n{arguments.picture}: {len(pictures) - 1} models, {size / 2**20:.2f} MiB")


def main():
    """Run, or show."""
    arguments = parse_arguments()
    if arguments.figure:
        show(arguments)
    else:
        run_all(arguments)


if __name__ == "__main__":
    run_script(main, resumable=False)
