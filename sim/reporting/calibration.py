"""Calibrated parameter values as lines of YAML."""

from __future__ import annotations

from collections.abc import Mapping

from sim.reporting.words import Words


def value_lines(
    values: Mapping[str, float], deviance: float, present: float, words: Words
) -> list[str]:
    """Format calibrated values as YAML, with a comment on their fit.

    Args:
        values: calibrated parameters by name.
        deviance: deviance of these values from the data.
        present: deviance of the values now in use.
    """
    lines = [f"{name}: {value}" for name, value in values.items()]
    fit = words.say("calibration_fit", deviance=f"{deviance:.1f}", present=f"{present:.1f}")
    return [*lines, f"# {fit}"]
