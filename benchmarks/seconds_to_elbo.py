"""Seconds until a validation ELBO is reached, by this package and by pythae.

    python benchmarks/seconds_to_elbo.py --data mnist.npz
    python benchmarks/seconds_to_elbo.py --contenders tensorflow pythae --epochs 40 --rounds 3

The same networks, those of pythae's default MLP, on the same digits of MNIST, grey values in [0, 1]
with a Bernoulli loss, in batches of 100. Each contender trains in a process of its own, one after
the other. Numbers of parameters are asserted equal. Contenders:

- `tensorflow`, `jax`: `VAE.fit` on that backend, with Adam at 1e-3;
- `tensorflow, default optimizer`: the same after `compile()`, whose rate falls until the last of
  the epochs: what it has reached on the way depends on how many there are;
- `pythae`: its `VAE`, trained by its own pipeline, with Adam at 1e-3.

The clock counts what training takes from the call on, compiling too, and no imports. It stands
still while the validation ELBO is measured, after each epoch, from one draw for each image. Between
epochs the ELBO is taken to rise along a straight line; of what the first epoch has reached, the
seconds are those of the whole epoch, and "at most" stands before them. What is not installed is
left out. It prints a table, and leaves `seconds_to_elbo.json`.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from rival_networks import LATENT_DIM, NETWORKS, keras_networks
from rivals import LEARNING_RATE, versions

BATCH, VALIDATION_BATCH = 100, 500
DATA = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", "data"))
MLP = NETWORKS["mlp_mnist"]


class Clock:
    """Wall and CPU seconds of training, and what was reached at which."""

    def __init__(self):
        self.wall = self.cpu = 0.0
        self.reached = []

    def start(self):
        """Training goes on."""
        self.since = time.perf_counter(), time.process_time()

    def stop(self):
        """What follows is not training."""
        self.wall += time.perf_counter() - self.since[0]
        self.cpu += time.process_time() - self.since[1]

    def note(self, elbo):
        """This was reached by now."""
        self.reached.append({"wall": self.wall, "cpu": self.cpu, "elbo": elbo})


# Contenders: of images, validation images, a clock and the arguments each trains, and tells the
# number of its parameters.


def ours(images, validation, clock, arguments, optimizer=None):
    """`fit` of this package."""
    import keras

    import keras_genae as genae

    class Watch(keras.callbacks.Callback):
        """Stops the clock while `fit` looks at the validation images."""

        def on_test_begin(self, logs=None):
            # The number of steps is known when the last is done.
            keras.ops.convert_to_numpy(self.model.optimizer.iterations)
            clock.stop()

        def on_test_end(self, logs=None):
            # In nats: beta is 1.
            clock.note(-float(logs["loss"]))
            clock.start()

    keras.utils.set_random_seed(arguments.seed)
    encoder, decoder = keras_networks(MLP)
    model = genae.VAE(encoder=encoder, decoder=decoder, likelihood="bernoulli", seed=arguments.seed)
    model.compile(**({"optimizer": optimizer()} if optimizer else {}))
    clock.start()
    model.fit(
        images,
        batch_size=BATCH,
        epochs=arguments.epochs,
        validation_data=(validation,),
        validation_batch_size=VALIDATION_BATCH,
        callbacks=[Watch()],
        verbose=0,
    )
    return sum(v.numpy().size for v in encoder.trainable_variables + decoder.trainable_variables)


def ours_with_adam(images, validation, clock, arguments):
    """`fit` of this package, with the optimizer that pythae is given."""
    import keras

    return ours(images, validation, clock, arguments, lambda: keras.optimizers.Adam(LEARNING_RATE))


def pythae(images, validation, clock, arguments):
    """pythae's own networks, model and pipeline."""
    import logging

    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    class Watch(TrainingCallback):
        """Stops the clock at the end of an epoch, and measures."""

        def on_epoch_end(self, training_config, **kwargs):
            clock.stop()
            model.eval()  # The pipeline turns it back when the next epoch begins.
            with torch.no_grad():
                parts = model({"data": torch.from_numpy(validation).to(model.device)})
            clock.note(-float(parts.recon_loss + parts.reg_loss))
            clock.start()

    logging.disable(logging.INFO)
    torch.manual_seed(arguments.seed)
    images, validation = (np.moveaxis(x, -1, 1) / np.float32(255) for x in (images, validation))
    model = VAE(
        VAEConfig(input_dim=images.shape[1:], latent_dim=LATENT_DIM, reconstruction_loss="bce")
    )
    with tempfile.TemporaryDirectory() as folder:
        options = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=arguments.epochs,
            per_device_train_batch_size=BATCH,
            learning_rate=LEARNING_RATE,
            optimizer_cls="Adam",
            seed=arguments.seed,
            no_cuda=not torch.cuda.is_available(),
        )
        clock.start()
        pipeline = TrainingPipeline(model=model, training_config=options)
        pipeline(train_data=images, callbacks=[Watch()])
    return sum(p.numel() for p in model.parameters())


# Name → what trains, Keras's backend, the packages that it needs.
CONTENDERS = {
    "tensorflow": (ours_with_adam, "tensorflow", ("tensorflow",)),
    "jax": (ours_with_adam, "jax", ("jax",)),
    "tensorflow, default optimizer": (ours, "tensorflow", ("tensorflow",)),
    "pythae": (pythae, "torch", ("torch", "pythae")),
}


def load(path):
    """Bytes of training and test images, `(n, 28, 28, 1)`, of an .npz or a folder of idx files."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            parts = file["x_train"], file["x_test"]
    else:
        from keras_genae import datasets

        parts = [datasets.load_idx_folder(path, split)[0] for split in ("train", "test")]
    return [part.reshape(-1, *MLP.input_shape) for part in parts]


def work(arguments):
    """What a contender's process does: it trains, and says in a line of JSON how it went."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What libraries print goes elsewhere.
    train, _, _ = CONTENDERS[arguments.worker]
    clock = Clock()
    with np.load(arguments.data) as file:
        parameters = train(file["images"], file["validation"], clock, arguments)
    print(json.dumps({"parameters": int(parameters), "epochs": clock.reached}), file=out)


def trained(name, seed, data, arguments, log):
    """Let a contender train in a process of its own."""
    command = [sys.executable, __file__, "--worker", name, "--data", str(data)]
    command += ["--epochs", str(arguments.epochs), "--seed", str(seed)]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "KERAS_BACKEND": CONTENDERS[name][1]}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"error: {name!r} failed: seconds_to_elbo.log says why")
    return json.loads(done.stdout)


def seconds_to(target, epochs, kind):
    """Seconds until the ELBO was there, wall or CPU, and whether earlier; `None` where never."""
    for before, after in zip([None, *epochs], epochs, strict=False):
        if after["elbo"] < target:
            continue
        if before is None:
            return after[kind], True
        share = (target - before["elbo"]) / (after["elbo"] - before["elbo"])
        return before[kind] + share * (after[kind] - before[kind]), False
    return None, False


def summary(runs, targets):
    """The numbers of a row: medians over the rounds, where all of them came so far."""
    row = {"targets": {}}
    for target in targets:
        row["targets"][target] = found = {}
        for kind in ("wall", "cpu"):
            seconds, earlier = zip(
                *(seconds_to(target, run["epochs"], kind) for run in runs), strict=True
            )
            found[kind] = None if None in seconds else statistics.median(seconds)
            found["at_most"] = any(earlier)
    row["best_elbo"] = statistics.median(max(e["elbo"] for e in run["epochs"]) for run in runs)
    row["epochs"] = len(runs[0]["epochs"])
    for kind in ("wall", "cpu"):
        row[f"all_{kind}"] = statistics.median(run["epochs"][-1][kind] for run in runs)
        row[f"first_{kind}"] = statistics.median(run["epochs"][0][kind] for run in runs)
    return row


def cell(found):
    """Wall and CPU seconds to a target."""
    if found["wall"] is None:
        return "–"
    return f"{'at most ' * found['at_most']}{found['wall']:.1f}; {found['cpu']:.1f}"


def print_table(rows, targets):
    """A table in Markdown."""
    print("\nWall and CPU seconds until the validation ELBO, in nats, was\n")
    heads = [f"{target:g}".replace("-", "−") for target in targets]
    heads += ["first epoch", "all epochs", "epochs", "best ELBO"]
    print(f"| | {' | '.join(heads)} |")
    print("|---" * (len(heads) + 1) + "|")
    for name, row in rows.items():
        cells = [cell(row["targets"][target]) for target in targets]
        cells += [
            f"{row[f'{part}_wall']:.1f}; {row[f'{part}_cpu']:.1f}" for part in ("first", "all")
        ]
        best = f"{row['best_elbo']:.2f}".replace("-", "−")
        print(f"| {name} | {' | '.join(cells)} | {row['epochs']} | {best} |", flush=True)


def parse_arguments():
    """The command line."""
    # Not by `script_parser`: pythae's process would import this package.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data",
        type=pathlib.Path,
        default=DATA / "mnist",
        metavar="PATH",
        help="an .npz of bytes x_train and x_test, or a folder of MNIST's idx files (default: "
        "mnist in KERAS_GENAE_DATA)",
    )
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--targets", type=float, nargs="+", default=[-115.0, -110.0, -107.0])
    parser.add_argument("--images", type=int, default=20_000, help="train on the first so many")
    parser.add_argument("--validation", type=int, default=2000, help="of the test set, the first")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=1, help="each with a seed of its own")
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/seconds_to_elbo")
    )
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    """Measure and print."""
    arguments = parse_arguments()
    if arguments.worker:
        work(arguments)
        return
    names = [
        name
        for name in arguments.contenders
        if all(importlib.util.find_spec(package) for package in CONTENDERS[name][2])
    ]
    training, test = load(arguments.data)
    images, validation = training[: arguments.images], test[: arguments.validation]
    report = {"versions": versions(), "images": len(images), "validation": len(validation)}
    report["batch"] = BATCH
    print(json.dumps(report))
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    runs = {name: [] for name in names}
    with (
        open(arguments.output_dir / "seconds_to_elbo.log", "w") as log,
        tempfile.TemporaryDirectory() as folder,
    ):
        data = pathlib.Path(folder) / "images.npz"
        np.savez(data, images=images, validation=validation)
        for i in range(arguments.rounds):
            shift = i % len(names)
            for name in names[shift:] + names[:shift]:
                run = trained(name, arguments.seed + i, data, arguments, log)
                runs[name].append(run)
                last = run["epochs"][-1]
                print(f"{name}: {last['elbo']:.2f} after {last['wall']:.1f} s", flush=True)
    counts = {name: run["parameters"] for name, (run, *_) in runs.items()}
    assert len(set(counts.values())) == 1, f"Not the same networks: {counts}"
    rows = {name: summary(runs[name], arguments.targets) for name in names}
    print_table(rows, arguments.targets)
    report |= {"parameters": counts[names[0]], "rows": rows, "rounds": runs}
    path = arguments.output_dir / "seconds_to_elbo.json"
    path.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
