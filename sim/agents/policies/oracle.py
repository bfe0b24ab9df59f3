"""Oracle: credit by the true marginal value of money, from simulating the future twice per line.

No firm can do this. It is a benchmark for the other policies, and takes as many simulated futures
as there are lines, every quarter.
"""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View
from sim.params import constant
from sim.rules.units import QUARTER

STEP = constant(
    "oracle.STEP",
    0.1,
    unit="share of all money",
    meaning="Extra money with which the marginal value of a line is measured.",
    source="assumption: large enough to stand out from rounding, small enough to be marginal",
)


def credit(view: View) -> np.ndarray:
    """Present money on a line times the return of one more unit, never below 0.

    Lines without money count as if they had a share of the step. No credit is given while no money
    is spent.
    """
    more = STEP * view.money.sum()
    out = np.zeros(len(view.money))
    if more <= 0.0:
        return out
    for line in np.flatnonzero(view.open).tolist():
        back = 1.0 + view.what_if(line, more) / (float(QUARTER) * more)
        out[line] = max(view.money[line], more / len(out)) * max(0.0, back)
    return out
