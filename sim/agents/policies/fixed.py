"""Fixed: the plan or the declared budget, whatever the results."""

from sim.agents.policy import View


def credit(view: View) -> None:
    """No credit; the budget stays unchanged."""
    return
