"""Models with known sensitivity indices, as Python functions of one setting."""

from __future__ import annotations

import math
from statistics import NormalDist


def ishigami(x1: float, x2: float, x3: float) -> dict[str, float]:
    """Ishigami & Homma (1990), with a=7 and b=0.1."""
    return {"y": math.sin(x1) + 7.0 * math.sin(x2) ** 2 + 0.1 * x3**4 * math.sin(x1)}


ISHIGAMI = {f"x{n}": (-math.pi, math.pi) for n in (1, 2, 3)}


def ishigami_indices() -> tuple[list[float], list[float]]:
    """First and total indices, from the closed form of the variances."""
    alone1 = 0.5 * (1.0 + 0.1 * math.pi**4 / 5.0) ** 2
    alone2 = 49.0 / 8.0
    both = 0.01 * math.pi**8 * 8.0 / 225.0
    whole = alone1 + alone2 + both
    first = [alone1 / whole, alone2 / whole, 0.0]
    return first, [(alone1 + both) / whole, alone2 / whole, both / whole]


G = (0.0, 1.0, 4.5, 9.0, 99.0)


def g_function(**x: float) -> dict[str, float]:
    """Sobol's g function (Saltelli & Sobol 1995)."""
    return {"y": math.prod((abs(4.0 * v - 2.0) + a) / (1.0 + a)
                           for v, a in zip(x.values(), G, strict=True))}  # fmt: skip


def g_indices() -> tuple[list[float], list[float]]:
    """First and total indices, from the closed form of the variances."""
    alone = [1.0 / (3.0 * (1.0 + a) ** 2) for a in G]
    whole = math.prod(1.0 + v for v in alone) - 1.0
    total = [v * math.prod(1.0 + w for w in alone) / (1.0 + v) / whole for v in alone]
    return [v / whole for v in alone], total


def _triangular(u: float, middle: float, half: float) -> float:
    side = math.sqrt(2.0 * u) - 1.0 if u < 0.5 else 1.0 - math.sqrt(2.0 * (1.0 - u))
    return middle + half * side


def flood(q: float, ks: float, zv: float, zm: float, hd: float, zb: float, length: float,
          width: float) -> dict[str, float]:  # fmt: skip
    """Water level above a dyke, in m: the flood model of Iooss & Lemaitre (2015, A review on global
    sensitivity analysis methods), as in OpenTURNS's benchmark, class FloodingSensitivity
    (github.com/mbaudin47/otbenchmark). Arguments that are not uniform there come as quantiles:
    flow (Gumbel above 0), friction (normal above 0), bank, length and width (triangular)."""
    least = math.exp(-math.exp(1013.0 / 558.0))
    flow = 1013.0 - 558.0 * math.log(-math.log(least + q * (1.0 - least)))
    friction = NormalDist(30.0, 7.5)
    none = friction.cdf(0.0)
    strickler = friction.inv_cdf(none + ks * (1.0 - none))
    slope = (zm - zv) / _triangular(length, 5000.0, 10.0)
    depth = (flow / (strickler * _triangular(width, 300.0, 5.0) * math.sqrt(slope))) ** 0.6
    return {"y": depth + zv - _triangular(zb, 55.5, 0.5) - hd}


SMALL, LARGE = 1e-9, 1.0 - 1e-9
FLOOD = {
    "q": (SMALL, LARGE), "ks": (SMALL, LARGE), "zv": (49.0, 51.0), "zm": (54.0, 56.0),
    "hd": (7.0, 9.0), "zb": (0.0, 1.0), "length": (0.0, 1.0), "width": (0.0, 1.0),
}  # fmt: skip
FLOOD_PUBLISHED = (
    [0.38, 0.13, 0.25, 0.00, 0.19, 0.02, 0.00, 0.00],
    [0.40, 0.15, 0.25, 0.01, 0.19, 0.02, 0.00, 0.00],
)
"""First and total indices as published with the class, to two digits."""


def borehole(rw: float, r: float, tu: float, hu: float, tl: float, hl: float, length: float,
             kw: float) -> dict[str, float]:  # fmt: skip
    """Flow of water through a borehole, in m3 a year (Harper & Gupta 1983; Morris, Mitchell &
    Ylvisaker 1993), as in OpenTURNS's benchmark, class BoreholeSensitivity
    (openturns.github.io/otbenchmark). The radii come as quantiles of a normal and a lognormal
    distribution."""
    radius = NormalDist(0.1, 0.0161812).inv_cdf(rw)
    ratio = math.log(math.exp(NormalDist(7.71, 1.0056).inv_cdf(r)) / radius)
    inner = 1.0 + 2.0 * length * tu / (ratio * radius**2 * kw) + tu / tl
    return {"y": 2.0 * math.pi * tu * (hu - hl) / (ratio * inner)}


BOREHOLE = {
    "rw": (SMALL, LARGE), "r": (SMALL, LARGE), "tu": (63070.0, 115600.0), "hu": (990.0, 1110.0),
    "tl": (63.1, 116.0), "hl": (700.0, 820.0), "length": (1120.0, 1680.0),
    "kw": (9855.0, 12045.0),
}  # fmt: skip
BOREHOLE_PUBLISHED = (
    [0.66, 0.00, 0.00, 0.09, 0.00, 0.09, 0.09, 0.02],
    [0.69, 0.00, 0.00, 0.11, 0.00, 0.11, 0.10, 0.02],
)
"""First and total indices as published with the class, to two digits."""
