"""Hamilton's dynamics in small steps: along a gradient, with a momentum."""

import itertools

from keras import ops


def leapfrog(z, momentum, force, step, root_betas):
    """Where a point and its momentum ρ are after K leapfrog steps with tempering.

        ρ̃ = ρ_{k−1} + ½ ε ∘ F(z_{k−1}),   z_k = z_{k−1} + ε ∘ ρ̃,   ρ′ = ρ̃ + ½ ε ∘ F(z_k)
        ρ_k = √(β_{k−1} / β_k) · ρ′

    Each of the first three changes one of z and ρ by a function of the other, so that no volume
    changes; the last changes it by (β_{k−1} / β_k)^{d/2}. Without tempering the steps are
    reversible: from (z_K, −ρ_K) they lead back to (z₀, −ρ₀).

    Args:
        z, momentum: float32 tensors `(batch, d)`.
        force: F, a function of z: the gradient of the log density that is to be followed.
        step: ε, of the shape of z, or one that is broadcast to it.
        root_betas: √β₀ … √β_K.

    Returns:
        (z_K, ρ_K).

    Reference:
        Neal, "Hamiltonian Importance Sampling", 2005 (with tempering).
    """
    push = force(z)
    for before, after in itertools.pairwise(root_betas):
        momentum = momentum + 0.5 * step * push  # ρ̃
        z = z + step * momentum
        push = force(z)  # That of the next step too.
        momentum = momentum + 0.5 * step * push  # ρ′
        momentum = before / after * momentum
    return z, momentum


def quadratic_tempering(beta_0, length):
    """√β₀ … √β_K, from hot to β_K = 1: 1/√β_k = (1 − 1/√β₀) · k²/K² + 1/√β₀.

    Args:
        beta_0: β₀, above 0 and at most 1, a float or a scalar tensor.
        length: K, at least 1.

    Example:

    >>> [round(float(root), 3) for root in quadratic_tempering(0.25, 2)]
    [0.5, 0.571, 1.0]

    Reference:
        Caterini, Doucet & Sejdinovic, "Hamiltonian Variational Auto-Encoder", 2018.
    """
    hottest = 1.0 / ops.sqrt(beta_0)
    shares = [(k / length) ** 2 for k in range(length + 1)]
    return [1.0 / ((1.0 - share) * hottest + share) for share in shares]
