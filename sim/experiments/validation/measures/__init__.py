"""Functions that measure published facts, by subject."""
