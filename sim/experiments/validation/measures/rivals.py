"""How rivals react."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.config.compose import override
from sim.experiments import scenarios
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, advance, ratio, sales
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.params import key_of
from sim.rules.units import YEAR

SHOCK = 4
"""Weeks of deeper deals or of more advertising."""

WATCHED = 26
"""Weeks from the beginning of the shock in which a reaction is looked for."""

SCENARIO, MARKET = "price_war", "packaged"
"""The scenario whose market and rivals are shocked, and which of its markets."""

NONE, SAME, OTHER, ACCOMMODATING = range(4)
"""Reactions: none, with the same instrument, with another one, or a retreat."""

DEAL = 0.2
"""Discount of the shock where a firm has given none before, share of the list price."""

NOTABLE = 0.01
"""Least change that counts as a reaction: of the discount in shares of the list price, of spend
relative to what it would have been."""


def deals(world: World) -> np.ndarray:
    """Discounts of the last year, share of the list price [week, firm]; 0 without sales."""
    booked = world.ledger.accounts()[-YEAR:, :-1].astype(float)
    listed = booked[:, :, acc.LIST_VALUE]
    return np.where(listed > 0.0, 1.0 - booked[:, :, acc.REVENUE] / np.maximum(1.0, listed), 0.0)


def spend(world: World) -> np.ndarray:
    """Spend in the last year, cents [week, firm]."""
    return np.asarray(world.ledger.accounts()[-YEAR:, :-1, acc.SPEND], float)


def reactions(treated: World, control: World, *, by_price: bool) -> list[int]:
    """Class of each firm's reaction to a shock of a year ago, by price or by spend."""
    deeper = (deals(treated) - deals(control))[:WATCHED].mean(axis=0)
    now, usual = (spend(world)[:WATCHED].sum(axis=0) for world in (treated, control))
    more = now / np.maximum(1.0, usual) - 1.0
    changes = zip(deeper.tolist(), more.tolist(), strict=True)
    return [reaction(*change, by_price=by_price) for change in changes]


def reaction(deeper: float, more: float, *, by_price: bool) -> int:
    """Class of a firm's reaction to a shock.

    Args:
        deeper: change of the firm's discount, share of the list price.
        more: relative change of its spend.
        by_price: whether the shock was a deal, not advertising.
    """
    same, other = (deeper, more) if by_price else (more, deeper)
    if same > NOTABLE:
        return SAME
    if other > NOTABLE:
        return OTHER
    return ACCOMMODATING if min(same, other) < -NOTABLE else NONE


@measures("E36")
def rivals_reactions(trial: Trial) -> Figures:
    """Firms and their customers' choices are those of the scenario of a price war in packaged
    goods, from the beginning, before anybody cuts prices: those firms imitate that imitate there,
    who notice a loss only beyond their usual ups and downs and then copy the deepest deal around;
    the others are passive. After a year one firm deepens its deals for four weeks by two standard
    deviations of that year, or by 20 % where it gave none; in another branch it doubles its
    advertising. The reaction of each rival, whether it imitates or is passive, is the change of its
    deals and spend over 26 weeks against the branch without a shock. Every firm is shocked in turn,
    a month later than the firm before. A passive rival cannot react, so beside the share of all
    rivals stands that of the imitators."""
    by_deals, by_ads, imitators, lasting = [], [], [], []
    war = Trial(override(trial.config, *behaviour()), trial.seed)
    market = war.world.branch()
    before, imitating = deals(market).std(axis=0), imitates(market)
    for f, name in enumerate(market.names):
        control, spec = advance(market.branch(), YEAR), war.config.firms[name]
        depth = spec.discount + (2.0 * before[f] if before[f] > NOTABLE else DEAL)
        cuts = [f"{key_of(('firms', name))}.discount={deal}" for deal in (depth, spec.discount)]
        treated = _shocked(market, cuts[:1], cuts[1:])
        by_deals.append(np.delete(reactions(treated, control, by_price=True), f))
        imitators.append(np.delete(imitating, f))
        later = [np.delete(sales(world, YEAR - WATCHED), f).sum() for world in (treated, control)]
        lasting.append(later[0] / later[1] - 1.0)
        more, usual = (war.spending(name, war.advertising(name), by) for by in (2.0, 1.0))
        advertised = _shocked(market, more, usual)
        by_ads.append(np.delete(reactions(advertised, control, by_price=False), f))
        advance(market, SHOCK)
    all_found = np.array([by_deals, by_ads])
    able = all_found[0, np.array(imitators)]
    return {
        "none": float((all_found[0] == NONE).mean()),
        "none_advertising": float((all_found[1] == NONE).mean()),
        "imitators": ratio(float((able == NONE).sum()), len(able)),
        "same": ratio(float((all_found == SAME).sum()), float((all_found != NONE).sum())),
        "lasting": float(np.mean(lasting)),
    }


def behaviour() -> list[str]:
    """What the price war changes in its market: numbers of firms and of their customers' choices,
    as ``key=value`` changes. Its arms, and how many customers are simulated, are left out."""
    words = scenarios.need(SCENARIO).markets[MARKET]
    return [word for word in words if word.startswith(("firms.", "choice."))]


def imitates(market: World) -> np.ndarray:
    """Whether a firm imitates or retaliates rather than being passive, bool [firm]."""
    firms = market.config.firms
    return np.array([firms[name].organisation.reaction != "passive" for name in market.names])


def _shocked(market: World, shock: Sequence[str], end: Sequence[str]) -> World:
    """A branch with a shock that ends after four weeks, a year later."""
    world = advance(market.branch(*shock), SHOCK)
    world.diverge(*end)
    return advance(world, YEAR - SHOCK)
