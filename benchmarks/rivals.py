"""This package on each backend against bare loops, PyTorch tuned by hand, and other libraries.

    make benchmark-rivals
    python benchmarks/rivals.py --networks mlp_mnist resnet_mnist --rounds 5

Each contender trains the same networks, those that pythae ships for MNIST and CelebA, on the same
images with the same loss, optimizer and batches, in a process of its own that sees the same cores;
they take turns round by round, so that a slow moment of the machine meets all of them. Numbers of
parameters are asserted equal. Contenders:

- `tensorflow`, `jax`, `torch`: `VAE.fit` on that backend, on an array of bytes, as a user calls it:
  an epoch of a run of twenty;
- `bare tensorflow`, `bare jax`: a compiled step in a plain loop, with nothing around it;
- `tuned torch`: PyTorch by hand, channels last and compiled;
- `pythae`: its `VAE` with its own networks, trained by its own pipeline, as it comes;
- `autoencoders`: its variational autoencoder around the networks of `tuned torch`, trained by its
  own trainer; it knows no cross-entropy, so its loss is the squared error.

What is not installed is left out. It prints a table for each network, and leaves `rivals.json`:
images per second (median and best), CPU seconds and peak memory of a process. Where there is a GPU
that a backend finds, it trains there; PyTorch by hand may round products to TF32 there, as the
others do, and rounds have to be longer: `--steps 300`.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import statistics

import numpy as np
from rival_networks import LATENT_DIM, NETWORKS, keras_networks, torch_networks
from worker import Worker, serve

LEARNING_RATE = 1e-3
SEED = 0
# A round of ours is the last epoch of a run of so many.
EPOCHS = 20
BACKEND_OF = {
    "tensorflow": "tensorflow",
    "bare tensorflow": "tensorflow",
    "jax": "jax",
    "bare jax": "jax",
    "torch": "torch",
    "tuned torch": "torch",
    "pythae": "torch",
    "autoencoders": "torch",
}
# What a contender needs beside its backend.
PACKAGES = ("pythae", "autoencoders")
OURS = ("tensorflow", "jax", "torch")


def images_of(input_shape, count):
    """Bytes like those of digits or faces: blobs of light, which no network finds odd."""
    height, width, channels = input_shape
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[:height, :width] / height
    images = np.empty((count, *input_shape), "uint8")
    # One by one: as an array of floats they would be the most that a process ever holds.
    for image in images:
        center = rng.uniform(0.2, 0.8, 2)
        blob = np.exp(-40.0 * ((y - center[0]) ** 2 + (x - center[1]) ** 2))
        image[:] = np.round(255.0 * blob[..., None] * rng.uniform(0.3, 1.0, channels))
    return images


# Contenders: of networks and images each makes a function that trains on all of the images once,
# and tells the number of its parameters.


def ours(networks, images, batch):
    """`fit` of this package."""
    import keras

    import keras_genae as genae

    encoder, decoder = keras_networks(networks)
    model = genae.VAE(encoder=encoder, decoder=decoder, likelihood="bernoulli", seed=SEED)
    model.compile(keras.optimizers.Adam(LEARNING_RATE))
    trained = sum(v.numpy().size for v in encoder.trainable_variables + decoder.trainable_variables)
    epochs = {"initial_epoch": EPOCHS - 1, "epochs": EPOCHS}
    return lambda: model.fit(images, batch_size=batch, verbose=0, **epochs), trained


def negative_elbo(mean, log_var, logits, x):
    """The loss of a batch, by `keras.ops`."""
    from keras import ops

    distortion = ops.sum(ops.softplus(logits) - x * logits)
    rate = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_var) - log_var - 1.0)
    return (distortion + rate) / len(x)


def batches_of(images, batch, rng):
    """Shuffled batches of bytes."""
    order = rng.permutation(len(images))
    for start in range(0, len(images), batch):
        yield images[order[start : start + batch]]


def bare_tensorflow(networks, images, batch):
    """A `tf.function` in a plain loop."""
    import keras
    import tensorflow as tf

    encoder, decoder = keras_networks(networks)
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(variables)

    @tf.function(reduce_retracing=True)
    def step(x):
        x = tf.cast(x, "float32") / 255.0
        with tf.GradientTape() as tape:
            mean, log_var = encoder(x, training=True)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            loss = negative_elbo(mean, log_var, decoder(z, training=True), x)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    rng = np.random.default_rng(SEED)

    def run():
        for x in batches_of(images, batch, rng):
            loss = step(x)
        loss.numpy()

    return run, sum(int(np.prod(v.shape)) for v in variables)


def bare_jax(networks, images, batch):
    """A jitted step in a plain loop."""
    import jax
    import keras

    encoder, decoder = keras_networks(networks)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    parts = encoder, decoder
    learnt = [[v.value for v in part.trainable_variables] for part in parts]
    others = [[v.value for v in part.non_trainable_variables] for part in parts]
    optimizer.build(encoder.trainable_variables + decoder.trainable_variables)

    def loss_of(learnt, others, x, key):
        heads, others_e = encoder.stateless_call(learnt[0], others[0], x, training=True)
        mean, log_var = heads
        z = mean + jax.numpy.exp(0.5 * log_var) * jax.random.normal(key, mean.shape)
        logits, others_d = decoder.stateless_call(learnt[1], others[1], z, training=True)
        return negative_elbo(mean, log_var, logits, x), [others_e, others_d]

    @jax.jit
    def step(learnt, others, state, x, key):
        x = x.astype("float32") / 255.0
        (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            learnt, others, x, key
        )
        flat, state = optimizer.stateless_apply(
            state, gradients[0] + gradients[1], learnt[0] + learnt[1]
        )
        count = len(learnt[0])
        return [flat[:count], flat[count:]], others, state, loss

    rng, state = np.random.default_rng(SEED), [v.value for v in optimizer.variables]
    held = {"state": (learnt, others, state), "key": jax.random.key(SEED)}

    def run():
        for x in batches_of(images, batch, rng):
            held["key"], key = jax.random.split(held["key"])
            *new, loss = step(*held["state"], x, key)
            held["state"] = tuple(new)
        loss.block_until_ready()

    return run, sum(v.size for part in learnt for v in part)


def tuned_torch(networks, images, batch):
    """PyTorch by hand: channels last, compiled."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    torch.set_float32_matmul_precision("high")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    trunk, features, decoder = torch_networks(networks)
    heads = nn.Linear(features, 2 * LATENT_DIM)
    parts = nn.ModuleList([trunk, heads, decoder]).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(parts.parameters(), LEARNING_RATE, fused=True)

    @torch.compile
    def loss_of(x):
        mean, log_var = heads(trunk(x)).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        distortion = nn.functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
        rate = 0.5 * (mean.square() + log_var.exp() - log_var - 1.0).sum()
        return (distortion + rate) / len(x)

    rng = np.random.default_rng(SEED)

    def run():
        for rows in batches_of(images, batch, rng):
            # A permuted view of (n, h, w, c) is channels-last already.
            x = torch.from_numpy(rows).to(device, non_blocking=True).permute(0, 3, 1, 2)
            loss = loss_of(x.float() / 255.0)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        loss.item()  # Wait for the last step.

    return run, sum(p.numel() for p in parts.parameters())


def pythae(networks, images, batch):
    """pythae's own networks, model and pipeline."""
    import logging
    import tempfile

    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.models.nn import benchmarks, default_architectures
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig

    logging.disable(logging.INFO)
    height, width, channels = networks.input_shape
    config = VAEConfig(
        input_dim=(channels, height, width), latent_dim=LATENT_DIM, reconstruction_loss="bce"
    )
    if networks.pythae:
        folder, names = networks.pythae.split(".")
        room = importlib.import_module(f"{benchmarks.__name__}.{folder}")
        encoder = getattr(room, names.format("Encoder", "VAE"))(config)
        decoder = getattr(room, names.format("Decoder", "AE"))(config)
    else:
        encoder = default_architectures.Encoder_VAE_MLP(config)
        decoder = default_architectures.Decoder_AE_MLP(config)
    model = VAE(config, encoder=encoder, decoder=decoder)
    data = np.moveaxis(images, -1, 1) / np.float32(255)
    folder = tempfile.mkdtemp()

    def run():
        options = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=1,
            per_device_train_batch_size=batch,
            learning_rate=LEARNING_RATE,
            optimizer_cls="Adam",
            no_cuda=not torch.cuda.is_available(),
        )
        TrainingPipeline(model=model, training_config=options)(train_data=data)

    return run, sum(p.numel() for p in model.parameters())


def autoencoders(networks, images, batch):
    """The model and trainer of `autoencoders`, around the same networks."""
    import torch
    from autoencoders.data.base import TensorSpec
    from autoencoders.models.vae import VariationalAutoencoderConfig, VariationalAutoencoderModel
    from autoencoders.training.trainer import TrainingConfig, VAETrainer
    from torch import nn

    torch.manual_seed(SEED)
    height, width, channels = networks.input_shape
    trunk, features, decoder = torch_networks(networks)
    model = VariationalAutoencoderModel(
        config=VariationalAutoencoderConfig(latent_dim=LATENT_DIM),
        sample_spec=TensorSpec((channels, height, width)),
        encoder=trunk,
        decoder=decoder,
    )
    # It makes the heads by itself only where its own module is the encoder.
    model.mean_projection = nn.Linear(features, LATENT_DIM)
    model.logvar_projection = nn.Linear(features, LATENT_DIM)
    trainer = VAETrainer(model, TrainingConfig(learning_rate=LEARNING_RATE, batch_size=batch))
    data = torch.from_numpy(np.moveaxis(images, -1, 1) / np.float32(255))
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    return lambda: trainer.train_epoch(loader), sum(p.numel() for p in model.parameters())


MAKERS = {
    **dict.fromkeys(OURS, ours),
    "bare tensorflow": bare_tensorflow,
    "bare jax": bare_jax,
    "tuned torch": tuned_torch,
    "pythae": pythae,
    "autoencoders": autoencoders,
}


def ready(arguments):
    """What a contender's process says when it has trained once, and what it does in a round."""
    networks = NETWORKS[arguments.networks[0]]
    images = images_of(networks.input_shape, arguments.batch * arguments.steps)
    run, parameters = MAKERS[arguments.worker](networks, images, arguments.batch)
    run()
    return {"parameters": int(parameters)}, lambda _: run()


def contender(name, network, arguments, log):
    """A process that trains when it is told to."""
    command = [__file__, "--worker", name, "--networks", network]
    command += ["--batch", str(arguments.batch), "--steps", str(arguments.steps)]
    cores = str(os.cpu_count())
    return Worker(
        command,
        log,
        KERAS_BACKEND=BACKEND_OF[name],
        OMP_NUM_THREADS=cores,
        TF_NUM_INTRAOP_THREADS=cores,
        # Several processes share a GPU.
        XLA_PYTHON_CLIENT_PREALLOCATE="false",
    )


def installed(name):
    """Whether a contender can run here."""
    needed = (BACKEND_OF[name], *[package for package in PACKAGES if package == name])
    return all(importlib.util.find_spec(package) for package in needed)


def compare(network, names, arguments, log):
    """Name → rounds, a list of dictionaries."""
    workers, rounds = {}, {name: [] for name in names}
    try:
        for name in names:
            workers[name] = contender(name, network, arguments, log)
        counts = {name: worker.read()["parameters"] for name, worker in workers.items()}
        assert len(set(counts.values())) == 1, f"Not the same networks: {counts}"
        for i in range(arguments.rounds):
            shift = i % len(names)
            for name in names[shift:] + names[:shift]:
                rounds[name].append(workers[name].round())
    finally:
        for worker in workers.values():
            worker.end()
    return rounds, counts[names[0]]


def summary(rounds, images):
    """The numbers of a row: images per second, CPU seconds a round, peak memory."""
    rates = [images / row["wall"] for row in rounds]
    return {
        "median": statistics.median(rates),
        "best": max(rates),
        "cpu_seconds": statistics.median(row["cpu"] for row in rounds),
        "least_cpu_seconds": min(row["cpu"] for row in rounds),
        "peak_mb": max(row["peak_mb"] for row in rounds),
    }


def print_table(network, parameters, rows):
    """A table in Markdown."""
    print(f"\n{network}: {parameters:,} parameters\n")
    print("| | images/s, median | best | CPU s a round | least | peak MB | against pythae |")
    print("|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        against = row["best"] / rows["pythae"]["best"] if "pythae" in rows else float("nan")
        print(
            f"| {name} | {row['median']:,.0f} | {row['best']:,.0f} | {row['cpu_seconds']:.2f} | "
            f"{row['least_cpu_seconds']:.2f} | {row['peak_mb']:,.0f} | {against:.2f} |",
            flush=True,
        )


def versions():
    """What was measured, and on what."""
    packages = ("keras", "tensorflow", "jax", "torch", *PACKAGES)
    found = {p: importlib.metadata.version(p) for p in packages if importlib.util.find_spec(p)}
    return {**found, "python": platform.python_version(), "cores": os.cpu_count()}


def main():
    """Measure and print."""
    # Not by `script_parser`: a rival's process would import this package, and hold its memory.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--contenders", nargs="+", choices=MAKERS, default=list(MAKERS))
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--steps", type=int, default=20, help="batches a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/rivals"))
    parser.add_argument("--worker", choices=MAKERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        serve(lambda: ready(arguments))
        return
    names = [name for name in arguments.contenders if installed(name)]
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    report = {"versions": versions(), "batch": arguments.batch, "steps": arguments.steps}
    print(json.dumps(report))
    with open(arguments.output_dir / "rivals.log", "w") as log:
        for network in arguments.networks:
            rounds, parameters = compare(network, names, arguments, log)
            images = arguments.batch * arguments.steps
            rows = {name: summary(rounds[name], images) for name in names}
            report[network] = {"parameters": parameters, "rounds": rounds, **rows}
            print_table(network, parameters, rows)
            (arguments.output_dir / "rivals.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
