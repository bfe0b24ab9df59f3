"""Lead count: each activity is credited with its leads; orders do not count."""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View


def credit(view: View) -> np.ndarray:
    """Leads of the quarter by source."""
    return view.seen.line("leads")
