"""Ablations (stand-in until the audit is merged)."""

from __future__ import annotations

ABLATIONS: dict[str, tuple[str, ...]] = {"no_word_of_mouth": ("off=[talk]",)}
