"""Experiments on the model: comparisons, claim tests, and analyses of uncertainty."""
