"""How long customers stay and what staying is worth: value of the customer base, renewals,
communities, and spending on retention or on acquisition."""

from __future__ import annotations

import numpy as np

from sim.engines.protocol import ACTIVE
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.customers import (
    LOGS,
    ends,
    events,
    new_customers,
)
from sim.experiments.validation.trial import Trial, advance, ratio
from sim.rules.units import YEAR

# Renewals

RENEWALS = 7
"""Renewals of a yearly contract."""

COHORTS = 8
"""Years in which the customers are won who are followed."""


@measures("E32")
def retention_by_renewal(trial: Trial) -> Figures:
    """Customers whom firms win within eight years are followed through seven renewals of a yearly
    contract, at unchanged policies. Retention at a renewal is the share of those still customers
    who renew, within a firm; the mean over firms is weighted by the customers they won."""
    world = trial.branch(*LOGS, weeks=(COHORTS + RENEWALS) * YEAR)
    since = new_customers(world, events(world, "purchases")).week
    since = np.where(since <= trial.world.week + COHORTS * YEAR, since, 0)
    tenure = np.where(since > 0, ends(world, since) - since, 0)
    held = np.array([(tenure > n * YEAR).sum(axis=1) for n in range(RENEWALS + 1)])
    retention = np.average(held[1:] / np.maximum(held[:-1], 1), axis=1, weights=held[0])
    return {
        "rise": float(retention[-1] - retention[0]),
        "monotone": float(np.diff(retention[1:]).min()),
    }


# Community

MONTHS_15 = 65
"""Weeks."""


@measures("E37")
def community(trial: Trial) -> Figures:
    """After 15 months half of a firm's customers, drawn at random, join a community: 15 months long
    they receive a contact of the activity ``community`` a month (and in another run a week) on
    average. What is incremental is the difference in differences of spend at the firm, joined less
    others and after less before; its share is that of the joined customers' spend after joining.
    Firm by firm, for firms that were there from the beginning; the mean is reported."""
    old = [name for name, firm in trial.config.firms.items() if firm.enters <= 0]
    share = {dose: np.mean([_incremental(trial, name, dose) for name in old]) for dose in (0.25, 1)}
    return {"incremental": float(share[0.25]), "weekly": float(share[1])}


def _incremental(trial: Trial, firm: str, dose: float) -> float:
    """Incremental share of spend after joining a firm's community."""
    world = trial.begin(
        "log.purchases=true",
        f"+treatments.join={{id: 1, firm: {firm}, among: customers, week: {MONTHS_15 + 1}, "
        f"weeks: {MONTHS_15}, activity: community, contacts: {dose}}}",
    )
    f = world.names.index(firm)
    customer = advance(world, MONTHS_15).engine.column("relation")[f] & ACTIVE > 0
    orders = events(advance(world, MONTHS_15), "purchases")
    after, at = orders["week"] > MONTHS_15, orders["firm"] == f
    spend = np.zeros((2, world.people.size))
    np.add.at(spend, (after[at].astype(int), orders["customer"][at]), orders["cents"][at])
    joined = customer & (world.engine.column("tags") > 0)
    before, now = spend[:, joined].mean(axis=1) - spend[:, customer & ~joined].mean(axis=1)
    return ratio(float(now - before), float(spend[1, joined].mean()))
