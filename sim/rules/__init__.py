"""Behavioural rules, written once: small pure functions of numbers and random draws.

A rule never draws a random number, books an account or prints. The reference engine calls rules on
plain Python numbers, the compiled engine calls the same functions from its kernels. Both give the
same bits, because a rule uses only ``+ - * /``, comparisons and :mod:`sim.rules.arithmetic`.
"""
