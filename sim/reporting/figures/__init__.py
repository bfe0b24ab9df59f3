"""Figures of runs, comparisons, sweeps and the published cohort, in one style."""
