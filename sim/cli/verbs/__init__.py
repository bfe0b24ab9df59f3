"""Verbs of the command line, one file each; ``command`` is the Click command."""
