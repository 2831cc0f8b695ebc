"""What the time of a training step on TensorFlow is spent on, `fit` beside its bare loop.

    python benchmarks/step_profile.py
    python benchmarks/step_profile.py --networks mlp_mnist --steps 600

The networks of `rivals.py` train under TensorFlow's profiler. Each operation counts with the
milliseconds from its begin to its end on the thread that started it; several run side by side, so
that they sum to more than the clock's. It prints a table for each network, of kinds of operations,
and leaves `step_profile.json` with the longest of them by name.
"""

import collections
import json
import pathlib
import tempfile

import tensorflow as tf
from rival_networks import NETWORKS
from rivals import bare_tensorflow, images_of, ours, versions
from tensorflow.tsl.profiler.protobuf import xplane_pb2
from turns import seconds_of

from keras_genae.cli.arguments import script_parser, whole_number
from keras_genae.script import run_script

BATCH = 100
# Kind → parts of names of types of operations; the first that fits counts.
KINDS = {
    "convolutions": ("Conv",),
    "matrix products": ("MatMul", "Einsum"),
    "batch normalisation": ("BatchNorm",),
    "the optimizer's step in one piece": ("Xla",),
    "moves and pads": ("Transpose", "Pad", "Slice", "Concat", "Tile", "Reshape", "ToTf", "Cast"),
    "random numbers": ("Random",),
    "input": ("Iterator", "PyFunc"),
}
OTHERS = "others: entries one by one, sums, variables"


def profile_of(run):
    """(network's name/type of operation) → seconds, of all operations of a run."""
    found = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            run()
        (path,) = pathlib.Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace()
        space.ParseFromString(path.read_bytes())
    for plane in space.planes:
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                # Of an operation its place in the graph and its type: "model/dense/MatMul:MatMul".
                if "::" not in name and ": " not in name and ":" in name:
                    found[name] += event.duration_ps / 1e12
    return found


def kind_of(name):
    """The kind of an operation, by its type."""
    type_name = name.rpartition(":")[2]
    return next((k for k, parts in KINDS.items() if any(p in type_name for p in parts)), OTHERS)


def summary(run, steps):
    """Milliseconds a step: by the clock, of each kind, and of the longest."""
    run()
    seconds, cpu = seconds_of(run)
    operations = profile_of(run)
    kinds = collections.Counter()
    for name, duration in operations.items():
        kinds[kind_of(name)] += 1e3 * duration / steps
    longest = {name: 1e3 * duration / steps for name, duration in operations.most_common(20)}
    clock = {"wall": 1e3 * seconds / steps, "cpu": 1e3 * cpu / steps}
    return {**clock, "kinds": dict(kinds.most_common()), "longest": longest}


def print_table(network, rows):
    """A table in Markdown."""
    print(f"\n{network}, milliseconds a step\n")
    print(f"| | {' | '.join(rows)} |")
    print("|---" * (len(rows) + 1) + "|")
    for label, key in (("by the clock", "wall"), ("CPU", "cpu")):
        print(f"| {label} | {' | '.join(f'{row[key]:.2f}' for row in rows.values())} |")
    for kind in [*KINDS, OTHERS]:
        cells = [row["kinds"].get(kind, 0.0) for row in rows.values()]
        if any(cells):
            print(f"| {kind} | {' | '.join(f'{cell:.2f}' for cell in cells)} |", flush=True)


def main():
    """Measure and print."""
    parser = script_parser(__doc__)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS)[:3])
    parser.add_argument("--steps", type=whole_number(1), default=20, help="batches a run")
    parser.add_argument(
        "--output-dir", type=pathlib.Path, default=pathlib.Path("runs/step_profile")
    )
    arguments = parser.parse_args()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    report = {"versions": versions(), "batch": BATCH, "steps": arguments.steps}
    for name in arguments.networks:
        images = images_of(NETWORKS[name].input_shape, BATCH * arguments.steps)
        rows = {}
        for label, make in (("`fit`", ours), ("bare loop", bare_tensorflow)):
            run, _ = make(NETWORKS[name], images, BATCH)
            rows[label] = summary(run, arguments.steps)
        report[name] = rows
        print_table(name, rows)
        (arguments.output_dir / "step_profile.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    run_script(main, resumable=False)
