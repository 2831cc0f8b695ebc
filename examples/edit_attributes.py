"""A smile put on, glasses taken off: find the directions of attributes in a VAE's latent space.

    python examples/edit_attributes.py                             # drawn faces, which are labelled
    python examples/edit_attributes.py --data-dir train.zip --labels labels.csv
    python examples/edit_attributes.py --data-dir img_align_celeba.zip --labels list_attr_celeba.txt
    python examples/edit_attributes.py --model runs/celeba_vae/model.keras --attributes smile age

The table of labels has a header, the images' names in its first column and an attribute in each
other. It leaves a folder with the model, the directions, their numbers, and figures: faces with
more and less of each attribute, and what else changes with it.
"""

import pathlib

import numpy as np

from keras_genae.cli.arguments import add_face_arguments, add_training_arguments, script_parser
from keras_genae.cli.faces import load_faces
from keras_genae.cli.script import run_script
from keras_genae.cli.training_run import add_model_argument, training_run
from keras_genae.cli.vae import add_vae_arguments, build_vae
from keras_genae.evaluation.attribute_directions import fit_directions
from keras_genae.visualization.plot_direction_side_effects import plot_direction_side_effects
from keras_genae.visualization.plot_edits import plot_edits

FITTED = 10_000
FACES = 2
AMOUNTS = (-3, -2, -1, 0, 1, 2, 3)
# Fewer examples of one of two values say little about it.
LEAST_OF_A_KIND = 20


def parse_arguments():
    """The command line."""
    parser = script_parser(__doc__)
    add_face_arguments(parser)
    group = parser.add_argument_group("attributes")
    group.add_argument(
        "--labels",
        type=pathlib.Path,
        metavar="PATH",
        help="a table of the images' attributes",
    )
    group.add_argument(
        "--attributes",
        nargs="+",
        metavar="NAME",
        help="which to edit (default: the six that the codes tell best)",
    )
    add_model_argument(parser)
    add_vae_arguments(parser)
    add_training_arguments(parser, epochs=8, output_dir="runs/edit_attributes")
    return parser.parse_args()


def load(arguments):
    """Faces with labels."""
    faces = load_faces(arguments, arguments.labels)
    if not faces.labels:
        raise ValueError(
            "A direction is found from images whose attributes are known. Pass a table of them by "
            "--labels, with --data-dir; or draw faces, which bring theirs, by --dataset drawn. "
            f"Received: {faces.source}, without labels"
        )
    unknown = [name for name in arguments.attributes or () if name not in faces.labels]
    if unknown:
        raise ValueError(
            f"There are no labels of these attributes. Known are: {', '.join(faces.labels)}. "
            f"Received: --attributes {' '.join(unknown)}"
        )
    if arguments.attributes:
        faces.labels = {name: faces.labels[name] for name in arguments.attributes}
    return faces


def without_rare(labels):
    """The labels, less those that hardly any image has, or hardly any has not."""

    def is_rare(values):
        kinds, counts = np.unique(values, return_counts=True)
        return len(kinds) < 2 or (len(kinds) == 2 and counts.min() < LEAST_OF_A_KIND)

    return {name: values for name, values in labels.items() if not is_rare(values)}


def best_told(directions, count=6):
    """Names of the attributes that the codes tell best."""

    def skill(name):
        # 0 is chance and 1 perfect for both measures.
        value = directions.separation[name]
        return 2.0 * value - 1.0 if directions.measures[name] == "AUROC" else value

    return sorted(directions.names, key=skill, reverse=True)[:count]


def draw_edits(run, directions, title):
    """Two faces with less and more of each attribute."""
    faces = run.validation[:FACES]
    strips = {name: directions.edit_strip(faces, name, AMOUNTS) for name in directions.names}
    return plot_edits(strips, AMOUNTS, title)


def measure(directions, orthogonal):
    """Name → (value, unit)."""
    separation = {
        f"separation_{name}": (value, f"{directions.measures[name]}, held-out codes")
        for name, value in directions.separation.items()
    }
    unit = "standard deviations of all other scores for one unit, summed"
    effects = directions.total_side_effects
    return {
        **separation,
        **{f"side_effects_{name}": (value, unit) for name, value in effects.items()},
        **{
            f"own_share_{name}": (float(value), "change of its score by one orthogonal unit")
            for name, value in zip(orthogonal.names, np.diag(orthogonal.side_effects), strict=True)
        },
    }


def main():
    """Load, train, find the directions, draw."""
    with training_run(parse_arguments(), build_vae, load) as run:
        fitted = run.training[:FITTED]
        labels = {name: values[:FITTED] for name, values in run.training_labels.items()}
        labels = without_rare(labels)
        if run.arguments.attributes is None:
            names = best_told(fit_directions(run.model, fitted, labels))
            labels = {name: labels[name] for name in names}
        directions = fit_directions(run.model, fitted, labels)
        orthogonal = fit_directions(run.model, fitted, labels, orthogonal=True)

        title = f"Attributes of faces edited: {run.source}"
        side_effects = f"What else an edit changes: {run.source}"
        save = run.folder.save_figure
        save("edits", draw_edits(run, directions, title))
        save("edits_orthogonal", draw_edits(run, orthogonal, f"{title}. Orthogonal directions"))
        save("side_effects", plot_direction_side_effects(directions, side_effects))
        directions.save(run.folder.path / "directions.json")
        orthogonal.save(run.folder.path / "directions_orthogonal.json")
        run.metrics.update(measure(directions, orthogonal))


if __name__ == "__main__":
    run_script(main)
