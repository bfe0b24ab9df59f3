"""Buyers: how brands of different size are bought, and how a cohort of new buyers comes back."""

from __future__ import annotations

import numpy as np

from sim.experiments import cdnow
from sim.experiments.repeat_buying import (
    Histories,
    expected_repeats,
    fit_bg_nbd,
    fit_dirichlet,
    fit_nbd,
)
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.customers import events, new_customers
from sim.experiments.validation.trial import Trial, advance, ratio
from sim.model.world import World

JEOPARDY = ("correlation", "frequency", "penetration", "constant", "dirichlet", "fit")
"""Figures of E01."""

WIDE = 5.0
"""Spread of penetration, largest over smallest brand, from which on the spread of purchases per
buyer is published."""


@measures("E01")
def double_jeopardy(trial: Trial) -> Figures:
    """All purchases of a year are logged. Of every brand: its share of purchases, its penetration b
    (share of all people who bought it), and purchases per buyer w. The figures are the correlation
    of penetration and share over the brands, the largest over the smallest w, and the coefficient
    of variation of w(1 - b). The spread of w is published for brands whose penetration spreads five
    times or more, and is not measured where it spreads less. An NBD-Dirichlet is fitted to
    purchases of the category and to penetrations; its fit is the mean over brands of the relative
    errors of b and w against it, without their signs. Beside them stand the spread of b, and the
    spread of w that it expects."""
    world = trial.branch("log.purchases=true")
    orders = events(world, "purchases")
    bought = np.zeros((world.people.size, len(world.names)))
    np.add.at(bought, (orders["customer"], orders["firm"]), 1.0)
    bought = bought[:, bought.sum(axis=0) > 0]
    if bought.shape[1] < 2:
        return dict.fromkeys(JEOPARDY, float("nan"))
    b = (bought > 0).mean(axis=0)
    w = bought.mean(axis=0) / b
    constant = w * (1.0 - b)
    theory = fit_dirichlet(bought)
    errors = np.array([b, w]) / np.array(theory) - 1.0
    spread, expected = float(b.max() / b.min()), theory[1]
    return {
        "correlation": float(np.corrcoef(b, bought.sum(axis=0))[0, 1]),
        "frequency": float(w.max() / w.min()) if spread >= WIDE else float("nan"),
        "penetration": spread,
        "constant": float(constant.std() / constant.mean()),
        "dirichlet": float(expected.max() / expected.min()),
        "fit": float(np.abs(errors).mean()),
    }


@measures("E02")
def cohort(trial: Trial) -> Figures:
    """A shop opens, and those who first buy there in weeks 1 to 12 are followed to week 78; every
    person of the market is simulated, since few of them join. BG/NBD and NBD are fitted to their
    purchases up to week 39 by maximum likelihood. The figures are their repeat purchases of weeks
    40 to 78 over what the BG/NBD expects, and the difference of the two log-likelihoods for 1,000
    customers. Beside them stands the first of these against the BG/NBD that was published for the
    real cohort, scaled to the same number of customers."""
    everybody = f"population.customers={trial.config.population.people}"
    world = trial.begin(everybody, f"weeks={cdnow.FORECAST}", "log.purchases=true")
    seen, later = histories(advance(world, cdnow.FORECAST))
    if not seen.repeats.any():
        return dict.fromkeys(("later", "nbd", "published"), float("nan"))
    parameters, fit = fit_bg_nbd(seen)
    _, without = fit_nbd(seen)
    ends = seen.observed + cdnow.FORECAST - cdnow.KNOWN
    due = expected_repeats(*parameters, ends) - expected_repeats(*parameters, seen.observed)
    real = cdnow.bg_nbd(cdnow.FORECAST) * len(seen.repeats) / cdnow.reference().size
    return {
        "later": ratio(later, float(due.sum())),
        "nbd": 1000.0 * (fit - without) / len(seen.repeats),
        "published": ratio(later, float(real[-1] - real[cdnow.KNOWN - 1])),
    }


def histories(world: World) -> tuple[Histories, float]:
    """Purchases of the shop's cohort until the end of the calibration period, and the number of its
    repeat purchases after it. Purchases are taken to fall in the middle of their week."""
    orders, shop = events(world, "purchases"), world.names.index(cdnow.SHOP)
    joined = new_customers(world, orders).week[shop]
    joined[joined > cdnow.ACQUISITION] = 0
    week, customer = orders["week"], orders["customer"]
    again = (orders["firm"] == shop) & (orders["first"] == 0) & (joined[customer] > 0)
    known = again & (week <= cdnow.KNOWN)
    repeats = np.bincount(customer[known], minlength=len(joined)).astype(float)
    last = joined.copy()
    np.maximum.at(last, customer[known], week[known])
    mine = joined > 0
    observed = cdnow.KNOWN + 0.5 - joined[mine]
    return (
        Histories(repeats[mine], (last - joined)[mine].astype(float), observed),
        float((again & ~known).sum()),
    )
