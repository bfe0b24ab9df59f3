"""Customer population: traits of all customers, as columns from which both engines start."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cached
from scipy.special import gammaincinv, ndtri

from sim import draws
from sim.market.segments import Segment
from sim.params import number, text
from sim.rules.attention import Attention
from sim.rules.choice import Choice
from sim.rules.credit import Credit
from sim.rules.loyalty import Loyalty
from sim.rules.media import Media
from sim.rules.pricing import Price
from sim.rules.shelf import Shelf

BUYERS = ("people", "firms")
"""Kinds of buyers."""


@dataclass
class Population:
    """Size of the market and of the simulated sample."""

    customers: int = number(
        20_000,
        unit="simulated customers",
        low=1,
        high=100_000_000,
        meaning="Number of customers simulated as individuals; each represents the same number of "
        "people.",
        source="assumption: enough for shares to vary by under 1 % through random draws",
        level="run",
    )
    people: int = number(
        1_000_000,
        unit="people",
        low=1,
        high=10_000_000_000,
        meaning="Number of people in the market, of whom the simulated customers are a sample.",
        source="assumption: a mid-sized consumer market",
        level="run",
    )
    buyers: str = text(
        "people",
        meaning="Who buys: people or firms; published prices of contacts are of the one or the "
        "other (mechanisms=contact_prices).",
        level="run",
    )
    bystanders: int = number(
        0,
        unit="simulated customers",
        low=0,
        high=1_000_000,
        meaning="Additional customers who neither see activities, talk nor buy (a placebo that "
        "must change no result).",
        source="assumption: none outside tests",
        level="run",
    )

    @property
    def weight(self) -> int:
        """People that each simulated customer represents: a whole number, at least one."""
        return max(1, round(self.people / self.customers))


PATCHES = 4096
"""Number of patches that make up sales territories; each belongs to one rep of a firm."""


MOST_KEPT = 2**25
"""Bytes of drawn customers that a process keeps for other runs, and of media outlets they follow.
What a market larger than that needs is drawn by every run."""


@dataclass(frozen=True)
class People:
    """Traits of customers as columns [customer], in order of arrival; rows are never reused. Runs
    share the columns, which are read-only.

    ``ident`` is arrival week * 2**32 + slot; ``arrival`` is that week. ``segment`` is the index of
    the segment in order of ids. ``rate`` is buying occasions per week, ``taste`` a position,
    ``price_weight`` utility per log price. ``patience_scale``, ``click_propensity`` and ``pace`` of
    paying are relative to typical, ``leaving``, the rate of ending relationships, to the mean.
    ``patch`` is the patch of sales territories, 0 to PATCHES - 1; ``store`` is the index of the
    store, largest first. ``sociability`` is a standard normal deviate, from which talkativeness and
    the number of acquaintances follow. ``sees`` and ``social`` are whether activities and word of
    mouth reach the customer.
    """

    ident: np.ndarray
    arrival: np.ndarray
    segment: np.ndarray
    rate: np.ndarray
    taste: np.ndarray
    price_weight: np.ndarray
    patience_scale: np.ndarray
    click_propensity: np.ndarray
    pace: np.ndarray
    leaving: np.ndarray
    patch: np.ndarray
    store: np.ndarray
    sociability: np.ndarray
    sees: np.ndarray
    social: np.ndarray

    def __post_init__(self) -> None:
        for column in vars(self).values():
            column.flags.writeable = False

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.ident)

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return sum(column.nbytes for column in vars(self).values())


class Traits(NamedTuple):
    """All that the customers of a run depend on, besides its seed.

    ``first`` and ``bystanders`` are numbers of customers in week 0, ``arrivals`` those in weeks 1,
    2, ...; ``segments`` holds share, taste, thrift and need of each segment, in order of ids. The
    other values are the parameters of these names, after their group.
    """

    first: int
    bystanders: int
    arrivals: tuple[int, ...]
    segments: tuple[tuple[float, float, float, float], ...]
    choice_rate_shape: float
    choice_rate_mean: float
    choice_taste_within: float
    price_spread: float
    price_weight: float
    attention_click_spread: float
    credit_spread: float
    credit_thrift: float
    loyalty_leaving_shape: float
    shelf_stores: int
    shelf_skew: float


def person_keys(seed: int, ident: np.ndarray) -> np.ndarray:
    """Keys of the customers' random draws for this seed, uint64 [customer]; read-only."""
    keys = np.asarray(draws.person_key(seed, ident))
    keys.flags.writeable = False
    return keys


def draw_arrivals(seed: int, weekly: Sequence[float]) -> list[int]:
    """Number of customers who arrive in weeks 1, 2, ...: floor(expected + u), u keyed by the week.

    Args:
        seed: seed of the run.
        weekly: expected arrivals in these weeks.
    """
    if not any(weekly):
        return [0] * len(weekly)
    nobody, weeks = draws.person_key(seed, draws.MASK - 1), np.arange(1, len(weekly) + 1)
    stream = draws.stream_key(draws.ARRIVAL, weeks.astype(np.uint64), 0, 0)
    drawn = np.array(weekly) + draws.uniform_column(draws.word(nobody, stream))
    return [int(number) for number in drawn.tolist()]


def draw_people(
    seed: int,
    spec: Population,
    segments: Sequence[Segment],
    choice: Choice,
    price: Price,
    attention: Attention,
    credit: Credit,
    loyalty: Loyalty,
    shelf: Shelf,
    arrivals: Sequence[int] = (),
) -> People:
    """Draw the traits of all customers of the run, present and future.

    Args:
        seed: seed of the run.
        spec: number of customers in week 0.
        segments: in order of ids.
        choice, price, attention, credit, loyalty, shelf: distributions of need and taste, price
            sensitivity, click propensity, promptness of payment, rates of leaving, and stores.
        arrivals: number of customers who arrive in week 1, 2, ...
    """
    traits = Traits(
        spec.customers, spec.bystanders, tuple(arrivals),
        tuple((s.share, s.taste, s.thrift, s.need) for s in segments),
        choice.rate_shape, choice.rate_mean, choice.taste_within, price.spread, price.weight,
        attention.click_spread, credit.spread, credit.thrift, loyalty.leaving_shape,
        shelf.stores, shelf.skew,
    )  # fmt: skip
    return _drawn_people(seed, traits)


@cached(LRUCache(MOST_KEPT, getsizeof=lambda people: people.nbytes), lock=RLock())
def _drawn_people(seed: int, traits: Traits) -> People:
    """The customers of :func:`draw_people`, drawn from nothing else than the arguments."""
    t = traits
    counts = np.array([t.first + t.bystanders, *t.arrivals])
    size = int(counts.sum())
    row = np.arange(size)
    lively = ((row < t.first) | (row >= counts[0])).astype(np.uint8)
    arrival = np.repeat(np.arange(len(counts)), counts)
    slot = row - np.repeat(np.cumsum(counts) - counts, counts)
    ident = (arrival.astype(np.uint64) << np.uint64(32)) + slot.astype(np.uint64)
    keys = person_keys(seed, ident)

    def uniform(decision: int) -> np.ndarray:
        return draws.uniform_column(draws.word(keys, draws.kept_stream_key(decision, 0, 0, 0)))

    of_share, of_taste, of_thrift, of_need = np.array(t.segments).T
    shares = np.cumsum(of_share)
    segment = np.searchsorted(shares / shares[-1], uniform(draws.SEGMENT)).astype(np.uint8)
    rate = gammaincinv(t.choice_rate_shape, uniform(draws.RATE)) * (
        t.choice_rate_mean / t.choice_rate_shape
    )
    taste = of_taste[segment] + t.choice_taste_within * ndtri(uniform(draws.POSITION))
    click_propensity = np.exp(t.attention_click_spread * ndtri(uniform(draws.CLICKER)))
    thrift = of_thrift[segment] * np.exp(t.price_spread * ndtri(uniform(draws.THRIFT)))
    draw = ndtri(uniform(draws.PACE))
    pace = np.exp(t.credit_spread * draw - t.credit_thrift * np.log(np.maximum(thrift, 1e-9)))
    leaving, shape = np.ones(size), t.loyalty_leaving_shape
    if shape > 0.0:  # none is 0, so that every rate has a logarithm
        leaving = np.maximum(gammaincinv(shape, uniform(draws.LEAVING)) / shape, 1e-9)
    patch = (uniform(draws.PATCH) * PATCHES).astype(np.int16)
    sizes = np.cumsum(np.arange(1, max(1, t.shelf_stores) + 1) ** -t.shelf_skew)
    store = np.searchsorted(sizes / sizes[-1], uniform(draws.STORE))
    return People(
        ident=ident,
        arrival=arrival.astype(np.int32),
        segment=segment,
        rate=(rate * of_need[segment] * lively).astype(np.float32),
        taste=taste.astype(np.float32),
        price_weight=(t.price_weight * thrift).astype(np.float32),
        patience_scale=-np.log(uniform(draws.PATIENCE)).astype(np.float32),
        click_propensity=click_propensity.astype(np.float32),
        pace=pace.astype(np.float32),
        leaving=leaving.astype(np.float32),
        patch=patch,
        store=store.astype(np.uint8),
        sociability=ndtri(uniform(draws.SOCIABILITY)).astype(np.float32),
        sees=lively,
        social=lively,
    )


def _of_media_diet(seed: int, ident: np.ndarray, media: Media) -> tuple[object, ...]:
    """All that the media outlets depend on which customers follow."""
    who = hashlib.blake2b(ident.tobytes()).digest()
    return seed, who, media.outlets, media.skew, media.habit, media.spread


@cached(LRUCache(MOST_KEPT, getsizeof=lambda c: c.nbytes), key=_of_media_diet, lock=RLock())
def draw_media_diet(seed: int, ident: np.ndarray, media: Media) -> np.ndarray:
    """Media outlets that each customer follows, as bit sets, largest first; uint64 [customer],
    read-only."""
    keys = person_keys(seed, ident)

    def uniform(item: int) -> np.ndarray:
        stream = draws.kept_stream_key(draws.HABIT, 0, 0, item)
        return draws.uniform_column(draws.word(keys, stream))

    sizes = np.arange(1, media.outlets + 1) ** -media.skew
    use = np.exp(media.spread * ndtri(uniform(0)) - 0.5 * media.spread**2)
    media_diet = np.zeros(len(ident), np.uint64)
    for outlet, size in enumerate((media.habit * sizes / sizes.sum()).tolist()):
        follows = uniform(outlet + 1) < use * size
        media_diet |= follows.astype(np.uint64) << np.uint64(outlet)
    media_diet.flags.writeable = False
    return media_diet


def _of_attendance(seed: int, ident: np.ndarray, mean: float) -> tuple[object, ...]:
    """All that customers' attendance depends on."""
    return seed, hashlib.blake2b(ident.tobytes()).digest(), mean


_ALL_ATTEND = np.zeros(0, np.float32)
_ALL_ATTEND.flags.writeable = False  # of the same type as drawn chances, in compiled code


def draw_attendance(seed: int, ident: np.ndarray, mean: float) -> np.ndarray:
    """Chance of each customer to attend a gathering in a week, float32 [customer], read-only; empty
    where the mean is 1, as everybody attends then."""
    return _drawn_attendance(seed, ident, mean) if mean < 1.0 else _ALL_ATTEND


@cached(LRUCache(MOST_KEPT, getsizeof=lambda c: c.nbytes), key=_of_attendance, lock=RLock())
def _drawn_attendance(seed: int, ident: np.ndarray, mean: float) -> np.ndarray:
    """The chances of :func:`draw_attendance` with a mean below 1: powers of uniform numbers."""
    stream = draws.kept_stream_key(draws.ATTENDANCE, 0, 0, 0)
    drawn = draws.uniform_column(draws.word(person_keys(seed, ident), stream))
    attends: np.ndarray = (drawn ** ((1.0 - mean) / mean)).astype(np.float32)
    attends.flags.writeable = False
    return attends


def mean_followed(media_diet: np.ndarray, outlets: int) -> np.ndarray:
    """Mean number of the n largest outlets that a customer follows, float64 [n from 0]."""
    followers = [
        np.count_nonzero(media_diet & np.uint64(1 << outlet)) / max(1, len(media_diet))
        for outlet in range(outlets)
    ]
    return np.cumsum([0.0, *followers])
