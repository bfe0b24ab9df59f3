"""Human: a human player decides; see ``decisions`` of :func:`sim.simulate`."""

from sim.agents.policy import View


def credit(view: View) -> None:
    """No credit; decisions come from the table of decisions."""
    return
