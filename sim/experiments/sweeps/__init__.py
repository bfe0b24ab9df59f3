"""Sweeps: designs over the parameter space, and what their results say about it."""
