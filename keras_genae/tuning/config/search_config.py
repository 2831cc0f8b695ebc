"""A search as a file: what `tuner_configs/*.yaml` say, checked and frozen."""

import dataclasses
import pathlib

import keras_genae.models as zoo
from keras_genae.tuning.config.checks import (
    check_comparable,
    check_model_arguments,
    check_objectives_fit,
)
from keras_genae.tuning.config.hyperparameters import read_hyperparameters
from keras_genae.tuning.config.objectives import COSTS, QUALITIES
from keras_genae.tuning.config.space import Hyperparameter
from keras_genae.tuning.config.start import read_start
from keras_genae.tuning.config.yaml_file import read_yaml

SECTIONS = (
    "model",
    "data",
    "hyperparameters",
    "start",
    "objectives",
    "oracle",
    "budget",
    "pruning",
    "seed",
)
SOURCES = ("drawn_faces", "celeba", "idx", "images")
ORACLES = ("random", "grid", "bayesian", "hyperband", "nsga2", "tpe")
# Sources whose images are resized to a size that the file must say.
SIZED = ("drawn_faces", "celeba", "images")


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Which images to learn from.

    Attributes:
        source: `"drawn_faces"`, `"celeba"`, `"idx"` (the original files of MNIST and its kin) or
            `"images"` (a folder or a zip).
        path: of `"idx"` and `"images"`; of `"celeba"`, the folder of TensorFlow Datasets.
        image_size: height and width; `None` for `"idx"`, which brings its own.
        images: how many to use, `None` for all.
        validation_fraction: the share of them that the qualities are measured on.
        where: `"file:line"`.
    """

    source: str
    path: str | None = None
    image_size: int | None = None
    images: int | None = None
    validation_fraction: float = 0.1
    where: str = ""


@dataclasses.dataclass(frozen=True)
class BudgetConfig:
    """How much a search may spend.

    Attributes:
        max_trials: how many models to train at most.
        epochs: of each.
        batch_size, learning_rate: of each, where they are no hyperparameters.
        trials_per_process: how many trials share one process before a fresh one takes over.
        minutes_per_trial: a trial that takes longer has failed; `None` for no limit.
    """

    max_trials: int
    epochs: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    trials_per_process: int = 8
    minutes_per_trial: float | None = None


@dataclasses.dataclass(frozen=True)
class PruningConfig:
    """Which trials stop early.

    Attributes:
        median: whether one that stands behind the median of the others at the same epoch does.
        warmup_epochs: how many epochs each trial is left alone.
    """

    median: bool = False
    warmup_epochs: int = 1


@dataclasses.dataclass(frozen=True)
class SearchConfig:
    """A whole search, as `load_config` returns it.

    Attributes:
        path: the file it was read from.
        model_class: name of a class of the zoo.
        model_arguments: name → value of what every trial has in common.
        data: `DataConfig`.
        hyperparameters: tuple of `Hyperparameter`, parents before children.
        objectives: names, the quality first.
        oracle: which proposer.
        budget: `BudgetConfig`.
        pruning: `PruningConfig`.
        seed: of everything random.
        start: name → value of the hyperparameters of the first trial; empty where the oracle
            chooses it. What is recommended is no worse than this trial in any objective.
        model_where: `"file:line"` of the model.
    """

    path: pathlib.Path
    model_class: str
    model_arguments: dict
    data: DataConfig
    hyperparameters: tuple[Hyperparameter, ...]
    objectives: tuple[str, ...]
    oracle: str
    budget: BudgetConfig
    pruning: PruningConfig
    seed: int
    start: dict = dataclasses.field(default_factory=dict)
    model_where: str = ""

    @property
    def quality(self):
        """The objective that says how good a model is."""
        return self.objectives[0]


def load_config(path):
    """Read and check the file of a search, before anything is trained.

    Args:
        path: a YAML file like those in `tuner_configs/`.

    Returns:
        `SearchConfig`.

    Raises:
        ConfigError: on the first mistake, with its file and line, what was found and what is
            allowed.
        OSError: where the file cannot be read.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "search.yaml"
    >>> _ = path.write_text('''
    ... model: {class: ConvVAE}
    ... data: {source: drawn_faces, image_size: 16, images: 200}
    ... hyperparameters:
    ...   latent_dim: {int: [4, 32], log: true}
    ... objectives: [val_elbo_per_dim, parameters]
    ... budget: {max_trials: 4, epochs: 1}
    ... ''')
    >>> load_config(path).hyperparameters[0].values
    (4, 32)
    """
    path = pathlib.Path(path)
    root = read_yaml(path)
    required = ("model", "data", "objectives", "budget")
    sections = root.mapping(SECTIONS, required, "a search")
    model_class, arguments = _read_model(sections["model"])
    hyperparameters = read_hyperparameters(sections.get("hyperparameters"))
    objectives = _read_objectives(sections["objectives"])
    budget = _read_budget(sections["budget"])
    oracle = sections["oracle"].one_of(ORACLES, "`oracle`") if "oracle" in sections else "random"
    pruning = _read_pruning(sections.get("pruning"), oracle)
    check_model_arguments(model_class, sections["model"], arguments, hyperparameters)
    check_objectives_fit(model_class, sections["objectives"], objectives)
    check_comparable(sections["objectives"], objectives, hyperparameters)
    return SearchConfig(
        path=path,
        model_class=model_class,
        model_arguments=arguments,
        data=_read_data(sections["data"]),
        hyperparameters=hyperparameters,
        objectives=objectives,
        oracle=oracle,
        budget=budget,
        pruning=pruning,
        seed=sections["seed"].whole("`seed`", 0) if "seed" in sections else 0,
        start=read_start(sections.get("start"), hyperparameters, oracle),
        model_where=sections["model"].where,
    )


def with_data_path(config, path):
    """A config with other data: idx files in place of idx files, else a folder or zip of images.

    Args:
        config: `SearchConfig`.
        path: where they are.

    Returns:
        `SearchConfig`.
    """
    source = "idx" if config.data.source == "idx" else "images"
    return dataclasses.replace(
        config, data=dataclasses.replace(config.data, source=source, path=str(path))
    )


def _read_model(tree):
    values = tree.mapping(None, ("class",), "`model`")
    name = values["class"].one_of(tuple(sorted(zoo.__all__)), "`class`")
    arguments = {key: value.plain() for key, value in values.items() if key != "class"}
    return name, arguments


def _read_data(tree):
    allowed = ("source", "path", "image_size", "images", "validation_fraction")
    values = tree.mapping(allowed, ("source",), "`data`")
    source = values["source"].one_of(SOURCES, "`source`")
    if source in ("idx", "images") and "path" not in values:
        tree.fail(f"`data` with the source {source!r} needs a `path`.")
    if source == "drawn_faces" and "path" in values:
        values["path"].fail("drawn faces are drawn, not read: leave `path` out.")
    if source in SIZED and "image_size" not in values:
        tree.fail(f"`data` with the source {source!r} needs an `image_size`, such as 64.")
    if source == "idx" and "image_size" in values:
        values["image_size"].fail("idx files bring their own size: leave `image_size` out.")
    if source == "drawn_faces" and "images" not in values:
        tree.fail("`data` with drawn faces needs `images`: how many to draw.")
    fraction = 0.1
    if "validation_fraction" in values:
        fraction = values["validation_fraction"].number("`validation_fraction`", 0, 1)
    return DataConfig(
        source=source,
        path=values["path"].text("`path`") if "path" in values else None,
        image_size=values["image_size"].whole("`image_size`", 8)
        if "image_size" in values
        else None,
        images=values["images"].whole("`images`", 4) if "images" in values else None,
        validation_fraction=fraction,
        where=tree.where,
    )


def _read_objectives(tree):
    known = (*QUALITIES, *COSTS)
    names = []
    for entry in tree.sequence("`objectives`"):
        if entry.value == "val_loss":
            entry.fail(
                "`val_loss` is no objective: it moves with `beta`, `free_bits` and the weights of "
                "the other terms, so that two trials are not measured by the same measure (with "
                "beta = 0 it always wins). `val_elbo_per_dim` is the ELBO at beta = 1. "
                f"Allowed: {', '.join(known)}."
            )
        names.append(entry.one_of(known, "an objective"))
        if names.count(names[-1]) > 1:
            entry.fail("an objective stands twice.")
    qualities = [name for name in names if name in QUALITIES]
    if len(qualities) != 1:
        tree.fail(
            f"`objectives` needs exactly one quality ({', '.join(QUALITIES)}) and any costs "
            f"({', '.join(COSTS)})."
        )
    return (qualities[0], *(name for name in names if name not in QUALITIES))


def _read_budget(tree):
    fields = {field.name: field for field in dataclasses.fields(BudgetConfig)}
    values = tree.mapping(tuple(fields), ("max_trials", "epochs"), "`budget`")
    floats = ("learning_rate", "minutes_per_trial")
    return BudgetConfig(
        **{
            name: entry.number(f"`{name}`", 0) if name in floats else entry.whole(f"`{name}`", 1)
            for name, entry in values.items()
        }
    )


def _read_pruning(tree, oracle):
    if tree is None:
        return PruningConfig()
    values = tree.mapping(("median", "warmup_epochs"), (), "`pruning`")
    median = values["median"].boolean("`median`") if "median" in values else False
    if median and oracle == "hyperband":
        values["median"].fail("hyperband stops trials by itself: leave `median` out with it.")
    warmup = values["warmup_epochs"].whole("`warmup_epochs`", 0) if "warmup_epochs" in values else 1
    return PruningConfig(median, warmup)
