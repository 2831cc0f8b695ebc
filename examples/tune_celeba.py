"""Find the VAE of faces that is worth its cost, by any tuner of KerasTuner: thirty lines.

    python examples/tune_celeba.py                              # CelebA, by tuner_configs/
    python examples/tune_celeba.py --data-path faces.zip        # your own pictures
    python examples/tune_celeba.py --config tuner_configs/drawn_faces.yaml --trials 4

`python -m keras_genae.tuning` does more: many processes, a front, pruning, resuming.
"""

import argparse
import pathlib

import keras_tuner as kt

from keras_genae import tuning
from keras_genae.progress import fit_verbose
from keras_genae.script import run_script

CONFIGS = pathlib.Path(__file__).parent.parent / "tuner_configs"


def main():
    """Read the space, search it, save the best model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=CONFIGS / "celeba_vae.yaml", help="a search space")
    parser.add_argument("--data-path", help="a folder or zip of pictures to learn from")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--output-dir", type=pathlib.Path, default=pathlib.Path("runs/tune_celeba"))
    arguments = parser.parse_args()

    config = tuning.load_config(arguments.config)
    if arguments.data_path:
        config = tuning.with_data_path(config, arguments.data_path)
    hypermodel = tuning.AutoencoderHyperModel(config)
    tuner = kt.RandomSearch(
        hypermodel,
        hypermodel.objective,
        max_trials=arguments.trials,
        seed=config.seed,
        directory=arguments.output_dir,
        project_name="search",
    )
    tuner.search(verbose=fit_verbose())
    # KerasTuner fills a list of the best with trials that failed, so look at the status.
    best = tuner.oracle.get_best_trials()[0]
    if best.status != "COMPLETED":
        raise ValueError(f"No trial completed. Received: {best.status}: {best.message}")
    # With the weights of its best epoch, which are those that were measured.
    tuner.get_best_models()[0].save(arguments.output_dir / "best.keras")
    measured = {name: float(best.metrics.get_best_value(name)) for name in config.objectives}
    print({name: round(value, 4) for name, value in measured.items()}, best.hyperparameters.values)


if __name__ == "__main__":
    run_script(main)
