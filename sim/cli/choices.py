"""Names for completion in the shell; imports are inside functions, as only this needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sim import files
from sim.params import key_of


def plans() -> list[str]:
    """Plans of the package."""
    return files.names(files.CONFIGS / "plan", "csv")


def scenarios() -> list[str]:
    """Scenarios of the package, read without loading the model, which takes a second."""
    texts = (path.read_text(encoding="utf-8") for path in files.SCENARIOS.glob("*.yaml"))
    found = (re.search(r"^name: (\w+)$", text, re.M) for text in texts)
    return sorted(name[1] for name in found if name)


def kpis() -> list[str]:
    """Names of all KPIs."""
    from sim.kpis import KPIS

    return list(KPIS)


def keys() -> list[str]:
    """Every key of the default configuration that takes a value, and the key ``market``."""
    from dataclasses import asdict

    from sim.config.compose import load_config

    return ["market", *_leaves(asdict(load_config()))]


def groups() -> list[str]:
    """Names of the groups of the configuration, such as ``talk``."""
    return list(dict.fromkeys(key.partition(".")[0] for key in keys()))


def _leaves(items: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in items.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key_of([name])}.")
        else:
            yield f"{prefix}{key_of([name])}"
