"""Somebody at the screen decides: see ``decisions`` of :func:`sim.simulate`."""

from sim.agents.policy import View


def credit(view: View) -> None:
    """Nothing is credited; what is decided comes from the table of decisions."""
    return
