"""How much of what an accelerator can multiply a residual VAE makes use of, under JAX.

    KERAS_BACKEND=jax python benchmarks/accelerator.py
    KERAS_BACKEND=jax python benchmarks/accelerator.py --widths 1 4 --batches 256 --profile

The network is one that pythae ships, the residual one for CelebA, 64×64×3, where no other is named,
with so many times its filters, in `mixed_bfloat16`. `fit` takes an array of bytes, as a user calls
it; beside it stands the same compiled step on a batch that lies on the device already, called in a
plain loop, and the rate of a product of two 8192×8192 matrices in bfloat16, measured before and
after. Operations of a step are those of its products: forward, and twice as many back.

It prints a table and leaves `accelerator.json`; with `--profile` also how the time of the device is
spread over kinds of kernels.
"""

import collections
import dataclasses
import gzip
import json
import pathlib
import statistics
import tempfile
import time

import jax
import keras
from rival_networks import NETWORKS, keras_networks
from rivals import images_of

import keras_genae as genae
from keras_genae.cli.arguments import script_parser
from keras_genae.networks.flops import count_flops

SIZE, PRODUCTS = 8192, 20
CONVOLUTIONAL = [name for name in NETWORKS if name != "mlp_mnist"]
KINDS = {
    "convolutions and products": ("conv", "gemm", "cutlass", "xmma", "dot", "nvjet", "cudnn"),
    "transposes and copies": ("transpose", "copy", "memcpy", "memset", "nchw", "nhwc"),
    "reductions": ("reduce",),
}


def product_rate():
    """TFLOP/s of a product of two matrices in bfloat16."""
    a, b = (
        jax.random.normal(jax.random.key(i), (SIZE, SIZE), "bfloat16") / SIZE**0.5 for i in (0, 1)
    )
    multiply = jax.jit(lambda a, b: a @ b)
    multiply(a, b).block_until_ready()
    start = time.perf_counter()
    for _ in range(PRODUCTS):
        a = multiply(a, b)
    a.block_until_ready()
    return 2.0 * SIZE**3 * PRODUCTS / (time.perf_counter() - start) / 1e12


def widened(networks, factor):
    """The same networks with so many times the filters, between the image and the code."""

    def wider(specification):
        # Of every layer that has sizes the first is how many filters, units or channels.
        return [
            (name, *(size if i else size * factor for i, size in enumerate(sizes)))
            for name, *sizes in specification
        ]

    # The last layer of the decoder makes the image.
    decoder = [*wider(networks.decoder[:-1]), networks.decoder[-1]]
    return dataclasses.replace(networks, trunk=wider(networks.trunk), decoder=decoder)


def make_model(factor, arguments):
    """The VAE, compiled."""
    encoder, decoder = keras_networks(widened(NETWORKS[arguments.network], factor))
    model = genae.VAE(encoder=encoder, decoder=decoder, likelihood="bernoulli", seed=0)
    model.compile(keras.optimizers.Adam(1e-4), steps_per_execution=arguments.together)
    return model


def state_of(model):
    """What Keras hands to a compiled step."""
    return tuple(
        [variable.value for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
    )


def seconds_of(run, rounds):
    """The median of its seconds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def measure(factor, batch, arguments):
    """A row of the table."""
    images = images_of(NETWORKS[arguments.network].input_shape, batch * arguments.steps)
    model = make_model(factor, arguments)

    def fit():
        model.fit(images, batch_size=batch, epochs=1, verbose=0)

    fit()
    row = {"times the filters": factor, "batch": batch, "parameters": model.count_params()}
    row["fit"] = seconds_of(fit, arguments.rounds) / arguments.steps
    step = jax.jit(model.train_step, donate_argnums=0)
    on_device = jax.device_put(images[:batch])
    row["operations"] = 3 * batch * (count_flops(model.encoder) + count_flops(model.decoder))
    held = {"state": jax.tree.map(lambda value: value.copy(), state_of(model))}

    def loop():
        for _ in range(arguments.steps):
            _, held["state"] = step(held["state"], ([], on_device))
        jax.block_until_ready(held["state"])

    loop()
    row["step"] = seconds_of(loop, arguments.rounds) / arguments.steps
    if arguments.profile:
        row["profile"] = profile_of(loop)
        row["profile of fit"] = profile_of(fit)
    return row


def profile_of(run):
    """Kind of kernel → seconds of the device, and the longest of them by name."""
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder, create_perfetto_trace=True):
            run()
        (path,) = pathlib.Path(folder).rglob("perfetto_trace.json.gz")
        events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
    names = {e["pid"]: e["args"]["name"] for e in events if e.get("name") == "process_name"}
    lanes = {
        (e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"
    }
    kinds, kernels = collections.Counter(), collections.Counter()
    for event in events:
        lane = lanes.get((event.get("pid"), event.get("tid")), "")
        if "/device:" not in names.get(event.get("pid"), "") or "Stream" not in lane:
            continue
        name = event["name"].lower()
        kind = next((k for k, parts in KINDS.items() if any(p in name for p in parts)), "others")
        kinds[kind] += event.get("dur", 0) / 1e6
        kernels[event["name"][:60]] += event.get("dur", 0) / 1e6
    return {"kinds": dict(kinds.most_common()), "kernels": dict(kernels.most_common(12))}


def main():
    """Measure and print."""
    parser = script_parser(__doc__)
    parser.add_argument(
        "--widths", type=int, nargs="+", default=[1, 2, 4], help="times the filters"
    )
    parser.add_argument("--batches", type=int, nargs="+", default=[128, 512], help="images each")
    parser.add_argument("--steps", type=int, default=30, help="batches a round")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    parser.add_argument("--network", choices=CONVOLUTIONAL, default="resnet_celeba")
    parser.add_argument("--together", type=int, help="steps per execution; by default fit's own")
    parser.add_argument("--policy", default="mixed_bfloat16", help="Keras dtype policy")
    parser.add_argument("--profile", action="store_true", help="say what the device does")
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/accelerator"))
    arguments = parser.parse_args()
    keras.config.set_dtype_policy(arguments.policy)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    device = jax.devices()[0].device_kind
    before = product_rate()
    print(f"{device}: bfloat16 products {before:.0f} TFLOP/s")
    rows = []
    print("| filters | batch | parameters | images/s, fit | on device | TFLOP/s | of products |")
    print("|---|---|---|---|---|---|---|")
    for factor in arguments.widths:
        for batch in arguments.batches:
            row = measure(factor, batch, arguments)
            rate = row["operations"] / row["step"] / 1e12
            print(
                f"| × {factor} | {batch} | {row['parameters']:,} | {batch / row['fit']:,.0f} | "
                f"{batch / row['step']:,.0f} | {rate:.1f} | {rate / before:.3f} |",
                flush=True,
            )
            if arguments.profile:
                print(
                    json.dumps(row["profile"]["kinds"]), json.dumps(row["profile of fit"]["kinds"])
                )
                print(json.dumps(row["profile"]["kernels"]))
            rows.append(row)
            report = {"device": device, "jax": jax.__version__, "products": before, "rows": rows}
            (arguments.output_dir / "accelerator.json").write_text(json.dumps(report, indent=2))
    print(f"{device}: bfloat16 products {product_rate():.0f} TFLOP/s at the end")


if __name__ == "__main__":
    main()
