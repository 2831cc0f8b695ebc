"""Modified Bessel functions I_ν, as the densities on spheres need them, in float32."""

import math

from keras import ops

# Orders from here on are computed by the expansion for large orders, and smaller ones from them.
LARGE_ORDER = 16


def log_bessel_and_ratio(order, kappa):
    """κ − log(Γ(ν+1)·(2/κ)^ν·I_ν(κ)), and κ·(1 − I_{ν+1}(κ) / I_ν(κ)).

    The first is the exponentially scaled I_ν without its power of κ: 0 at κ = 0, growing with log κ
    alone. The second grows to ν + ½. Both keep their digits where I_ν overflows, and where the
    ratio of the two is 1 but for the last of them.

    Large orders follow Debye's expansion, which holds for any κ at once; with ν = 16 its error is
    below float32's. Smaller ones come by the recurrence of the ratios downwards, which forgets
    errors: I_{ν+1} / I_ν = r_ν = κ / (2(ν+1) + κ·r_{ν+1}).

    Args:
        order: ν ≥ 0, a number.
        kappa: κ ≥ 0, a float32 tensor.

    Returns:
        Two float32 tensors of the shape of `kappa`.

    References:
        Olver, in NIST Digital Library of Mathematical Functions, section 10.41 (the expansion);
        Amos, "Computation of Modified Bessel Functions and Their Ratios", 1974 (the recurrence).
    """
    kappa = ops.cast(kappa, "float32")
    steps = max(0, math.ceil(LARGE_ORDER - order))
    scaled, rest = _of_large_order(order + steps, kappa)
    for step in reversed(range(steps)):
        twice = 2.0 * (order + step + 1.0)
        # Γ(ν+1)·(2/κ)^ν·I_ν is that of ν+1 times 1 + κ·r_{ν+1} / 2(ν+1).
        scaled = scaled - ops.log1p((kappa - rest) / twice)
        rest = kappa * (twice - rest) / (twice + kappa - rest)
    return scaled, rest


def _of_large_order(order, kappa):
    # Γ(ν+1), less what Stirling's formula says of it, which the terms below hold.
    constant = math.lgamma(order + 1.0) - order * math.log(order) + order
    constant -= 0.5 * math.log(2.0 * math.pi * order)
    root = ops.sqrt(order**2 + ops.square(kappa))  # S
    p = order / root
    # S − ν, without a difference of near numbers.
    beyond = ops.square(kappa) / (root + order)
    square = ops.square(p)
    u1 = p * (3.0 - 5.0 * square) / 24.0
    u2 = square * (81.0 - square * (462.0 - 385.0 * square)) / 1152.0
    u3 = p * square * (30375.0 - square * (369603.0 - square * (765765.0 - 425425.0 * square)))
    u3 = u3 / 414720.0
    series = u1 / order + u2 / order**2 + u3 / order**3
    log_scaled = constant - order * ops.log1p(beyond / (2.0 * order))
    log_scaled = log_scaled - 0.5 * ops.log1p(beyond / order) + ops.log1p(series)
    # κ − (S − ν) = κ·(S + ν − κ) / (S + ν), with S − κ = ν² / (S + κ).
    rest = kappa * (order + order**2 / (root + kappa)) / (root + order)
    # The ratio is the derivative of the logarithm: dp/dκ = −νκ / S³.
    slope_1 = (3.0 - 15.0 * square) / 24.0
    slope_2 = p * (162.0 - square * (1848.0 - 2310.0 * square)) / 1152.0
    slope_3 = square * (91125.0 - square * (1848015.0 - square * (5360355.0 - 3828825.0 * square)))
    slope = slope_1 + slope_2 / order + slope_3 / 414720.0 / order**2
    slope = -slope * kappa / root**3 / (1.0 + series)
    # r = κ / (S + ν) − κ / 2S² + slope, and κ − κ² / (S + ν) is the `rest` from above.
    below = rest + 0.5 * ops.square(kappa / root) - kappa * slope
    return rest - log_scaled, below
