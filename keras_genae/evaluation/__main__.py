"""Measure a trained model: `python -m keras_genae.evaluation MODEL.keras DATA`.

    python -m keras_genae.evaluation runs/demo/model.keras drawn_faces
    python -m keras_genae.evaluation mnist.keras PATH/TO/mnist --importance-samples 500

It leaves a folder with `metrics.json` and figures, and prints a table.
"""

from keras_genae.cli.evaluate import main
from keras_genae.cli.script import run_script

if __name__ == "__main__":
    run_script(main)
