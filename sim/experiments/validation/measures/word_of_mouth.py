"""Word of mouth: trust and what follows from it (E38), messages and ratings (E39, E40)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.engines.protocol import ACTIVE
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, elasticity, flows, mean, ratio, repeated
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.model.world import World
from sim.outcomes.logs import LOGS, log_table
from sim.rules.talk import opinion, valence
from sim.rules.units import CENTS, YEAR

NAN = float("nan")

# Relationship quality

RELIABILITY = 0.8
"""Share of the variance of a surveyed answer that is true."""

ANSWERS = 38
"""Number of the stream of survey errors, beside the seed of the trial."""


class Outcomes(NamedTuple):
    """What customers do in a year, float64 [firm, customer].

    Attributes:
        orders: number of orders.
        margin: revenue less cost of goods, cents.
        messages: messages sent about the firm.
    """

    orders: np.ndarray
    margin: np.ndarray
    messages: np.ndarray


@measures("E38")
def relationship_quality(trial: Trial) -> Figures:
    """All active customers of any firm (a customer of two firms counts twice) are asked for their
    trust at the beginning of a year. To the true trust comes a normal error, so that the answers
    have a reliability of 0.8. The figures are correlations of the answer with what is booked in the
    year after: the share of a customer's orders that go to the firm (of customers who order
    anything), the messages sent about the firm, and the margin. There is no commitment in the
    model, so that its order below trust cannot be measured."""
    world = trial.branch("log.purchases=true", "log.messages=true")
    now, year = trial.world.engine.columns(), outcomes(trial, world)
    customer = now["relation"] & ACTIVE > 0
    trust = np.where(customer, now["trust"], np.nan).astype(np.float64)
    answer, all_orders = surveyed(trust, trial.seed), year.orders.sum(axis=0)
    share = np.where(all_orders > 0, year.orders, np.nan) / np.maximum(all_orders, 1.0)
    return {
        "loyalty": correlation(answer, share),
        "word_of_mouth": correlation(answer, year.messages),
        "performance": correlation(answer, year.margin),
        "commitment": NAN,
    }


def surveyed(trust: np.ndarray, seed: int) -> np.ndarray:
    """Answers of a survey about trust, which have a normal error."""
    error = np.random.default_rng([seed, ANSWERS]).standard_normal(trust.shape)
    return np.asarray(trust + error * np.nanstd(trust) * np.sqrt(1.0 / RELIABILITY - 1.0))


def outcomes(trial: Trial, world: World) -> Outcomes:
    """Outcomes of the logged orders and messages of a world."""
    bought, sent = (
        dict(zip(LOGS[log], log_table(log, world.logs[log]).T, strict=True))
        for log in ("purchases", "messages")
    )
    orders, margin, messages = np.zeros((3, len(world.names), world.people.size))
    cost = np.array([trial.config.firms[name].unit_cost * CENTS for name in world.names])
    at = bought["firm"], bought["customer"]
    np.add.at(orders, at, 1.0)
    np.add.at(margin, at, bought["cents"] - bought["units"] * cost[bought["firm"]])
    np.add.at(messages, (sent["firm"], sent["from"]), 1.0)
    return Outcomes(orders, margin, messages)


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Correlation over the places where both are known, NaN where one side does not vary."""
    known = np.isfinite(x) & np.isfinite(y)
    a, b = x[known], y[known]
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and np.ptp(a) and np.ptp(b) else NAN


# Messages and ratings

STEP = 0.1
"""Step of messages, ratings and money."""

SAME_PEOPLE = 4
"""Weeks after which the people who receive the additional messages are drawn anew."""


@measures("E39")
def electronic_word_of_mouth(trial: Trial) -> Figures:
    """Firm by firm, for a year. Volume: people drawn at random receive additional messages about
    the firm, a tenth of those its customers send and as positive as these; others are drawn every
    four weeks. Valence: in the first week so many negative ratings of the firm are posted that the
    share of positive ones, among all of the last year, is a tenth lower (where nearly all are
    positive, it cannot be a tenth higher). The figures are logs of the firm's units over those of
    the same year without the change, divided by the log of one plus the step; for messages, the
    step is messages received over messages sent. Means over firms."""
    firms = range(len(trial.world.names))
    louder, worse = (
        [with_messages(trial, f) for f in firms],
        [with_ratings(trial, f) for f in firms],
    )
    steps = [heard_more(louder[f], f) for f in firms]
    lower = [-STEP] * len(firms)
    return {
        "volume": mean_elasticity(trial, louder, steps, acc.UNITS),
        "valence": mean_elasticity(trial, worse, lower, acc.UNITS),
        "volume_new": mean_elasticity(trial, louder, steps, acc.ACQUIRED),
        "valence_new": mean_elasticity(trial, worse, lower, acc.ACQUIRED),
    }


@measures("E40")
@repeated(3)
def messages_against_media(trial: Trial) -> Figures:
    """Firm by firm, for a year: elasticities of a firm's new customers to messages about it (more
    of them, to people drawn at random, as for electronic word of mouth), to the money of its
    advertising, and to the money of its events, each ten per cent more. Events are activities in
    which prospects meet the firm in person: two-way ones outside media and outside sales. The
    figures are the mean elasticity to messages over firms, divided by that to media and by that to
    events."""
    firms = range(len(trial.world.names))
    louder = [with_messages(trial, f) for f in firms]
    to_messages = mean_elasticity(
        trial, louder, [heard_more(louder[f], f) for f in firms], acc.ACQUIRED
    )
    return {
        "causal": ratio(to_messages, to_money(trial, [trial.advertising(n) for n in names(trial)])),
        "events": ratio(to_messages, to_money(trial, [events(trial, n) for n in names(trial)])),
    }


def names(trial: Trial) -> list[str]:
    """Names of the firms in order of their rows."""
    return list(trial.world.names)


def events(trial: Trial, firm: str) -> list[str]:
    """The lines of a firm in which prospects meet it in person."""
    known = trial.config.activities
    return [
        name for name, money in trial.config.firms[firm].budget.items()
        if money > 0.0 and known[name].two_way and not known[name].mediated
        and known[name].prospects > 0.0 and known[name].owner != "sales"
    ]  # fmt: skip


def to_money(trial: Trial, lines: Sequence[Sequence[str]]) -> float:
    """Mean elasticity of new customers to the money of some lines, by firm."""
    worlds = [
        trial.branch(*trial.spending(name, mine, 1.0 + STEP)) if mine else None
        for name, mine in zip(names(trial), lines, strict=True)
    ]
    return mean_elasticity(trial, worlds, [STEP] * len(worlds), acc.ACQUIRED)


def mean_elasticity(
    trial: Trial, worlds: Sequence[World | None], steps: Sequence[float], account: int
) -> float:
    """Mean over firms of the elasticity of a firm's account in the world in which it is treated."""
    control = flows(trial.branch())[:, account]
    return mean(
        elasticity(flows(world)[f, account], control[f], step)
        for f, (world, step) in enumerate(zip(worlds, steps, strict=True))
        if world is not None
    )


def with_messages(trial: Trial, f: int) -> World:
    """A branch in which people drawn at random receive more messages about a firm."""
    usual, week = flows(trial.branch())[f], trial.world.week
    talk, level = trial.config.talk, flows(trial.world, 1)[f]
    says = ratio(level[acc.TRUST] / PARTS, level[acc.ACTIVE])
    if talk.satisfaction > 0.0:
        active = trial.world.engine.column("relation")[f] & ACTIVE > 0
        satisfaction = trial.world.engine.column("satisfaction")[f, active]
        says = opinion(says, float(satisfaction.mean()), talk.satisfaction)
    said = valence(says, talk.negative_wom) if np.isfinite(says) else 1.0
    people = float(flows_of_market(trial.world)[acc.PEOPLE])
    share = STEP * ratio(usual[acc.TALKS] / YEAR, people)
    return trial.branch(
        *(
            f"+treatments.m{n}={{id: {1 + n}, firm: {trial.world.names[f]}, "
            f"week: {week + 1 + n * SAME_PEOPLE}, weeks: {SAME_PEOPLE}, share: {share}, "
            f"messages: 1, valence: {said}}}"
            for n in range(YEAR // SAME_PEOPLE)
        )
    )


def flows_of_market(world: World) -> np.ndarray:
    """Accounts of the whole market in the last week."""
    return np.asarray(world.ledger.accounts()[-1, -1], np.float64)


def heard_more(world: World, f: int) -> float:
    """Messages about a firm that a treatment sent, over those of customers. Without messages of
    customers it is infinite, so that elasticities are 0; NaN if the treatment sent none."""
    year = flows(world)[f]
    if year[acc.TALKS] == 0.0:
        return float("inf")
    return float(year[acc.INJECTED] / year[acc.TALKS]) or NAN


def with_ratings(trial: Trial, f: int) -> World:
    """A branch in which negative ratings of a firm are posted in the first week."""
    posted = flows(trial.world)[f, acc.RATED] * (1.0 / (1.0 - STEP) - 1.0)
    return trial.branch(
        f"+treatments.r={{id: 1, unit: firm, firm: {trial.world.names[f]}, share: 1, "
        f"week: {trial.world.week + 1}, weeks: 1, ratings: {round(posted)}, valence: 0}}"
    )
