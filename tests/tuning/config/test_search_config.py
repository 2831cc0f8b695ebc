"""Searches as files: what is read, and every mistake with its line."""

import pathlib

import pytest
from cases import fast

from keras_genae.tuning import ConfigError, load_config
from keras_genae.tuning.config.search_config import BudgetConfig, schema_text
from keras_genae.tuning.trials.preflight import check_models

ROOT = pathlib.Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "tuner_configs").glob("*.yaml"))
LATENT = "latent_dim: {int: [2, 16], log: true}"


# Building the large ones takes seconds.
@pytest.mark.parametrize("path", fast(SHIPPED, SHIPPED[3:4]), ids=lambda path: path.stem)
def test_shipped_searches_are_read_and_their_models_can_be_built(path):
    config = load_config(path)
    assert len(config.space) >= 4
    assert len(config.objectives) >= 2
    # The highest that has been seen to train as well as the default.
    rates = [item.values[1] for item in config.space if item.name == "learning_rate"]
    assert rates and max(rates) <= 4e-3
    small = config.data.image_size or 28
    shape = (small, small, 3 if config.data.image_size else 1)
    vectors = {"drawn_counts": (100,), "table": (64,)}
    check_models(config, vectors.get(config.data.source, shape))


def test_all_are_shipped():
    assert {path.stem for path in SHIPPED} == {
        "adversarial",
        "bounds",
        "celeba_vae",
        "conditional",
        "conv_ae_mnist",
        "conv_vae_mnist",
        "counts",
        "denoising_fashion_mnist",
        "dictionaries",
        "disentanglement",
        "drawn_faces",
        "masked",
        "priors_and_posteriors",
        "quantised",
        "regularised",
    }


def test_values_are_those_of_the_file(config_with):
    config = config_with(("epochs: 2", "epochs: 2, learning_rate: 2e-3, minutes_per_trial: 5"))
    assert config.model_class == "ConvVAE"
    latent_dim, widths = config.space
    assert (latent_dim.kind, latent_dim.values, latent_dim.log) == ("int", (2, 16), True)
    assert widths.values == ((8,), (8, 16))
    assert config.objectives == ("val_elbo_per_dim", "parameters")
    assert config.budget == BudgetConfig(
        max_trials=5, epochs=2, batch_size=32, learning_rate=0.002, minutes_per_trial=5.0
    )
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 3


def test_the_quality_comes_first(config_with):
    config = config_with(("[val_elbo_per_dim, parameters]", "[parameters, val_mse, decode_ms]"))
    assert config.objectives == ("val_mse", "parameters", "decode_ms")


def test_widths_by_depth_first_and_growth(config_with):
    parts = "widths: {depth: {int: [2, 4]}, first: {choice: [8]}, growth: {choice: [1, 1.5]}}"
    config = config_with(("widths: {choice: [[8], [8, 16]]}", parts))
    names = [item.name for item in config.space]
    assert names == ["latent_dim", "widths.depth", "widths.first", "widths.growth"]


MISTAKES = [
    # What is exchanged for what, the line, and words of the message.
    ("seed: 0", "sead: 0", 9, "Allowed: model, data, hyperparameters"),
    (
        "latent_dim",
        "latentdim",
        4,
        "ConvVAE has no argument 'latentdim' to tune. Did you mean 'latent_dim'? Allowed: latent",
    ),
    ("[2, 16]", "[16, 2]", 4, "turn the two around"),
    ("[2, 16]", "[0, 16]", 4, "must lie above 0"),
    ("[2, 16]", "[2, 16, 32]", 4, "[lowest, highest]"),
    ("[2, 16]", "[2, many]", 4, "`latent_dim.int.1` must be a whole number"),
    ("[2, 16]", "[2.5, 16]", 4, "`latent_dim.int.0` must be a whole number"),
    ("[2, 16]", "[.nan, 16]", 4, "must be a whole number"),
    ("log: true", "log: sometimes", 4, "true or false"),
    ("log: true", "lgo: true", 4, "Did you mean 'log'? Allowed: when, log, int, step"),
    (LATENT, "latent_dim: 16", 4, "exactly one of choice, int, float"),
    (LATENT, "latent_dim: {choice: []}", 4, "at least 1 entry"),
    (LATENT, "latent_dim: {choice: [4, 4]}", 4, "stands twice"),
    (LATENT, "latent_dim: {choice: [4, four]}", 4, "of one kind"),
    (LATENT, "latent_dim: {int: [2, 16], step: 20}", 4, "larger than the range"),
    (LATENT, LATENT + "\n  batch_size: {choice: [0]}", 5, "whole numbers from 1 up"),
    (LATENT, LATENT + "\n  learning_rate: {float: [-1, 1]}", 5, "numbers above 0"),
    (LATENT, LATENT[:-1] + ", when: {widths: 8}}", 4, "stand above it"),
    ("ConvVAE", "ConvVAEE", 1, "must be one of AAE, AdaGVAE, Autoencoder, "),
    ("ConvVAE", "ConvAE", 6, "has no KL divergence"),
    ("ConvVAE}", "ConvVAE, latent_dim: 8}", 4, "fixed in `model`"),
    ("ConvVAE}", "ConvVAE, network: mlp}", 1, "no argument 'network'"),
    ("drawn_faces", "drawn", 2, "drawn_faces, celeba, idx, images, table, drawn_counts"),
    ("drawn_faces", "images", 2, "needs `path`"),
    ("image_size: 16", "image_size: 7", 2, "at least 8"),
    ("image_size: 16, ", "", 2, "needs `image_size`"),
    ("images: 200", "images: 200, validation_fraction: 1.0", 2, "below 1"),
    ("images: 200", "images: 200, examples: 200", 2, "has no use for `data.examples`"),
    ("drawn_faces", "drawn_counts", 2, "needs `examples`"),
    ("ConvVAE", "ConditionalVAE", 2, "learns from labels, which are in idx, table, drawn_counts"),
    (
        "model: {class: ConvVAE}\ndata: {source: drawn_faces, image_size: 16, images: 200}",
        "model: {class: IVAE}\ndata: {source: drawn_counts, examples: 200}",
        1,
        "IVAE needs one of `classes`",
    ),
    ("ConvVAE}", "IVAE, prior_network: mlp}", 1, "no argument 'prior_network'"),
    ("val_elbo_per_dim, ", "", 6, "exactly one quality"),
    ("val_elbo_per_dim", "val_loss", 6, "moves with `beta`"),
    ("parameters]", "size]", 6, "flops_per_image"),
    ("parameters]", "parameters, parameters]", 6, "stands twice"),
    (
        "oracle: random",
        "oracle: best",
        7,
        "`oracle` must be one of random, grid, bayesian, hyperband, nsga2, tpe",
    ),
    ("max_trials: 5", "max_trials: 0", 8, "at least 1"),
    ("epochs: 2", "epochs: true", 8, "whole number"),
    ("seed: 0", "seed: -1", 9, "`seed` must be at least 0"),
    ("seed: 0", "seed: 0\nseed: 1", 10, 'duplicate key "seed"'),
    ("seed: 0", "pruning: {median: 1}", 9, "true or false"),
    ("random", "hyperband\npruning: {median: true}", 8, "hyperband stops trials by itself"),
    ("seed: 0", "start: {latent_dim: 17, widths: [8]}", 9, "must be in its range [2, 16]"),
    ("seed: 0", "start: {latent_dim: 4.0, widths: [8]}", 9, "must be in its range [2, 16]"),
    ("seed: 0", "start: {latent_dim: 4, widths: [9]}", 9, "must be in its choices [[8], [8, 16]]"),
    ("seed: 0", "start: {latent_dim: 4}", 9, "needs a value for `widths`"),
    ("seed: 0", "start: {depth: 4}", 9, "Allowed: latent_dim, widths"),
    ("oracle: random", "oracle: grid\nstart: {latent_dim: 4, widths: [8]}", 8, "leave `start` out"),
    ("oracle: random", "oracle: radnom", 7, "Did you mean 'random'?"),
    ("budget: {max_trials: 5, ", "budget: {", 8, "`budget.max_trials` is missing"),
    ("seed: 0", "seed: 0.0", 9, "`seed` must be a whole number"),
    ("val_elbo_per_dim, parameters", "", 6, "at least 1 entry"),
    (LATENT, "latent_dim: {int: [2, 16], choice: [3]}", 4, "exactly one of choice, int, float"),
    (LATENT, "latent_dim: {choice: [.inf]}", 4, "finite number"),
    (LATENT, LATENT[:-1] + ", step: 1}", 4, "is a factor, and must be above 1"),
    (
        LATENT,
        "latent_dim: {depth: {int: [1, 2]}, first: {int: [1, 2]}, growth: {int: [1, 2]}}",
        4,
        "only `widths` has",
    ),
    ("[[8], [8, 16]]", "[[8], [8, 16]], when: {latent_dim: 2}", 5, "that is a range"),
    ("ConvVAE}", "ConvVAE, 7: 8}", 1, "must be strings"),
    ("images: 200}", "images: 200", 3, "no valid YAML"),
    ("seed: 0", "\tseed: 0", 9, "no valid YAML"),
    (
        "seed: 0",
        "seed: !!python/name:os.system 0",
        9,
        "no valid YAML: could not determine a constructor",
    ),
    (
        "[2, 16]",
        "!!python/object/apply:os.system [id]",
        4,
        "no valid YAML: could not determine a constructor",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_line(search_file, old, new, line, words):
    path = search_file((old, new))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert words in message
    assert "Received: " in message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(search_file):
    path = search_file(("epochs: 2", "epochs: 0"), ("random", "best"), ("[2, 16]", "[16, 2]"))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["4", "7", "8"]


def test_a_file_of_nothing_and_a_file_of_noise(tmp_path):
    path = tmp_path / "search.yaml"
    for content in (b"", b"\xff\xfe\x00", b"- 1\n- 2\n", b"[" * 5000, b"x" * 2**21):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"search\.yaml:1"):
            load_config(path)


def test_aliases_are_refused(search_file):
    path = search_file(("seed: 0", "seed: &a 0\npruning: {warmup_epochs: *a}"))
    with pytest.raises(ConfigError, match="aliases"):
        load_config(path)


def test_likelihoods_that_cannot_be_compared(config_with):
    with pytest.raises(ConfigError, match="no density for grey values"):
        config_with((LATENT, LATENT + "\n  likelihood: {choice: [bernoulli, sigma]}"))
    mse = ("val_elbo_per_dim", "val_mse")
    config_with((LATENT, LATENT + "\n  likelihood: {choice: [bernoulli, sigma]}"), mse)


def test_features_are_counted_of_dictionaries_alone(config_with):
    objectives = ("[val_elbo_per_dim, parameters]", "[val_mse, val_l0]")
    with pytest.raises(ConfigError, match="ConvVAE is no sparse dictionary"):
        config_with(objectives)
    changes = [("ConvVAE", "TopKSAE, k: 4"), ("  widths: {choice: [[8], [8, 16]]}\n", "")]
    assert config_with(objectives, *changes).objectives == ("val_mse", "val_l0")


def test_tuning_beta_is_fine_where_the_objective_does_not_move_with_it(config_with):
    config = config_with((LATENT, LATENT + "\n  beta: {float: [0.1, 4]}"))
    assert config.space[1].name == "beta"


def test_values_that_no_model_takes_are_told_with_their_line(config_with):
    config = config_with((LATENT, LATENT + "\n  likelihood: {choice: [sigma, gausian]}"))
    with pytest.raises(ConfigError, match=r"search.yaml:5: no model can be built.*gausian"):
        check_models(config, (16, 16, 3))


def test_a_value_under_a_condition_is_built_under_it(config_with):
    extra = (
        "\n  likelihood: {choice: [sigma, gaussian]}"
        "\n  scale: {float: [0.1, 1.0], when: {likelihood: gaussian}}"
    )
    check_models(config_with((LATENT, LATENT + extra)), (16, 16, 3))
    wrong = extra.replace("{likelihood: gaussian}", "{likelihood: sigma}")
    with pytest.raises(ConfigError, match=r"search.yaml:\d"):
        check_models(config_with((LATENT, LATENT + wrong)), (16, 16, 3))


def test_the_schema_for_editors_is_the_declaration():
    shipped = (ROOT / "tuner_configs" / "search.schema.json").read_text()
    assert shipped == schema_text(), (
        "The declaration has changed. Write the schema anew: python -c 'from "
        "keras_genae.tuning.config.search_config import schema_text as s; print(s(), end=str())'"
        " > tuner_configs/search.schema.json"
    )


def test_a_start_is_held_as_kerastuner_holds_values(config_with):
    config = config_with(("seed: 0", "start: {latent_dim: 4, widths: [8, 16]}"))
    assert config.start_values == {"latent_dim": 4, "widths": "8-16"}
    assert config_with().start_values == {}


def test_a_start_has_values_for_what_exists_under_it(config_with):
    network = "network: {choice: [conv, mlp]}"
    kernel = "kernel_size: {choice: [3, 4], when: {network: conv}}"
    vae = ("{class: ConvVAE}", "{class: VAE}")
    space = ("latent_dim:", f"{network}\n  {kernel}\n  latent_dim:")

    def start_of(values):
        return config_with(
            vae, space, ("seed: 0", f"start: {{widths: [8], latent_dim: 4, {values}}}")
        )

    with pytest.raises(ConfigError, match="needs a value for `kernel_size`"):
        start_of("network: conv")
    with pytest.raises(ConfigError, match="there is no `kernel_size`"):
        start_of("network: mlp, kernel_size: 3")
    assert "kernel_size" not in start_of("network: mlp").start_values
    assert start_of("network: conv, kernel_size: 3").start_values["kernel_size"] == 3
