"""Measuring functions on personal selling (stand-in)."""

from __future__ import annotations

import numpy as np

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, elasticity, sales
from sim.params import key_of


@measures("E13")
def selling_elasticity(trial: Trial) -> Figures:
    """Raise the hours of one firm's reps by ten per cent for a year; mean over firms."""
    control, found = sales(trial.branch()), []
    for f, name in enumerate(trial.world.names):
        hours = trial.config.firms[name].sales.hours
        more = trial.branch(f"{key_of(('firms', name))}.sales.hours={1.1 * hours}")
        found.append(elasticity(sales(more)[f], control[f], 0.1))
    return {"elasticity": float(np.mean(found))}
