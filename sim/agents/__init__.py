"""Firms, executives, departments and sales reps: the same Mesa agents with either engine."""
