"""Faults of a plan: all that a file has, up to a limit, as sentences in one language."""

from __future__ import annotations

from typing import Any, NoReturn

from sim import files
from sim.params import ConfigError

MOST_FAULTS = 20


def say(language: str, key: str, **values: Any) -> str:
    """A sentence about plans in one language; names in a list are joined."""
    comma = files.translations(language).get(", ", ", ")
    said = {k: comma.join(v) if isinstance(v, list) else v for k, v in values.items()}
    return str(files.words(language)[f"plan_{key}"].format(**said))


class PlanError(ConfigError):
    """A plan that cannot be used.

    Attributes:
        faults: one line for each fault, up to MOST_FAULTS.
    """

    def __init__(self, faults: list[str], language: str) -> None:
        more = say(language, "more_faults", count=len(faults) - 1) if len(faults) > 1 else ""
        super().__init__("{said}", said=faults[0] + more)
        self.faults = faults


class Faults:
    """Collector of the faults of one plan."""

    def __init__(self, plan: str, language: str) -> None:
        self.plan, self.language = plan, language
        self.found: list[str] = []

    def say(self, key: str, **values: Any) -> str:
        """A sentence in the language of the faults."""
        return say(self.language, key, **values)

    def translated(self, reason: object) -> str:
        """A reason that the system or a library gives, in the language of the faults."""
        return files.translations(self.language).get(str(reason), str(reason))

    def add(self, key: str, **values: Any) -> None:
        """Add a fault of the file as a whole."""
        self._add(self.say("fault", plan=self.plan, what=self.say(key, **values)))

    def cell(self, line: int, column: str, key: str, **values: Any) -> None:
        """Add the fault of one cell."""
        what = self.say(key, **values)
        self._add(self.say("cell_fault", plan=self.plan, row=line, column=column, what=what))

    def _add(self, line: str) -> None:
        line = " ".join(line.split())
        if line not in self.found:
            self.found.append(line)
        if len(self.found) >= MOST_FAULTS:
            self.stop()

    def stop(self) -> None:
        """Raise all faults found so far, if there are any.

        Raises:
            PlanError: there are faults.
        """
        if self.found:
            raise PlanError(self.found, self.language)

    def fatal(self, key: str, **values: Any) -> NoReturn:
        """Add a fault of the file as a whole, and stop.

        Raises:
            PlanError: always.
        """
        self.add(key, **values)
        raise PlanError(self.found, self.language)
