"""How far units and factors go together, on faces drawn from known factors."""

import time

import keras
import numpy as np
from results_file import ResultsFile

import keras_genae as genae
from keras_genae import datasets
from keras_genae.evaluation.disentanglement import dci, mig
from reproductions.row import Row, first_to_last, mean_and_range

SIZE, LATENTS, COUNT, JUDGED, BATCH, SEEDS = 32, 10, 12_000, 4_000, 64, 3
# Those that can be told from 32×32 pixels; the other factors of a face stay as they are.
FACTORS = (
    "skin_tone",
    "head_turn",
    "head_tilt",
    "hair_color",
    "hair_length",
    "light",
    "background_tone",
)
MODELS = {
    "VAE": (genae.VAE, {}),
    "β-VAE, β = 8": (genae.BetaVAE, {"beta": 8.0}),
    "β-TCVAE, β = 8": (genae.BetaTCVAE, {"beta": 8.0, "dataset_size": COUNT}),
    "FactorVAE, γ = 20": (genae.FactorVAE, {"gamma": 20.0}),
    "DIP-VAE II, λ = 20": (genae.DIPVAE, {"kind": "II", "off_diagonal_weight": 20.0}),
    "AdaGVAE": (genae.AdaGVAE, {}),
}


def uniform(count, random):
    """Factors drawn independently of each other."""
    ranges = [datasets.FACTORS[name] for name in FACTORS]
    return {
        name: random.uniform(factor.low, factor.high, count).astype("float32")
        for name, factor in zip(FACTORS, ranges, strict=True)
    }


def faces_and_partners(count, seed):
    """Faces, their factors, and for each face a partner that shares all factors but one or two."""
    random = np.random.default_rng(seed)
    own, other = uniform(count, random), uniform(count, random)
    places = np.argsort(random.random((count, len(FACTORS))), axis=1)
    changes = places < random.integers(1, 3, (count, 1))
    partner = {
        name: np.where(changes[:, i], other[name], own[name]) for i, name in enumerate(FACTORS)
    }
    return datasets.render_faces(own, SIZE), own, datasets.render_faces(partner, SIZE)


def scores_of(model_class, options, seed, faces, epochs):
    """Train a model; its MIG, DCI and KL in nats.

    Args:
        faces: what `faces_and_partners` returns.
    """
    x, factors, partner = faces
    keras.utils.set_random_seed(seed)
    model = model_class((SIZE, SIZE, 3), LATENTS, likelihood="bernoulli", seed=seed, **options)
    steps = epochs * -(-COUNT // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(1e-3, steps, warmup_steps=100)
    model.compile(keras.optimizers.Adam(schedule))
    pairs = (partner,) if model_class is genae.AdaGVAE else ()
    model.fit(x, *pairs, batch_size=BATCH, epochs=epochs, verbose=0)
    judged = slice(0, JUDGED)
    truth = {name: values[judged] for name, values in factors.items()}
    rate = model.evaluate(x[judged], verbose=0, return_dict=True)["kl_loss"]
    z = model.encode(x[judged])
    return [float(v) for v in (mig(z, truth), dci(z, truth)["disentanglement"], rate)]


def disentangling(arguments):
    """MIG and DCI of the disentangling models on drawn faces: a row for each."""
    epochs = arguments.epochs or 6
    seeds = range(arguments.seed, arguments.seed + SEEDS)
    faces = faces_and_partners(COUNT, seed=0)
    results = ResultsFile(
        arguments.output_dir / "disentangling.json", {"epochs": epochs, "images": COUNT}
    )
    rows = []
    for name, (model_class, options) in MODELS.items():
        known, seconds = results.part(name), results.seconds
        for seed in map(str, seeds):
            if seed not in known:
                started = time.perf_counter()
                known[seed] = scores_of(model_class, options, int(seed), faces, epochs)
                seconds[f"{name}, {seed}"] = time.perf_counter() - started
                results.save()
            print(f"{name}, seed {seed}: MIG, DCI, KL {np.round(known[seed], 3)}", flush=True)
        migs, dcis, rates = np.transpose([known[str(seed)] for seed in seeds])
        rows.append(
            Row(
                what=f"{name}, drawn faces {SIZE}×{SIZE} of {len(FACTORS)} factors: MIG; DCI",
                paper="no paper's data",
                ours=f"{mean_and_range(migs)}; {mean_and_range(dcis)}; KL {rates.mean():.1f} nats",
                setup=f"{COUNT:,} faces, {LATENTS} latents, the default convolutions, Bernoulli, "
                f"Adam 1e-3, cosine, batches of {BATCH}, {epochs} epochs; scores of {JUDGED:,}",
                seeds=first_to_last(seeds),
                minutes=sum(seconds[f"{name}, {seed}"] for seed in seeds) / 60,
            )
        )
    return rows
