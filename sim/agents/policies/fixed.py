"""The plan, or the declared budget, whatever happens."""

from sim.agents.policy import View


def credit(view: View) -> None:
    """Nothing is credited with anything."""
    return
