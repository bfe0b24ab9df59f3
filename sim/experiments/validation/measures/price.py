"""Prices: elasticities, what deals leave behind, and how price compares with other instruments."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.common import established, units, weekly_units
from sim.experiments.validation.measures.customers import events
from sim.experiments.validation.trial import Trial, advance, elasticity, mean, ratio
from sim.model.world import World
from sim.rules.units import QUARTER, YEAR

CUT = 0.1
"""Price cut of the elasticities."""


@measures("E08")
def own_price(trial: Trial) -> Figures:
    """One firm at a time lowers its list price by 10 % for a year; separately it gives all
    customers a discount of 10 % for four weeks. Rivals keep their prices. The elasticities compare
    its units of the same weeks with the control's; the figures are means over established
    firms."""
    control = trial.branch()
    listed, cut = [], []
    for f, name in established(trial):
        price = trial.config.firms[name].list_price
        lower = trial.branch(f"firms.{name}.list_price={price * (1.0 - CUT)}")
        listed.append(elasticity(units(lower)[f], units(control)[f], -CUT))
        deal = trial.branch(f"firms.{name}.discount={CUT}", weeks=4)
        cut.append(elasticity(units(deal)[f], units(control, 0, 4)[f], -CUT))
    return {"list": mean(listed), "cut": mean(cut)}


@measures("E20")
def after_a_promotion(trial: Trial) -> Figures:
    """One brand at a time gives a discount of 20 % for one week. The bump is its additional units
    of that week against the control, the dip what it sells less in the eight weeks after; both are
    summed over established brands, so that brands with few buyers do not blow up the ratio. Nobody
    knows of the deal beforehand, so nothing can be missing before it. The level is the relative
    change of units in weeks 27 to 52, a mean over brands."""
    control = weekly_units(trial.branch())
    bump = dip = 0.0
    level = []
    for f, name in established(trial):
        usual = trial.config.firms[name].discount
        deal = trial.branch(f"firms.{name}.discount=0.2", weeks=1)
        after = advance(deal.branch(f"firms.{name}.discount={usual}"), YEAR - 1)
        extra = (weekly_units(after) - control)[:, f]
        bump += extra[0]
        dip -= extra[1:9].sum()
        level.append(ratio(extra[26:].sum(), control[26:, f].sum()))
    return {"dip": dip / bump if bump > 0.0 else float("nan"), "level": mean(level)}


DEAL, EVERY = 0.25, 4
"""Depth of the deals of E21, and weeks from one to the next."""

BRANDS = 4
"""Number of brands of E21, the largest ones."""

LOG = "log.purchases=true"


@measures("E21")
def deals_and_price_sensitivity(trial: Trial) -> Figures:
    """The four largest brands are followed one at a time for two years: with a deal of 25 % in one
    week of four, about what a fifth of their advertising money pays for; with a fifth less money
    for broadcast and performance ads; with a constant discount of 10 %. Then deals end and
    advertising returns, and the elasticity of units to a list price 10 % lower is measured over a
    quarter, from each of these pasts. The figures are its relative changes against the control's
    past, means over brands. The constant discount stays while it is measured, and so do the deals
    in the figure measured while they go on. Customers are loyal to the brand of which they bought
    most units in the control's two years."""
    past = trial.branch(LOG, weeks=2 * YEAR)
    bought, found = bought_lately(past, 2 * YEAR), defaultdict[str, list[float]](list)
    for f in np.argsort(-bought.sum(axis=0))[:BRANDS]:
        name, lines = past.names[f], trial.advertising(past.names[f])
        loyal = (bought[:, f] > 0) & (bought[:, f] == bought.max(axis=1))
        deals = with_deals(trial.world.branch(LOG), name, 2 * YEAR)
        less = trial.branch(LOG, *trial.spending(name, lines, 0.8), weeks=2 * YEAR)
        constant = trial.branch(LOG, f"firms.{name}.discount=0.1", weeks=2 * YEAR)
        usual = less.branch(*trial.spending(name, lines, 1.0))
        before = price_elasticity(past, f, loyal)
        for key, after in (
            ("sustained", price_elasticity(deals, f, loyal)),
            ("advertising", price_elasticity(usual, f, loyal)),
            ("going_on", price_elasticity(deals, f, loyal, deals=True)),
            ("permanent", price_elasticity(constant, f, loyal)),
        ):
            everybody, loyals, others = after / before - 1.0
            found[key].append(everybody)
            if key == "sustained":
                found["non_loyal"].append(others - loyals)
    return {key: mean(values) for key, values in found.items()}


def with_deals(world: World, firm: str, weeks: int) -> World:
    """Simulate weeks in which a firm gives a deal in the first of every four."""
    usual = world.config.firms[firm].discount
    for _ in range(weeks // EVERY):
        world.diverge(f"firms.{firm}.discount={DEAL}")
        world.step()
        world.diverge(f"firms.{firm}.discount={usual}")
        advance(world, EVERY - 1)
    return world


def price_elasticity(past: World, f: int, loyal: np.ndarray, *, deals: bool = False) -> np.ndarray:
    """Elasticity of a brand's units to its list price, over a quarter.

    Returns:
        Of all customers, of the loyal and of the others, float64 [3].
    """
    name = past.names[f]
    price = past.config.firms[name].list_price
    sold = []
    for changed in (price * (1.0 - CUT), price):
        twin = past.branch(f"firms.{name}.list_price={changed}", f"weeks={past.week + QUARTER}")
        if deals:
            with_deals(twin, name, QUARTER)
        each = bought_lately(advance(twin, past.week + QUARTER - twin.week), QUARTER)[:, f]
        sold.append([each.sum(), each[loyal].sum(), each[~loyal].sum()])
    return np.array([elasticity(lower, same, -CUT) for lower, same in zip(*sold, strict=True)])


def bought_lately(world: World, weeks: int) -> np.ndarray:
    """Units bought in the last weeks, float64 [customer, firm]."""
    orders = events(world, "purchases")
    late = orders["week"] > world.week - weeks
    out = np.zeros((world.people.size, len(world.names)))
    np.add.at(out, (orders["customer"][late], orders["firm"][late]), orders["units"][late])
    return out


BY = (1.25, 0.75)
"""Multiples at which each instrument of E14 is set."""


@measures("E14")
def instruments(trial: Trial) -> Figures:
    """One firm at a time has its list price, its reps' hours, or its money for trade shows and
    other lines of the market department, which are this market's advertising, a quarter above and a
    quarter below the declared level for a year. The step is the same for all three, and larger than
    elsewhere because a tenth more advertising drowns in chance. The elasticity compares the units
    of the two arms. The figures are ratios of the means over established firms."""
    found = []
    for f, name in established(trial):
        spec, known = trial.config.firms[name], trial.config.activities
        lines = [line for line in spec.budget if known[line].owner == "market_department"]
        arms = [
            [trial.branch(f"firms.{name}.list_price={spec.list_price * by}") for by in BY],
            [trial.branch(f"firms.{name}.sales.hours={spec.sales.hours * by}") for by in BY],
            [trial.branch(*trial.spending(name, lines, by)) for by in BY],
        ]
        found.append([
            elasticity(units(more)[f], units(less)[f], BY[0] / BY[1] - 1.0) for more, less in arms
        ])  # fmt: skip
    price, selling, advertising = (mean(each) for each in np.reshape(found, (-1, 3)).T)
    return {
        "price_to_advertising": ratio(-price, advertising),
        "selling_to_advertising": ratio(selling, advertising),
    }
