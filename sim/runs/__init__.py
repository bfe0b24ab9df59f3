"""Runs: how many markets are simulated, and how their results are stored and found again."""
