"""Do the units find the sources that made the data?"""

import keras
import numpy as np

import keras_genae as genae
from keras_genae.datasets import draw_sources
from keras_genae.evaluation import mean_correlation
from reproductions.row import Row

SEGMENTS, LENGTH, SOURCES, SEEDS = 40, 250, 4, 3


def ivae_sources(arguments):
    """iVAE and VAE on time-segmented sources: mean correlation coefficient."""
    epochs = arguments.epochs or 30
    found = {}
    for data_seed in range(arguments.seed, arguments.seed + SEEDS):
        x, segment, truth = draw_sources(SEGMENTS, LENGTH, SOURCES, data_seed)
        for model_class, data, side in (
            (genae.IVAE, (x, segment), {"classes": SEGMENTS}),
            (genae.VAE, (x,), {}),
        ):
            starts = []
            for seed in range(3):
                keras.utils.set_random_seed(seed)
                model = model_class((SOURCES,), SOURCES, widths=(64, 64), seed=seed, **side)
                model.compile(keras.optimizers.Adam(2e-3))
                history = model.fit(*data, epochs=epochs, batch_size=100, verbose=0).history
                starts.append((history["loss"][-1], mean_correlation(model.encode(*data), truth)))
            # The start that explains the data best: the sources are not looked at.
            found.setdefault(model_class.__name__, []).append(min(starts)[1])
            print(data_seed, model_class.__name__, found[model_class.__name__][-1], flush=True)
    ours = "; ".join(f"{np.mean(v):.3f} ({min(v):.3f} to {max(v):.3f})" for v in found.values())
    return [
        Row(
            what="mean correlation of units and sources, time-segmented: iVAE; VAE",
            paper="about .9; about .5 to .6 (Khemakhem et al. 2020, figure 2, read off)",
            ours=ours,
            setup=f"{SEGMENTS} segments of {LENGTH} (40 of 1000 and more), {SOURCES} sources (5), "
            "one layer of mixing, two hidden layers of 64; of three starts the one of the lowest "
            f"training loss; Adam 2e-3, {epochs} epochs",
            seeds=f"data {arguments.seed} to {arguments.seed + SEEDS - 1}",
        )
    ]
