"""Receivables: late payment and write-offs (E49)."""

from __future__ import annotations

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, flows, ratio, repeated
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.params import key_of

MORE_AUTHORITY, MOST_AUTHORITY = 4, 0.9
"""Factor of the reps' discount authority, and the deepest discount that can be declared."""


@measures("E49")
@repeated(4)
def receivables(trial: Trial) -> Figures:
    """Over a year and all firms, the value of invoices not paid in the week they fell due, and of
    those written off, over the value of all invoices that fell due. Then all reps may give four
    times the discount (at most 90 %): the change of the share past due."""
    changes = [
        f"{key_of(('firms', name, 'sales', 'authority'))}="
        f"{min(MOST_AUTHORITY, MORE_AUTHORITY * firm.sales.authority)}"
        for name, firm in trial.config.firms.items()
    ]
    overdue, written_off = late_payment(trial.branch())
    pushed, _ = late_payment(trial.branch(*changes))
    return {"overdue": overdue, "written_off": written_off, "pushed": pushed - overdue}


def late_payment(world: World) -> tuple[float, float]:
    """Shares of last year's invoices that became past due, and that were written off."""
    total = flows(world).sum(axis=0)
    invoices = total[acc.DUE] - (total[acc.REVENUE] - total[acc.CREDIT_SALES])
    return ratio(total[acc.PAST_DUE], invoices), ratio(total[acc.WRITTEN_OFF], invoices)
