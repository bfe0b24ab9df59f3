"""Behaviour, written once: small pure functions, numbers and draws in, a number out.

A rule never draws, never books, never prints. The readable engine calls rules on plain Python
numbers, the compiled engine calls the same functions from its kernels; both give the same bits,
because a rule uses only ``+ - * /``, comparisons and :mod:`sim.rules.arithmetic`.
"""
