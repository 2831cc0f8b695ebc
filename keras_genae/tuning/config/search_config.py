"""A search as a file: what `tuner_configs/*.yaml` say, checked and frozen.

The classes below are the one declaration: the checks, the messages and the JSON schema for editors
all come from them.
"""

import json
import pathlib
from typing import Annotated, Literal

import pydantic
from pydantic import BeforeValidator, Field

from keras_genae.datasets.tables import TABLES
from keras_genae.training import recipe
from keras_genae.tuning.config import checks
from keras_genae.tuning.config.hyperparameters import AnyDeclaration, Value, flat_space
from keras_genae.tuning.config.objectives import COSTS, MEASURES, QUALITIES
from keras_genae.tuning.config.section import Mistake, Section, in_words
from keras_genae.tuning.config.yaml_file import YamlFile

# What each source of examples needs to be told, and what else it may be.
NEEDS = {
    "drawn_faces": ("image_size", "images"),
    "celeba": ("image_size",),
    "idx": ("path",),
    "images": ("path", "image_size"),
    "table": ("path",),
    "drawn_counts": ("examples",),
}
MAY = {
    "celeba": ("path", "images"),
    "idx": ("images",),
    "images": ("images",),
    "table": ("examples",),
}


class ModelSection(Section):
    """The class, and the arguments that all trials share."""

    model_config = pydantic.ConfigDict(extra="allow")

    class_: Literal[*checks.model_classes()] = Field(alias="class")


class DataConfig(Section):
    """Which images or vectors to learn from; labels come with them where the model takes some."""

    source: Literal[*NEEDS]
    """Faces drawn by code, CelebA, the original files of MNIST and its kin, a folder or a zip of
    images; a .npy, .npz (x and y) or .csv file of vectors, or counts drawn by code."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """Of idx files, images and tables; of CelebA, the folder of TensorFlow Datasets."""
    image_size: Annotated[int, Field(ge=8)] | None = None
    """Height and width; idx files bring their own."""
    images: Annotated[int, Field(ge=4)] | None = None
    """How many to use; all by default."""
    examples: Annotated[int, Field(ge=4)] | None = None
    """The same, of a table and of drawn counts."""
    validation_fraction: float = Field(0.1, gt=0, lt=1)
    """The share of them that the qualities are measured on."""

    @pydantic.model_validator(mode="after")
    def _check(self):
        given = self.model_dump(exclude_none=True)
        for name in NEEDS[self.source]:
            if name not in given:
                raise Mistake(f"the source {self.source!r} needs `{name}`.", list(given))
        known = ("source", *NEEDS[self.source], *MAY.get(self.source, ()), "validation_fraction")
        for name in given:
            if name not in known:
                text = f"the source {self.source!r} has no use for {{name}}: leave it out."
                raise Mistake(text, given[name], (name,))
        return self


class BudgetConfig(Section):
    """How much a search may spend."""

    max_trials: int = Field(ge=1)
    """How many models to train at most."""
    epochs: int = Field(ge=1)
    """Of each."""
    batch_size: int = Field(recipe.BATCH, ge=1)
    """Of each, where it is no hyperparameter."""
    learning_rate: float = Field(recipe.LEARNING_RATE, gt=0)
    """The highest, of each, where it is no hyperparameter."""
    trials_per_process: int = Field(8, ge=1)
    """How many trials share one process before a fresh one takes over."""
    minutes_per_trial: Annotated[float, Field(gt=0)] | None = None
    """A trial that takes longer has failed."""


class PruningConfig(Section):
    """Which trials stop early."""

    median: bool = False
    """Whether one that stands behind the median of its peers at the same epoch does."""
    warmup_epochs: int = Field(1, ge=0)
    """How many epochs each trial is left alone."""


def _check_objective(name):
    if name == "val_loss":
        raise ValueError(
            "`val_loss` is no objective: it moves with `beta`, `free_bits` and the weights of the "
            "other terms, so that two trials are not measured by the same measure (with beta = 0 "
            "it always wins). `val_elbo_per_dim` is the ELBO at beta = 1. "
            f"Allowed: {', '.join(MEASURES)}."
        )
    return name


class SearchConfig(Section):
    """A search of `keras_genae.tuning`, as `load_config` returns it."""

    model: ModelSection
    data: DataConfig
    hyperparameters: dict[str, AnyDeclaration] | None = None
    """Name → range or choices; parents before what depends on them."""
    start: dict[str, Value] = {}
    """The values of the first trial: the model that would be used without a search. What is
    recommended is no worse in any objective."""
    objectives: Annotated[
        tuple[Annotated[Literal[*MEASURES], BeforeValidator(_check_objective)], ...],
        Field(strict=False, min_length=1, json_schema_extra={"uniqueItems": True}),
    ]
    """One quality and any costs."""
    oracle: Literal["random", "grid", "bayesian", "hyperband", "nsga2", "tpe"] = "random"
    """What proposes the values of the next trial."""
    budget: BudgetConfig
    pruning: PruningConfig = PruningConfig()
    seed: int = Field(0, ge=0)
    """Of everything random."""

    _file: YamlFile | None = None

    @pydantic.field_validator("objectives")
    @classmethod
    def _quality_first(cls, names):
        if len(set(names)) < len(names):
            raise Mistake("an objective stands twice.", list(names))
        qualities = [name for name in names if name in QUALITIES]
        if len(qualities) != 1:
            text = f"exactly one quality ({', '.join(QUALITIES)}) and any costs"
            raise Mistake(f"{{name}} must be {text} ({', '.join(COSTS)}).", list(names))
        return (qualities[0], *(name for name in names if name not in QUALITIES))

    @pydantic.model_validator(mode="after")
    def _check(self):
        for check in checks.CHECKS:
            check(self)
        return self

    @property
    def path(self):
        """The file it was read from."""
        return self._file.path

    def where(self, *place):
        """`"file:line"` of a place, such as `("hyperparameters", "latent_dim")`."""
        return self._file.where(*place)

    @property
    def model_class(self):
        """Name of a class of the zoo."""
        return self.model.class_

    @property
    def model_arguments(self):
        """Name → value of what every trial has in common."""
        return dict(self.model.model_extra)

    @property
    def space(self):
        """Tuple of `Hyperparameter`, parents before children."""
        return flat_space(self.hyperparameters or {})

    @property
    def start_values(self):
        """`start` as KerasTuner holds values; empty where the oracle chooses the first trial."""
        return {i.name: i.label(self.start[i.name]) for i in self.space if i.name in self.start}

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
        ConfigError: on mistakes, each with its file and line, what was found and what is allowed.
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
    >>> load_config(path).space[0].values
    (4, 32)
    """
    file = YamlFile(path)
    try:
        config = SearchConfig.model_validate(file.values)
    except pydantic.ValidationError as error:
        raise in_words(error, file) from None
    config._file = file
    return config


def with_data_path(config, path):
    """A config with other data: a table, or idx files in place of idx files, else images.

    Args:
        config: `SearchConfig`.
        path: where they are: a file whose name ends as a table's does; a folder or a zip.

    Returns:
        `SearchConfig`.
    """
    source = "idx" if config.data.source == "idx" else "images"
    source = "table" if pathlib.Path(path).suffix in TABLES else source
    data = config.data.model_copy(update={"source": source, "path": str(path)})
    return config.model_copy(update={"data": data})


def schema_text():
    """The JSON schema of search files, as `tuner_configs/search.schema.json` holds it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**schema, **SearchConfig.model_json_schema()}, indent=2) + "\n"
