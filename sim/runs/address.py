"""Fingerprint of the program, as far as a run depends on it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import sim

DEPENDS_ON = (
    "params.py", "draws.py", "compile.py", "kpis.py", "rules", "market", "ledger", "config",
    "engines", "agents", "model", "experiments/replicates.py",
)  # fmt: skip
"""Parts of the program that a replicate depends on; verbs, tables and texts are excluded."""


@cache
def program(package: Path = Path(sim.__file__).parent) -> str:
    """Hash of the program's own sources, as far as a replicate depends on them."""
    mark = hashlib.sha256()
    for part in DEPENDS_ON:
        place = package / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            mark.update(path.read_bytes())
    return mark.hexdigest()
