"""Figures of runs, comparisons and the published cohort, in one style."""
