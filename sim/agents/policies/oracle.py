"""The true marginal value of money on every line, found by living the future twice.

No firm can do this. It is what the others are compared with, and it takes as many futures as there
are lines, every quarter.
"""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View

STEP = 0.1
"""Share of all money a line is tried with."""


def credit(view: View) -> np.ndarray:
    """Money now on a line times what a unit more of it would bring back, never below 0; lines
    without money are tried as if they had a step's worth."""
    more = STEP * view.money.sum()
    out = np.zeros(len(view.money))
    for line in np.flatnonzero(view.open).tolist():
        back = 1.0 + view.what_if(line, more) / (13.0 * max(1e-12, more))
        out[line] = max(view.money[line], more / len(out)) * max(0.0, back)
    return out
