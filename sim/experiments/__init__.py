"""Experiments: one verb a file."""
