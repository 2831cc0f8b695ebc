"""A VAE about which everything is known in closed form."""

import keras
import numpy as np
from keras import layers

import keras_genae as genae

CLASSES = 3


class LinearGaussian:
    """p(x|z) = N(Wz + b, σ²I), p(z) = N(0, I), and an encoder whose posteriors are the best there.

    The true posterior is N(mean, Λ⁻¹), Λ = I + WᵀW / σ². Of diagonal posteriors the best has that
    mean and the variances 1 / Λ_ii; where the columns of W are orthogonal, it is the true one.

    Args:
        latents, features, sigma: sizes, and σ.
        orthogonal: whether the columns of W are.
        shift, log_wider: what the encoder adds to each mean and each log variance, so that its
            posterior is another one than the best.
        count: examples drawn from the model.
    """

    def __init__(
        self,
        latents,
        features,
        sigma=0.5,
        orthogonal=True,
        shift=0.0,
        log_wider=0.0,
        count=20,
    ):
        rng = np.random.default_rng(3)
        w = rng.normal(size=(features, latents)) / np.sqrt(features)
        if orthogonal:
            w = np.linalg.qr(w)[0] * np.geomspace(2.0, 0.5, latents)
        b = rng.normal(size=features)
        precision = np.eye(latents) + w.T @ w / sigma**2
        to_mean = np.linalg.solve(precision, w.T / sigma**2).T
        x, z = keras.Input((features,)), keras.Input((latents,))
        heads = [layers.Dense(latents, name=name) for name in ("mean", "log_var")]
        raw = layers.Dense(features, name="raw")
        encoder = keras.Model(x, [head(x) for head in heads])
        decoder = keras.Model(z, raw(z))
        heads[0].set_weights([to_mean, shift - b @ to_mean])
        heads[1].set_weights([0.0 * to_mean, log_wider - np.log(np.diag(precision))])
        raw.set_weights([w.T, b])
        self.model = genae.VAE(
            encoder=encoder, decoder=decoder, likelihood="gaussian", scale=sigma, seed=0
        )
        z = rng.normal(size=(count, latents))
        self.x = (z @ w.T + b + sigma * rng.normal(size=(count, features))).astype("float32")
        # What the ELBO of the encoder's posterior lacks to the best: the difference of their KL
        # divergences from the true one.
        off = np.full(latents, shift)
        self.regret = 0.5 * latents * (np.exp(log_wider) - 1.0 - log_wider)
        self.regret += 0.5 * off @ precision @ off

    def log_prob(self):
        """The exact log p(x) = log N(x; b, WWᵀ + σ²I) of the examples, float64."""
        w, b = (np.float64(weight) for weight in self.model.decoder.get_weights())
        covariance = w.T @ w + self.model.scale**2 * np.eye(len(b))
        off = self.x - b
        squared = np.sum(off @ np.linalg.inv(covariance) * off, axis=1)
        return -0.5 * (squared + np.linalg.slogdet(2.0 * np.pi * covariance)[1])


class ConditionalLinearGaussian:
    """The same around another middle for each of three classes: x − middle is as above.

    Args:
        model_class: of the conditional model.
        spread: of the middles; at 0 the class changes nothing.
        **arguments: of `LinearGaussian`, or `classifier` of the model.
    """

    def __init__(self, model_class=genae.ConditionalVAE, spread=1.0, classifier=None, **arguments):
        self.of_offsets = of_offsets = LinearGaussian(**{"latents": 2, "features": 6, **arguments})
        rng = np.random.default_rng(5)
        features = of_offsets.x.shape[1]
        self.middles = (spread * rng.normal(size=(CLASSES, features))).astype("float32")
        middle = layers.Dense(features, use_bias=False, name="middle")
        inputs = of_offsets.model.encoder.input, of_offsets.model.decoder.input
        (x, z), c = (keras.Input(part.shape[1:]) for part in inputs), keras.Input((CLASSES,))
        encoder = keras.Model(
            [x, c], of_offsets.model.encoder(layers.Subtract()([x, middle(c)])), name="encoder"
        )
        decoder = keras.Model(
            [z, c], layers.Add()([of_offsets.model.decoder(z), middle(c)]), name="decoder"
        )
        middle.set_weights([self.middles])
        parts = {} if classifier is None else {"classifier": classifier}
        self.model = model_class(
            classes=CLASSES,
            encoder=encoder,
            decoder=decoder,
            likelihood="gaussian",
            scale=of_offsets.model.scale,
            seed=0,
            **parts,
        )
        self.offsets = of_offsets.x
        self.label = np.arange(len(self.offsets)) % CLASSES
        self.x = self.offsets + self.middles[self.label]

    def log_prob(self, label):
        """The exact log p(x|label) of the examples, float64."""
        self.of_offsets.x = self.x - self.middles[label]
        return self.of_offsets.log_prob()
