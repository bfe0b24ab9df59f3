"""Validation: published facts about markets, and how far the simulated market reproduces them."""
