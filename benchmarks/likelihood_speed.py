"""Seconds of `log_likelihood` against `get_nll` of pythae, same network, same images, same threads.

    python benchmarks/likelihood_speed.py
    python benchmarks/likelihood_speed.py --images 200 --samples 100 --rounds 3

Both estimate log p(x) by importance sampling on a VAE with one hidden layer of 400 units on each
side and 40 latents; the weights of the one are copied into the other, so that the numbers agree as
well. They take turns round by round in one process. The floor is the matrix products of the
decoder, which is measured too: the same products alone, by NumPy.

Needs PyTorch and pythae (`pip install torch pythae`). It prints seconds, CPU seconds and the ratio,
median and minimum over the rounds.
"""

import contextlib
import io
import json
import statistics
import time

import numpy as np
import torch
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import nn

import keras_genae as genae
from keras_genae.cli.arguments import script_parser
from keras_genae.evaluation.likelihood import log_likelihood

PIXELS, HIDDEN, LATENTS = 784, 400, 40


class Encoder(BaseEncoder):
    """784 → 400 → mean, log σ²."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(PIXELS, HIDDEN)
        self.mean = nn.Linear(HIDDEN, LATENTS)
        self.log_var = nn.Linear(HIDDEN, LATENTS)

    def forward(self, x):
        """The posterior's parameters."""
        hidden = torch.relu(self.hidden(x.reshape(-1, PIXELS)))
        return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_var(hidden))


class Decoder(BaseDecoder):
    """40 → 400 → probabilities of 784 pixels."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(LATENTS, HIDDEN)
        self.raw = nn.Linear(HIDDEN, PIXELS)

    def forward(self, z):
        """The means of p(x|z)."""
        probabilities = torch.sigmoid(self.raw(torch.relu(self.hidden(z))))
        return ModelOutput(reconstruction=probabilities.reshape(-1, 1, 28, 28))


def twins():
    """Our model and pythae's, with the same weights."""
    ours = genae.VAE(
        (PIXELS,), LATENTS, network="mlp", widths=(HIDDEN,), likelihood="bernoulli", seed=0
    )
    config = VAEConfig(
        input_dim=(1, 28, 28),
        latent_dim=LATENTS,
        reconstruction_loss="bce",
        uses_default_encoder=False,
    )
    encoder, decoder = Encoder(), Decoder()
    theirs = VAE(config, encoder=encoder, decoder=decoder).eval()
    pairs = (
        (
            ours.encoder,
            {"stage_1": encoder.hidden, "mean": encoder.mean, "log_var": encoder.log_var},
        ),
        (ours.decoder, {"stage_1": decoder.hidden, "raw": decoder.raw}),
    )
    with torch.no_grad():
        for network, layers in pairs:
            for name, layer in layers.items():
                kernel, bias = network.get_layer(name).get_weights()
                layer.weight.copy_(torch.from_numpy(kernel.T.copy()))
                layer.bias.copy_(torch.from_numpy(bias))
    return ours, theirs


def timed(function):
    """Result, seconds and CPU seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def decoder_products(rows):
    """The decoder's matrix products for as many latent vectors, and nothing else."""
    rng = np.random.default_rng(0)
    z = rng.random((1024, LATENTS), dtype="float32")
    first = rng.random((LATENTS, HIDDEN), dtype="float32")
    second = rng.random((HIDDEN, PIXELS), dtype="float32")
    for _ in range(rows // 1024):
        (z @ first) @ second


def main():
    """Measure and report."""
    parser = script_parser(__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    count, samples = arguments.images, arguments.samples
    ours, theirs = twins()
    rng = np.random.default_rng(0)
    x = (rng.random((count, PIXELS)) < 0.2).astype("float32")
    images = torch.from_numpy(x.reshape(-1, 1, 28, 28))

    def pythae():
        # It returns the mean of log p(x), whatever its name says, and prints as it goes.
        with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
            return theirs.get_nll(images, n_samples=samples, batch_size=samples)

    contenders = {
        "log_likelihood": lambda: log_likelihood(ours, x, num_samples=samples, verbose=0).mean(),
        "pythae": pythae,
        "decoder products": lambda: decoder_products(count * samples),
    }
    log_likelihood(ours, x[:20], num_samples=samples, verbose=0)  # Compiles.
    results = {name: [] for name in contenders}
    for _ in range(arguments.rounds):
        for name, run in contenders.items():
            results[name].append(timed(run))
    report = {"images": count, "samples": samples, "torch_threads": torch.get_num_threads()}
    for name, runs in results.items():
        nats, wall, cpu = zip(*runs, strict=True)
        report[name] = {
            "seconds_median": statistics.median(wall),
            "seconds_min": min(wall),
            "cpu_seconds_median": statistics.median(cpu),
        }
        if nats[0] is not None:
            report[name]["log_likelihood"] = float(nats[0])
    ratios = [
        slow[1] / fast[1]
        for slow, fast in zip(results["pythae"], results["log_likelihood"], strict=True)
    ]
    report["pythae over ours"] = {"median": statistics.median(ratios), "min": min(ratios)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
