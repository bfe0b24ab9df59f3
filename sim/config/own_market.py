"""A market in ten numbers: what a short market file states, and what follows from it.

A short file names a shipped market (``like``) and states the ten numbers of :data:`TEN`. All other
values are those of the shipped market. A number left as ``gtm market new`` wrote it changes
nothing, so an untouched file is the shipped market. :func:`derive` says what each number sets.

Market shares are no parameter of the model: they result from choices of customers. The shares of a
file set how well firms are known, and in how many stores they are, when the warm-up begins, and how
the rivals' spend is divided; shares of orders develop from there.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from sim.config.schema import Config, with_number
from sim.market.firms import FirmSpec, SalesForceSpec
from sim.market.population import Population
from sim.params import (
    ConfigError,
    Message,
    as_message,
    declared,
    in_id_order,
    nearest,
    numbers,
)
from sim.rules.pricing import Price

WEEKS = 52
LIKE, OWN, CURRENCY, SHARES = "like", "own", "currency", "shares"
COST_LEVEL = "cost_level"


@dataclass(frozen=True)
class Line:
    """A number of a market file: unit, inclusive bounds, and the keys it sets.

    In ``sets``, OWN and RIVAL stand for the names of firms.
    """

    unit: str
    low: float
    high: float
    sets: tuple[str, ...]


_FIRM, _SALES, _PEOPLE = declared(FirmSpec), declared(SalesForceSpec), declared(Population)
_USUAL = declared(Price)["usual"]
_MOST = 1e12
"""Highest yearly amount of money."""

TEN: dict[str, Line] = {
    "people": Line(
        "people", 1, _PEOPLE["people"].high, ("population.people", "population.customers")
    ),
    "purchases": Line("buying occasions per person and year", 0, 3 * WEEKS, ("choice.rate_mean",)),
    "price": Line(
        "money per unit", _FIRM["list_price"].low, _FIRM["list_price"].high,
        ("firms.OWN.list_price",),
    ),
    "margin": Line("share of the list price", 0, 1, ("firms.OWN.unit_cost",)),
    "spend": Line("money per year", 0, _MOST, ("firms.OWN.budget",)),
    "reps": Line("people", 0, _SALES["reps"].high, ("firms.OWN.sales.reps",)),
    "rivals_price": Line(
        "money per unit", _USUAL.low, _USUAL.high, ("price.usual", "firms.RIVAL.list_price")
    ),
    "rivals_spend": Line("money per year", 0, _MOST, ("firms.RIVAL.budget",)),
    SHARES: Line(
        "share of sales at the beginning", 0, 1,
        ("firms.*.awareness", "firms.*.distribution", "firms.RIVAL.budget",
         "firms.RIVAL.sales.reps"),
    ),
    COST_LEVEL: Line(
        "ratio to the shipped market", 0.0001, 10_000, ("every other amount of money",)
    ),
}  # fmt: skip
"""The ten numbers, in the order of the file."""

KEYS = (LIKE, OWN, CURRENCY, *TEN)
PERCENT = ("margin", SHARES)
LONGEST_CURRENCY = 8


@dataclass(frozen=True)
class Numbers:
    """The ten numbers, with the names of the firms.

    Attributes:
        own: name of the user's own firm.
        currency: sign or code printed with amounts of money.
        values: the numbers by key, except shares.
        shares: share of each firm, the own firm first; 0 for a firm that enters in week 1.
    """

    own: str
    currency: str
    values: dict[str, float]
    shares: dict[str, float]


def is_short(raw: Mapping[str, Any]) -> bool:
    """Whether the keys are those of a short file, not of a complete market."""
    return bool(set(raw) & set(KEYS) - {f.name for f in fields(Config)})


def can_be_like(config: Config) -> bool:
    """Whether a market can be the model of a short file: it has two rivals or more, all of whom
    have been there before the first week."""
    rivals = list(in_id_order(config.firms).values())[1:]
    return len(rivals) > 1 and all(r.enters == 0 and r.awareness > 0 for r in rivals)


def describe(config: Config) -> Numbers:
    """The ten numbers of any market; its own firm is the one with the lowest id."""
    (own, first), *rest = in_id_order(config.firms).items()
    values = {
        "people": float(config.population.people),
        "purchases": config.choice.rate_mean * WEEKS * _mean_need(config),
        "price": first.list_price,
        "margin": 1.0 - first.unit_cost / first.list_price,
        "spend": WEEKS * sum(first.budget.values()),
        "reps": float(first.sales.reps),
        "rivals_price": config.price.usual,
        "rivals_spend": WEEKS * sum(sum(rival.budget.values()) for _, rival in rest),
        COST_LEVEL: 1.0,
    }
    known = {name: _gap(spec) for name, spec in in_id_order(config.firms).items()}
    total = sum(known.values())
    shares = {name: gap / total if total else 0.0 for name, gap in known.items()}
    return Numbers(own, config.currency, values, shares)


def _mean_need(config: Config) -> float:
    """Mean buying rate over segments, relative to ``choice.rate_mean``."""
    segments = config.segments.values()
    total = sum(s.share for s in segments)
    return sum(s.share * s.need for s in segments) / total


def _gap(spec: FirmSpec) -> float:
    """Contacts that a firm's awareness stands for: each closes the same part of the gap to full
    awareness. 0 for a firm that enters later."""
    return 0.0 if spec.enters else -math.log(1.0 - min(spec.awareness, 0.999))


def shown(key: str, value: float) -> str:
    """A number as a market file shows it: a percentage, or six digits."""
    if key in PERCENT:
        return f"{100.0 * value:.1f}%"
    return f"{value:.0f}" if abs(value) >= 1e5 else f"{value:.6g}"


def _rounded(key: str, value: float) -> float:
    """A number as it is read back from :func:`shown`."""
    text = shown(key, value)
    return float(text[:-1]) / 100.0 if key in PERCENT else float(text)


def read(raw: Mapping[str, Any], path: Path, like: Config) -> Numbers:
    """Read the numbers of a short file.

    Args:
        raw: keys and values of the file.
        path: of the file, for errors.
        like: the shipped market that it names. A number that the file does not state is that of
            the shipped market, times ``cost_level`` if it is money.

    Raises:
        ConfigError: an unknown key, or a value of the wrong kind or out of bounds.
    """
    where = Message("market {path}", path=path)
    for key in raw:
        if key not in KEYS:
            raise ConfigError(
                "{where}: unknown {key}; allowed {allowed}.{hint}",
                where=where, key=key, allowed=KEYS, hint=nearest(key, KEYS),
            )  # fmt: skip
    level = _number(where, COST_LEVEL, raw.get(COST_LEVEL, 1.0))
    usual = describe(_levelled(like, level))
    values = {
        key: _number(where, key, raw[key]) if key in raw else _rounded(key, value)
        for key, value in usual.values.items()
    }
    values[COST_LEVEL] = level
    own = _word(where, OWN, raw.get(OWN, usual.own))
    currency = _word(where, CURRENCY, raw.get(CURRENCY, usual.currency))
    if len(currency) > LONGEST_CURRENCY:
        raise ConfigError(
            "{where}: currency={currency}: allowed up to {most} letters.",
            where=where, currency=currency, most=LONGEST_CURRENCY,
        )  # fmt: skip
    shares = {n: _rounded(SHARES, v) for n, v in usual.shares.items()}
    if SHARES in raw:
        shares = _shares(where, raw[SHARES])
    if own not in shares:
        raise ConfigError(
            "{where}: own={own}: not among the firms of shares; allowed {allowed}.{hint}",
            where=where, own=own, allowed=[*shares], hint=nearest(own, shares),
        )  # fmt: skip
    order = [own, *(firm for firm in shares if firm != own)]
    return Numbers(own, currency, values, {firm: shares[firm] for firm in order})


def _word(where: Message, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ConfigError(
            "{where}: {key}={value}: needs a word; write it in quotes.",
            where=where, key=key, value=_said(value),
        )  # fmt: skip
    return value.strip()


def _said(value: Any) -> str:
    """A value as an error shows it, on one line."""
    text = str(value)
    return text if text.isprintable() else ascii(value)


def _shares(where: Message, value: Any) -> dict[str, float]:
    if not isinstance(value, dict) or not value:
        raise ConfigError(
            "{where}: shares: needs a line for each firm, such as  birch: 40%.", where=where
        )
    inside = Message("{where}, shares", where=where)
    out = {name: _number(inside, name, part, TEN[SHARES]) for name, part in value.items()}
    total = sum(out.values())
    if abs(total - 1.0) > 0.0101:
        raise ConfigError(
            "{where}: shares add up to {total:.1f}%; they must to 100%.",
            where=where, total=100.0 * total,
        )  # fmt: skip
    return out


def _number(where: Message, key: str, value: Any, line: Line | None = None) -> float:
    """A number, or a percentage such as ``40%`` where a share is meant."""
    line = line or TEN[key]
    is_share = line.high == 1
    out = value
    if is_share and isinstance(value, str) and value.strip().endswith("%"):
        try:
            out = float(value.strip()[:-1]) / 100.0
        except ValueError:
            out = value
    if isinstance(out, bool) or not isinstance(out, int | float):
        raise ConfigError(
            "{where}: {key}={value}: needs a number such as 40% or 0.4."
            if is_share
            else "{where}: {key}={value}: needs a number such as 1000000, without commas and "
            "signs.",
            where=where, key=key, value=_said(value),
        )  # fmt: skip
    if key == "reps" and out % 1 != 0:
        raise ConfigError(
            "{where}: {key}={value}: needs a whole number.", where=where, key=key, value=value
        )
    if not line.low <= out <= line.high:
        raise ConfigError(
            "{where}: {key}={value} is out of bounds: allowed {low:g} to {high:g} ({unit}).{hint}",
            where=where, key=key, value=value, low=line.low, high=line.high,
            unit=as_message(line.unit), hint=Message(" Write 40% or 0.4.") if is_share else "",
        )  # fmt: skip
    return float(out)


def derive(like: Config, stated: Numbers) -> Config:
    """The market that the ten numbers describe, everything else as in a shipped market.

    - ``cost_level`` multiplies every amount of money of the shipped market first.
    - ``people`` is ``population.people``; the number of simulated customers stays, or is lowered
      so that each represents a whole number of people.
    - ``purchases`` sets ``choice.rate_mean``: occasions a year over 52 weeks and the segments' mean
      need.
    - ``price``, ``margin``: list price of the own firm; its unit cost is price times (1 - margin).
    - ``spend`` multiplies the own firm's budget, line by line. ``reps``: its sales force.
    - ``rivals_price``: the usual price (``price.usual``); rivals' prices and unit costs keep their
      ratios to it.
    - ``shares``: the n-th rival is like the n-th rival of the shipped market, and a further one
      like the first again. Awareness at the beginning is 1 - exp(-k * share), k as in the shipped
      market: awareness grows with contacts, but with less and less for each. Distribution in
      stores is that of a firm of this share in the shipped market. A firm with share 0 enters in
      week 1. Rivals' reps follow their shares and the number of people.
    - ``rivals_spend`` is divided in proportion to shares, and split as in the shipped market.
    """
    out = _levelled(like, stated.values[COST_LEVEL])
    before = describe(out)
    templates = list(in_id_order(out.firms).items())
    value, old = stated.values, before.values

    def differs(key: str) -> bool:
        return value[key] != _rounded(key, old[key])

    if differs("people"):
        _set_people(out, round(value["people"]))
    if differs("purchases"):
        out.choice.rate_mean = value["purchases"] / (WEEKS * _mean_need(out))
    dearer = value["rivals_price"] / old["rivals_price"] if differs("rivals_price") else 1.0
    out.price.usual *= dearer
    out.currency = stated.currency
    out.firms = {}
    sizes: dict[str, float] = {}
    for n, (name, share) in enumerate(stated.shares.items()):
        is_further = n >= len(templates)
        origin, template = templates[1 + (n - 1) % (len(templates) - 1) if is_further else n]
        firm = out.firms[name] = copy.deepcopy(template)
        if is_further:
            firm.id = templates[-1][1].id + 1 + n - len(templates)
        usual = before.shares[origin]
        if share != _rounded(SHARES, usual):
            _set_share(firm, share, like)
        if n:
            firm.list_price *= dearer
            firm.unit_cost *= dearer
            sizes[name] = share / _rounded(SHARES, usual)
    _set_own(out.firms[stated.own], stated, differs)
    _set_rivals(out, sizes, value["rivals_spend"], value["people"] / old["people"])
    return out


def _levelled(config: Config, level: float) -> Config:
    """A copy with every amount of money multiplied."""
    out = copy.deepcopy(config)
    if level == 1.0:
        return out
    for name, known, value in list(numbers(out)):
        if known.unit == "money" or known.unit.startswith("money per"):
            out = with_number(out, name, value * level)
    for firm in out.firms.values():
        firm.budget = {line: money * level for line, money in firm.budget.items()}
    return out


def _set_people(config: Config, people: int) -> None:
    size = config.population
    each = -(-people // size.customers)  # people that a customer represents, rounded up
    size.people, size.customers = people, max(1, round(people / each))


def _set_share(firm: FirmSpec, share: float, like: Config) -> None:
    """Set how well a firm is known and in how many stores it is at the beginning; one with share 0
    enters in week 1."""
    if share == 0.0:
        firm.enters, firm.awareness, firm.trust = 1, 0.0, 0.0
        return
    established = sorted((s for s in like.firms.values() if not s.enters), key=_gap)
    total = sum(map(_gap, established))
    shares = [_gap(spec) / total for spec in established]
    firm.distribution = float(np.interp(share, shares, [s.distribution for s in established]))
    if firm.enters:
        firm.enters = 0
        firm.trust = sum(spec.trust for spec in established) / len(established)
    firm.awareness = 1.0 - math.exp(-share * total)


def _set_own(firm: FirmSpec, stated: Numbers, differs: Callable[[str], bool]) -> None:
    value = stated.values
    if differs("price"):
        firm.list_price = value["price"]
    if differs("price") or differs("margin"):
        firm.unit_cost = value["price"] * (1.0 - value["margin"])
    if differs("spend"):
        firm.budget = _scaled(firm.budget, value["spend"] / WEEKS)
    firm.sales.reps = round(value["reps"])


def _set_rivals(config: Config, sizes: Mapping[str, float], spend: float, growth: float) -> None:
    """Divide the rivals' spend, and set their sales forces.

    Args:
        sizes: share of each rival, relative to that of the rival it is like.
        spend: of all rivals, money per year.
        growth: number of people, relative to the shipped market.
    """
    rivals = {name: config.firms[name] for name in sizes}
    weights = {n: sizes[n] * sum(firm.budget.values()) for n, firm in rivals.items()}
    total = sum(weights.values())
    for name, firm in rivals.items():
        money = spend / WEEKS * weights[name] / total if total else 0.0
        firm.budget = _scaled(firm.budget, money)
        if firm.sales.reps and sizes[name]:
            firm.sales.reps = max(1, round(firm.sales.reps * sizes[name] * growth))


def _scaled(budget: Mapping[str, float], money: float) -> dict[str, float]:
    """A budget with the same split and another total, money per week."""
    total = sum(budget.values())
    factor = money / total if total else 0.0
    if math.isclose(factor, 1.0):  # an untouched amount leaves the budget as it is, to the bit
        return dict(budget)
    return {line: amount * factor for line, amount in budget.items()}
