"""Budget policies of executives, one file each (:mod:`sim.agents.policy`)."""
