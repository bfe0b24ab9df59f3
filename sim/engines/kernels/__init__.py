"""Compiled loops of the fast engine: one module per part of the week, called by ``weeks``.

Behaviour is in :mod:`sim.rules`. Loops run block > firm > activity > customer; a block of
customers stays in the first-level cache. All sums are of whole numbers, so the order of blocks does
not matter. State is kept in single precision and every rule is computed in double precision.

Two conventions keep the loops fast. Numba counts references to every column a function takes unless
the function is short and has few branches, so there are many small loops. Functions called for each
customer or each firm are compiled into their caller (``inlined``), because passing the columns
would take longer than the work itself.
"""
