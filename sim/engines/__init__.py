"""The customers, twice: ``reference`` to be read and ``columnar`` to be fast, equal to the bit."""
