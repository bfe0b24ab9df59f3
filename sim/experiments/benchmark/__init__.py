"""The benchmark: the shipped markets, and the toy market beside what others would write."""
