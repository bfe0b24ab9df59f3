"""Draw the thirty firms of ``configs/market/thirty.yaml``: ``python tests/thirty.py`` writes it.

Everything but the firms is that of ``packaged``. Every number of a firm is a keyed draw
(:mod:`sim.draws`) from the range stated in the file, so that anybody gets the same
firms from the same seed.
"""

from __future__ import annotations

import math
from pathlib import Path

from scipy.special import ndtri

from sim import draws

SEED = 2026
"""Recorded seed of the draw, the first that was tried."""

NAMES = (
    "alder", "aspen", "beech", "birch", "cedar", "chestnut", "dogwood", "ebony", "elm", "fig",
    "fir", "ginkgo", "hazel", "holly", "juniper", "kapok", "larch", "linden", "maple", "nutmeg",
    "oak", "olive", "pine", "quince", "rowan", "spruce", "teak", "willow", "yew", "zelkova",
)  # fmt: skip

MONEY = 250_000.0
"""Money per week on activities, of all firms together."""

HEAD = """\
# @package _global_
# Frequently bought packaged goods with thirty firms, for estimates that need a cross-section. All
# but the firms is that of `packaged`. Five million people. Every number here is an assumption.
# Nearest to food and household goods with many brands.
currency: $
population: {people: 5000000}
attention: {retention: 0.93}
talk: {rate: 0.01}
choice:
  rate_mean: 0.25
  rate_shape: 1.2
  intercept: 0.0
  inertia: 0.3
  taste_spread: 0.5
  misfit_weight: 2.0
price: {usual: 3.0, memory_share: 0.4, patience: 2.0}
stock: {stockup: 6.0}
information: {search_rate: 0.1, found: 0.4, rating_rate: 0.002}
loyalty: {experience_awareness: 0.3, experience_gain: 0.03, experience_loss: 0.06,
          lapse_hazard: 0.02, switching_cost: 0.0}
measurement: {window: 6}
shelf: {stores: 40}
selling: {talk_hours: 4.0}
segments:
  thrifty: {id: 1, share: 0.45, taste: 0.35, thrift: 1.4}
  choosy: {id: 2, share: 0.35, taste: 0.7, thrift: 0.7}
  keen: {id: 3, share: 0.2, need: 1.5}
firms:
  # The firms were drawn once, by `python tests/thirty.py` with seed 2026; a test compares. Ranges:
  # - size: log-normal with a standard deviation of 1 in the log. Shares of brands fall off by rank
  #   roughly as a power law (Kohli & Sah 2006, Management Science 52:1792); with this spread the
  #   largest of thirty is a seventh of all, and the five largest are half of it.
  # - money on activities: 250,000 a week in all, shared in proportion to size, times a factor drawn
  #   uniformly from 0.7 to 1.3, since firms of one size differ in what they spend. That is about an
  #   eighth of turnover (1.8 million a week); advertising of packaged goods is 5 to 15 % of sales.
  # - its split: 55 to 90 % broadcast; the rest on one or two of content_social, performance_ads and
  #   sampling.
  # - awareness when the warm-up begins: 0.7 times the square root of size over that of the largest,
  #   at least 0.05; trust 0.3 to 0.5, the range of `packaged`.
  # - list price 2.5 to 3.5, unit cost 52 to 60 % of it, position 0.2 to 0.8: the ranges of
  #   `packaged`, regardless of size.
  # - distribution 0.5 to 1 with the square root of size; 12 reps for the largest firm, as in
  #   `packaged`, the others in proportion, at least 1.
"""


def uniform(firm: int, item: int, low: float = 0.0, high: float = 1.0) -> float:
    """A draw between two bounds, by the firm and the number of the draw."""
    key = draws.person_key(SEED, draws.firm_ident(firm))
    return low + (high - low) * draws.uniform(draws.word(key, draws.stream_key(0, 0, 0, item)))


def sizes() -> list[float]:
    """Shares of the thirty firms in the size of all."""
    drawn = [math.exp(float(ndtri(uniform(n, 0)))) for n in range(1, len(NAMES) + 1)]
    return [size / sum(drawn) for size in drawn]


def budget(firm: int, size: float) -> dict[str, int]:
    """Money per week by activity, in hundreds."""
    money = MONEY * size * uniform(firm, 1, 0.7, 1.3)
    broadcast = uniform(firm, 2, 0.55, 0.9)
    others = ["content_social", "performance_ads", "sampling"]
    first = others.pop(int(uniform(firm, 3) * 3))
    second = others[int(uniform(firm, 4) * 2)]
    part = uniform(firm, 5, 0.5, 1.0)  # above 0.8 the second line is not worth while
    part = 1.0 if part > 0.8 else part
    shares = {"broadcast": broadcast, first: (1.0 - broadcast) * part}
    shares[second] = 1.0 - broadcast - shares[first]
    lines = {name: round(money * share / 100) * 100 for name, share in shares.items()}
    return {name: line for name, line in lines.items() if line}


def line(firm: int, size: float, largest: float) -> str:
    """The declaration of a firm."""
    price = round(uniform(firm, 6, 2.5, 3.5), 2)
    near = math.sqrt(size / largest)
    reps = min(12, max(1, round(12 * size / largest)))
    money = ", ".join(f"{name}: {amount}" for name, amount in budget(firm, size).items())
    return (
        f"  {NAMES[firm - 1]}: {{id: {firm}, list_price: {price}, "
        f"unit_cost: {price * uniform(firm, 7, 0.52, 0.6):.2f}, "
        f"position: {uniform(firm, 8, 0.2, 0.8):.2f}, awareness: {max(0.05, 0.7 * near):.2f}, "
        f"trust: {uniform(firm, 9, 0.3, 0.5):.2f},\n"
        f"    distribution: {0.5 + 0.5 * near:.2f}, sales: {{reps: {reps}}}, "
        f"budget: {{{money}}}}}\n"
    )


def text() -> str:
    """The file."""
    shares = sizes()
    return HEAD + "".join(line(n, size, max(shares)) for n, size in enumerate(shares, 1))


if __name__ == "__main__":
    place = Path(__file__).parents[1] / "configs" / "market" / "thirty.yaml"
    place.write_text(text(), encoding="utf-8")
