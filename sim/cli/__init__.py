"""The command line, built on Click: it parses arguments and hands results to
:mod:`sim.reporting`."""
