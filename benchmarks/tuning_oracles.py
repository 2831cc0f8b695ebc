"""Do the oracles find better trades than chance? Hypervolumes of searches with one budget.

    python benchmarks/tuning_oracles.py
    python benchmarks/tuning_oracles.py --oracles nsga2 random --seeds 0 1 --max-trials 10

For each seed it runs the search of a config with each oracle, and one trial of the default
`ConvVAE`, each by the command `python -m keras_genae.tuning`, so that a stopped benchmark goes on
where it was. All hypervolumes are measured from one reference point: the worst of each objective
among all completed trials of all searches; costs count in decades (log10).

It prints a table, the recommended points beside the default, and writes `oracles.json`.
"""

import csv
import json
import pathlib
import statistics
import subprocess
import sys

import numpy as np
from ruamel.yaml import YAML

from keras_genae.cli.arguments import script_parser
from keras_genae.files import write_aside
from keras_genae.tuning import hypervolume
from keras_genae.tuning.config.objectives import COSTS, directions

ROOT = pathlib.Path(__file__).parent.parent
# The constructor's defaults, and the latent size of the README's first example.
DEFAULT_MODEL = {"latent_dim": 50}


def write_config(content, path):
    """A search space as a file."""
    with write_aside(path) as aside:
        YAML().dump(content, aside)


def search(config, folder, workers):
    """Run or finish a search by the command; its summary."""
    command = [sys.executable, "-m", "keras_genae.tuning", str(config)]
    command += ["--output-dir", str(folder), "--workers", str(workers)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def completed_points(folder, objectives):
    """The objectives of each completed trial, `(n, objectives)`, costs as decades."""
    with open(folder / "trials.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "completed"]
    columns = [
        [float(row[name]) if name not in COSTS else np.log10(float(row[name])) for row in rows]
        for name in objectives
    ]
    return np.array(columns).T


def default_of(content):
    """A search of one trial: the default model on the same data for as many epochs."""
    fixed = {"class": content["model"]["class"], **DEFAULT_MODEL}
    budget = {**content["budget"], "max_trials": 1}
    kept = {name: content[name] for name in ("data", "objectives", "seed")}
    return {"model": fixed, **kept, "budget": budget}


def run_searches(arguments, content):
    """(oracle, seed) → (folder, summary); of the default model under the name "default"."""
    runs = {}
    for seed in arguments.seeds:
        variants = {name: {**content, "oracle": name, "seed": seed} for name in arguments.oracles}
        variants["default"] = default_of({**content, "seed": seed})
        if arguments.max_trials:
            for name in arguments.oracles:
                budget = {**content["budget"], "max_trials": arguments.max_trials}
                variants[name] = {**variants[name], "budget": budget}
        for name, variant in variants.items():
            folder = arguments.output_dir / f"{name}-{seed}"
            path = arguments.output_dir / f"{name}-{seed}.yaml"
            write_config(variant, path)
            runs[name, seed] = folder, search(path, folder, arguments.workers)
            print(f"{name}, seed {seed}: done", flush=True)
    return runs


def compare(runs, arguments, objectives):
    """The table: hypervolumes by oracle and seed, and pruning's share of the training time."""
    points = {key: completed_points(folder, objectives) for key, (folder, _) in runs.items()}
    ways = directions(objectives)
    signs = np.array([1.0 if way == "max" else -1.0 for way in ways])
    reference = signs * (signs * np.concatenate(list(points.values()))).min(axis=0)
    table = {}
    for name in arguments.oracles:
        volumes = [hypervolume(points[name, seed], reference, ways) for seed in arguments.seeds]
        saved = [runs[name, seed][1]["pruning"]["share_saved"] for seed in arguments.seeds]
        table[name] = {
            "hypervolumes": volumes,
            "median": statistics.median(volumes),
            "pruning_share_saved": saved,
        }
    return table, dict(zip(objectives, map(float, reference), strict=True))


def beside_default(runs, arguments, objectives):
    """For each search: the recommended trial's objectives, and the default's."""
    rows = []
    for name in arguments.oracles:
        for seed in arguments.seeds:
            summary, default = runs[name, seed][1], runs["default", seed][1]
            found = summary["recommended"]["measures"]
            usual = default["recommended"]["measures"]
            front = [entry["measures"] for entry in summary["front"]]
            rows.append(
                {
                    "search": f"{name}, seed {seed}",
                    "recommended": {key: found[key] for key in objectives},
                    "default": {key: usual[key] for key in objectives},
                    "recommended_dominates": dominates(found, usual, objectives),
                    "front_dominates": any(dominates(e, usual, objectives) for e in front),
                }
            )
    return rows


def dominates(a, b, objectives):
    """Whether trial `a` is no worse than `b` in every objective, and better in one."""
    signs = [1.0 if way == "max" else -1.0 for way in directions(objectives)]
    gains = [sign * (a[name] - b[name]) for sign, name in zip(signs, objectives, strict=True)]
    return min(gains) >= 0.0 and max(gains) > 0.0


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    config = ROOT / "tuner_configs" / "drawn_faces.yaml"
    parser.add_argument("--config", type=pathlib.Path, default=config)
    parser.add_argument("--oracles", nargs="+", default=["random", "nsga2", "tpe"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--max-trials", type=int, help="(default: the config's)")
    parser.add_argument("--workers", type=int, default=2)
    output_dir = pathlib.Path("runs/tuning_oracles")
    parser.add_argument("--output-dir", type=pathlib.Path, default=output_dir)
    return parser.parse_args()


def main():
    """Search, compare, report."""
    arguments = parse_arguments()
    content = YAML().load(arguments.config)
    objectives = content["objectives"]
    runs = run_searches(arguments, content)
    table, reference = compare(runs, arguments, objectives)
    print(f"\nHypervolume beyond {reference}, costs in decades:")
    for name, entry in table.items():
        volumes = "  ".join(f"{value:.4f}" for value in entry["hypervolumes"])
        saved = ", ".join(f"{100 * share:.0f} %" for share in entry["pruning_share_saved"])
        print(f"{name:>8}  {volumes}  median {entry['median']:.4f}  pruning saved {saved}")
    rows = beside_default(runs, arguments, objectives)
    for row in rows:
        numbers = "; ".join(
            f"{name} {row['recommended'][name]:.6g} (default {row['default'][name]:.6g})"
            for name in objectives
        )
        verdict = "dominates" if row["recommended_dominates"] else "does not dominate"
        is_front_alone = row["front_dominates"] and not row["recommended_dominates"]
        print(
            f"{row['search']}: {numbers}: {verdict} the default"
            + (", a point of the front does" if is_front_alone else "")
        )
    report = {"reference": reference, "oracles": table, "beside_default": rows}
    with write_aside(arguments.output_dir / "oracles.json") as aside:
        aside.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
