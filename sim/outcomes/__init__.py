"""Outcomes of runs: the frozen record of a run, paired statistics, and storage."""
