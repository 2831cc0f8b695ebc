"""Images per second of `fit` against bare loops of the same network on the same data.

    python benchmarks/training_throughput.py
    python benchmarks/training_throughput.py --steps 10 --rounds 5 --json result.json

Contenders, in one process, taking turns round by round so that a slow moment of the machine meets
all of them:

- `fit`: `VAE.fit` of this package, with four strided convolutions and their mirror;
- `default`: `ConvVAE.fit` with the package's own networks and recipe, which is not the same work;
- `bare`: a `tf.function` with its own loss, gradient and Adam step, called in a plain loop;
- `torch`: the same network in PyTorch, channels last, where PyTorch is installed;
- `pythae`: its `VAE` with that network and its own trainer, where it is installed.

It prints a table and a JSON line: median and best images per second over the rounds, CPU seconds
per round, and the ratio of `fit` to each other contender, the median over rounds of their ratio.
"""

import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from turns import take_turns

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import script_parser

LATENT_DIM = 64
WIDTHS = (32, 64, 128, 256)
LEARNING_RATE = 1e-3


def networks(input_shape):
    """Encoder and decoder, of layers that every contender has."""
    size = input_shape[0] // 2 ** len(WIDTHS)
    options = {"kernel_size": 4, "strides": 2, "padding": "same"}
    image, z = keras.Input(input_shape), keras.Input((LATENT_DIM,))
    x = image
    for width in WIDTHS:
        x = layers.Conv2D(width, activation="silu", **options)(x)
    x = layers.Flatten()(x)
    encoder = keras.Model(image, [layers.Dense(LATENT_DIM)(x), layers.Dense(LATENT_DIM)(x)])
    x = layers.Dense(size * size * WIDTHS[-1], activation="silu")(z)
    x = layers.Reshape((size, size, WIDTHS[-1]))(x)
    for width in WIDTHS[-2::-1]:
        x = layers.Conv2DTranspose(width, activation="silu", **options)(x)
    x = layers.Conv2DTranspose(input_shape[-1], **options)(x)
    return encoder, keras.Model(z, x)


def fit_contender(images, batch, steps):
    """`VAE.fit`."""
    encoder, decoder = networks(images.shape[1:])
    model = genae.VAE(encoder=encoder, decoder=decoder, likelihood="bernoulli", seed=0)
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE))
    return fitting(model, images, batch, steps)


def default_contender(images, batch, steps):
    """`ConvVAE.fit` as it comes."""
    model = genae.ConvVAE(images.shape[1:], LATENT_DIM, likelihood="bernoulli", seed=0)
    model.compile()
    return fitting(model, images, batch, steps)


def fitting(model, images, batch, steps):
    """A round of `fit`."""
    batches = datasets.training_batches(images, batch, seed=0)

    def run():
        model.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False)

    return run


def bare_contender(images, batch, steps):
    """The same network, loss and optimizer with no `fit` around them."""
    encoder, decoder = networks(images.shape[1:])
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(variables)

    @tf.function
    def step(x):
        x = tf.cast(x, "float32") / 255.0
        with tf.GradientTape() as tape:
            mean, log_var = encoder(x, training=True)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            logits = decoder(z, training=True)
            distortion = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
            rate = 0.5 * (tf.square(mean) + tf.exp(log_var) - log_var - 1.0)
            loss = (tf.reduce_sum(distortion) + tf.reduce_sum(rate)) / tf.cast(len(x), "float32")
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    batches = datasets.training_batches(images, batch, seed=0)

    def run():
        for x in batches.take(steps):
            loss = step(x)
        loss.numpy()  # Wait for the last step.

    return run


def torch_networks(input_shape):
    """The encoder's trunk and the decoder in PyTorch, layer for layer."""
    from torch import nn

    size, channels = input_shape[0], (input_shape[-1], *WIDTHS)
    stages = len(WIDTHS)
    if size % 2**stages:
        raise ValueError(f"The PyTorch twin needs a multiple of {2**stages}. Received: {size}")
    inner = size // 2**stages
    trunk, decoder = [], [nn.Linear(LATENT_DIM, inner * inner * WIDTHS[-1]), nn.SiLU()]
    decoder.append(nn.Unflatten(1, (WIDTHS[-1], inner, inner)))
    for i in range(stages):
        trunk += [nn.Conv2d(channels[i], channels[i + 1], 4, stride=2, padding=1), nn.SiLU()]
    for i in reversed(range(stages)):
        decoder.append(nn.ConvTranspose2d(channels[i + 1], channels[i], 4, stride=2, padding=1))
        decoder += [nn.SiLU()] if i else []
    return nn.Sequential(*trunk, nn.Flatten()), nn.Sequential(*decoder), inner**2 * WIDTHS[-1]


def torch_contender(images, batch, steps):
    """The same network and loss in PyTorch."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    trunk, decoder, features = torch_networks(images.shape[1:])
    heads = nn.Linear(features, 2 * LATENT_DIM)
    parts = nn.ModuleList([trunk, heads, decoder]).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(parts.parameters(), LEARNING_RATE)
    rng = np.random.default_rng(0)

    def run():
        order = rng.permutation(len(images))
        for i in range(steps):
            rows = np.take(order, range(i * batch, (i + 1) * batch), mode="wrap")
            # A permuted view of (n, h, w, c) is channels-last already.
            x = torch.from_numpy(images[rows]).permute(0, 3, 1, 2).float() / 255.0
            mean, log_var = heads(trunk(x)).chunk(2, dim=1)
            z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            distortion = nn.functional.binary_cross_entropy_with_logits(
                decoder(z), x, reduction="sum"
            )
            rate = 0.5 * (mean.square() + log_var.exp() - log_var - 1.0).sum()
            loss = (distortion + rate) / batch
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return run


def pythae_contender(images, batch, steps):
    """pythae's `VAE` with this network, trained by its `TrainingPipeline`."""
    import logging

    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig
    from torch import nn

    logging.disable(logging.INFO)
    trunk, decoder, features = torch_networks(images.shape[1:])

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.trunk = trunk
            self.mean = nn.Linear(features, LATENT_DIM)
            self.log_var = nn.Linear(features, LATENT_DIM)

        def forward(self, x):
            hidden = self.trunk(x)
            return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_var(hidden))

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.net = decoder

        def forward(self, z):
            return ModelOutput(reconstruction=self.net(z).sigmoid())

    height, width, channels = images.shape[1:]
    model = VAE(
        VAEConfig(input_dim=(channels, height, width), latent_dim=LATENT_DIM,
                  reconstruction_loss="bce"),
        encoder=Encoder(),
        decoder=Decoder(),
    )  # fmt: skip
    data = np.moveaxis(images[: batch * steps], -1, 1) / np.float32(255)
    folder = tempfile.mkdtemp()

    def run():
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=1,
            per_device_train_batch_size=batch,
            learning_rate=LEARNING_RATE,
            optimizer_cls="Adam",
            no_cuda=True,
        )
        TrainingPipeline(model=model, training_config=config)(train_data=data)

    return run


def measure(contenders, images_per_round, rounds):
    """Name → images per second and CPU seconds of each round."""
    results = {name: {"rate": [], "cpu": []} for name in contenders}
    for name in take_turns(contenders, rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        contenders[name]()
        results[name]["cpu"].append(time.process_time() - cpu)
        results[name]["rate"].append(images_per_round / (time.perf_counter() - wall))
    return results


def versions():
    """What was measured, on what."""
    packages = ["keras", "tensorflow", "torch", "pythae"]
    found = {p: importlib.metadata.version(p) for p in packages if importlib.util.find_spec(p)}
    return {**found, "python": platform.python_version(), "cores": os.cpu_count()}


def main():
    """Measure and print."""
    parser = script_parser(__doc__)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=16, help="steps a round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--json", metavar="FILE", help="write the JSON line there as well")
    arguments = parser.parse_args()

    images, _ = datasets.draw_faces(arguments.batch * arguments.steps, arguments.image_size)
    makers = {"fit": fit_contender, "bare": bare_contender, "default": default_contender}
    if importlib.util.find_spec("torch"):
        makers["torch"] = torch_contender
    if importlib.util.find_spec("pythae"):
        makers["pythae"] = pythae_contender
    contenders = {
        name: make(images, arguments.batch, arguments.steps) for name, make in makers.items()
    }
    results = measure(contenders, arguments.batch * arguments.steps, arguments.rounds)

    report = {"versions": versions(), "batch": arguments.batch, "image_size": arguments.image_size}
    print(f"\n{'':10}{'median':>9}{'best':>9}  images/s   {'CPU s':>7}  fit against it")
    for name, result in results.items():
        ratios = [a / b for a, b in zip(results["fit"]["rate"], result["rate"], strict=True)]
        report[name] = {
            "median": round(statistics.median(result["rate"]), 1),
            "best": round(max(result["rate"]), 1),
            "cpu_seconds": round(statistics.median(result["cpu"]), 2),
            "fit_ratio": round(statistics.median(ratios), 3),
            "fit_ratio_of_best": round(max(results["fit"]["rate"]) / max(result["rate"]), 3),
        }
        row = report[name]
        print(
            f"{name:10}{row['median']:9.0f}{row['best']:9.0f}{'':13}{row['cpu_seconds']:7.1f}"
            f"  {row['fit_ratio']:.3f} (of the best: {row['fit_ratio_of_best']:.3f})"
        )
    line = json.dumps(report)
    print(f"\n{line}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(line + "\n")


if __name__ == "__main__":
    main()
