"""The table of the zoo."""

import inspect

import pytest
from zoo import CONFIGS

import keras_genae as genae
from keras_genae.models.zoo import FAMILIES, zoo_model


def test_the_table_lists_every_public_model_and_no_other():
    public = {
        name
        for name, thing in vars(genae).items()
        if inspect.isclass(thing) and issubclass(thing, genae.Autoencoder)
    }
    cards = genae.list_models()
    assert [card.name for card in cards] == [card.model_class.__name__ for card in cards]
    assert {card.name for card in cards} == public
    assert all(getattr(genae, card.name) is card.model_class for card in cards)


def test_every_model_of_the_table_is_in_the_tests_of_the_zoo():
    tested = {model_class for model_class, _ in CONFIGS.values()}
    assert {card.model_class for card in genae.list_models()} == tested


def test_every_card_says_something_and_names_the_papers_of_its_docstring():
    for card in genae.list_models():
        assert card.family in FAMILIES and card.minimises and card.use
        docstring = inspect.getdoc(card.model_class)
        for paper in card.paper.split("; "):
            author, year = paper.split()[0], paper.split()[-1]
            assert author in docstring and year in docstring, f"{card.name}: {paper}"


def test_a_family_is_a_part_of_the_table():
    assert sum(len(genae.list_models(family)) for family in FAMILIES) == len(genae.list_models())
    with pytest.raises(ValueError, match="`family` must be one of"):
        genae.list_models("vae")


def test_a_name_can_be_taken_only_once():
    with pytest.raises(ValueError, match="of this name"):
        zoo_model("variational", "", "", "")(type("VAE", (), {}))


def test_the_readme_has_the_table(request):
    readme = (request.config.rootpath / "README.md").read_text("utf-8")
    for card in genae.list_models():
        minimises = card.minimises.replace("|", "\\|")
        assert f"| `{card.name}` | {minimises} | {card.use} | {card.paper} |" in readme
