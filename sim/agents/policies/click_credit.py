"""Click credit: each activity is credited with its clicks; orders do not count."""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View


def credit(view: View) -> np.ndarray:
    """Clicks of the quarter by activity."""
    return view.seen.line("clicks")
