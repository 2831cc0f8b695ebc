"""The table of the zoo: what there is, what each model minimises, and what it is for."""

import dataclasses

import keras

FAMILIES = (
    "autoencoders",
    "regularised",
    "variational",
    "bounds",
    "priors and posteriors",
    "conditional",
    "hierarchical",
    "quantised",
    "dictionaries",
    "adversarial",
)


@dataclasses.dataclass(frozen=True)
class ModelCard:
    """One line of the table.

    Attributes:
        name: of the class, in `keras_genae`.
        family: one of `FAMILIES`.
        minimises: the objective, in nats per example.
        use: what one chooses the model for.
        paper: authors and year; the class's docstring has the titles.
        model_class: the class.
    """

    name: str
    family: str
    minimises: str
    use: str
    paper: str
    model_class: type = dataclasses.field(repr=False)


_CARDS = {}


def zoo_model(family, minimises, use, paper):
    """Class decorator that puts a model into the zoo: into its table, and into `.keras` files.

    Args:
        family, minimises, use, paper: see `ModelCard`.

    Returns:
        The decorator.

    Raises:
        ValueError: on an unknown family, or a name that the zoo has already.
    """
    if family not in FAMILIES:
        raise ValueError(f"`family` must be one of {FAMILIES}. Received: family={family!r}")

    def register(model_class):
        name = model_class.__name__
        if name in _CARDS:
            raise ValueError(f"The zoo has a model of this name. Received: {name}")
        _CARDS[name] = ModelCard(name, family, minimises, use, paper, model_class)
        return keras.saving.register_keras_serializable(package="keras_genae")(model_class)

    return register


def list_models(family=None):
    """The models of the zoo.

    Args:
        family: only those of one of `keras_genae.models.zoo.FAMILIES`; by default all.

    Returns:
        A tuple of `ModelCard`, by family, then by name.

    Raises:
        ValueError: on an unknown family.

    Example:

    >>> import keras_genae as genae
    >>> [card.name for card in genae.list_models("autoencoders")]
    ['Autoencoder', 'ConvAE', 'DenoisingAE']
    >>> genae.list_models("autoencoders")[0].use
    'compression, features'
    """
    if family is not None and family not in FAMILIES:
        raise ValueError(
            f"`family` must be one of {', '.join(map(repr, FAMILIES))}, or None for all. "
            f"Received: family={family!r}"
        )
    return tuple(
        sorted(
            (card for card in _CARDS.values() if family in (None, card.family)),
            key=lambda card: (FAMILIES.index(card.family), card.name.lower()),
        )
    )
