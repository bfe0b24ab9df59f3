"""Sentences and labels. A language is one YAML file in this folder."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import yaml

from sim import files
from sim.config.schema import Config
from sim.kpis import KPIS
from sim.params import ConfigError, nearest


def languages() -> list[str]:
    """The languages there are."""
    return sorted(p.stem for p in files.WORDS.glob("*.yaml"))


class Words:
    """Words of one language."""

    def __init__(self, language: str) -> None:
        if language not in languages():
            raise ConfigError(
                f"--lang {language}: no such language; allowed {', '.join(languages())}."
                f"{nearest(language, languages())}"
            )
        self.language = language
        self._words: dict[str, Any] = _read(language)

    def say(self, key: str, *args: object, **values: object) -> str:
        """A sentence with its values filled in."""
        return str(self._words[key].format(*args, **values))

    def label(self, kpi: str) -> str:
        """The name of a KPI."""
        return KPIS[kpi].label.get(self.language, KPIS[kpi].label["en"])

    def value(self, kpi: str, value: float) -> str:
        """A value of a KPI in its unit."""
        if not math.isfinite(value):
            return self.say("unknown")
        return self.share(value) if KPIS[kpi].unit == "share" else self.money(value)

    def gap(self, kpi: str, value: float) -> str:
        """A difference between two values of a KPI: shares differ by percentage points."""
        if not math.isfinite(value) or KPIS[kpi].unit != "share":
            return self.value(kpi, value)
        return self.say("points", 100.0 * value)

    def activity(self, name: str, config: Config) -> str:
        """What an activity is called."""
        known = config.activities.get(name)
        return known.zh if known and known.zh and self.language == "zh" else name

    def share(self, value: float) -> str:
        """A share in per cent."""
        return self.say("share", 100.0 * value)

    def money(self, value: float) -> str:
        """An amount, in thousands or millions where it is large."""
        for size, unit, form in self._words["money_units"]:
            if abs(value) >= size:
                return str(form.format(value / unit))
        return f"{value:,.2f}"

    def short(self, value: float) -> str:
        """A number on an axis, three digits."""
        for size, unit in self._words["axis_units"]:
            if abs(value) >= size:
                return f"{_three(value / size)} {unit}"
        return _three(value)


def _three(value: float) -> str:
    """Three digits, more where the number is whole and large."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


@cache
def _read(language: str) -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(
        (files.WORDS / f"{language}.yaml").read_text(encoding="utf-8")
    )
    return words
