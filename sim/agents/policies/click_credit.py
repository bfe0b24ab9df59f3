"""Clicks are credited to where they were made; orders to nothing."""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View


def credit(view: View) -> np.ndarray:
    """Clicks of the quarter by activity."""
    return view.seen.line("clicks")
