"""Arms of a comparison: a plan, changes of the configuration, or both."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.config.checks import refuse_fixed
from sim.config.compose import override, parse_change
from sim.config.schema import Config
from sim.market.plan import Plan
from sim.params import ConfigError, is_change, shown
from sim.plans.cells import Frame
from sim.plans.find import find_plan, shipped_plans
from sim.plans.read import Options

NO_PLAN = "declared"
"""Name of an arm without a plan, on declared budgets."""


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: its plan and configuration changes, in force from the first week.

    ``plan`` None means the declared budgets; ``overrides`` are ``key=value`` changes.
    """

    name: str
    plan: Plan | None = None
    overrides: tuple[str, ...] = ()

    def config(self, shared: Config) -> Config:
        """The arm's configuration, given the one all arms share."""
        return override(shared, *self.overrides) if self.overrides else shared

    @property
    def firms(self) -> tuple[str, ...]:
        """Names of the firms in the plan and in the overrides."""
        paths = [parse_change(word).path for word in self.overrides]
        changed = [path[1] for path in paths if path[0] == "firms" and len(path) > 1]
        return tuple(dict.fromkeys([*(self.plan.firms if self.plan else ()), *changed]))


Spec = str | Path | Plan | Frame | Arm | Sequence[Any] | None
"""Accepted forms of an arm: the name, path or object of a plan, a data frame of pandas or Polars,
an :class:`Arm`, a sequence of a plan and changes such as ``("ad_blitz", "talk.rate=0")``, or None
for the declared budgets."""


def arm(name: str, spec: Spec, config: Config, options: Options | None = None) -> Arm:
    """Build an arm from the user's specification.

    Args:
        name: of the arm; if empty, the plan's name is used.
        spec: see :data:`Spec`.
        config: the shared configuration, with the firms and activities a plan may name.
        options: what the user says about a file with a plan.

    Raises:
        ConfigError: a plan or an override is wrong, or an override changes a value that is
            fixed before the first week.
    """
    if isinstance(spec, Arm):
        return spec
    words: list[Any] = list(spec) if isinstance(spec, list | tuple) else [spec]
    changes = [word for word in words if isinstance(word, str) and is_change(word)]
    plans = [word for word in words if not (isinstance(word, str) and is_change(word))]
    if len(plans) > 1:
        raise ConfigError(
            "arm {name}: two plans, {one} and {two}; give one.",
            name=name, one=str(plans[0]), two=str(plans[1]),
        )  # fmt: skip
    changed = override(config, *changes) if changes else config
    refuse_fixed(config, changed)
    plan = find_plan(plans[0], changed, options) if plans else None
    return Arm(name or (plan.name if plan else NO_PLAN), plan, tuple(changes))


def arms(specs: Sequence[Spec] | Mapping[str, Spec], config: Config) -> tuple[Arm, ...]:
    """Build all arms of a comparison, with unique names.

    Raises:
        ConfigError: there are fewer than two arms, or one is wrong.
    """
    items = list(specs.items()) if isinstance(specs, Mapping) else [("", s) for s in specs]
    for name, _ in items:
        if not isinstance(name, str) or (isinstance(specs, Mapping) and not name.strip()):
            raise ConfigError("arm {name}: the name of an arm is text.", name=shown(name))
    if len(items) < 2:
        raise ConfigError(
            "a comparison needs two arms or more; found {count}. Shipped plans: {plans}.",
            count=len(items), plans=shipped_plans(),
        )  # fmt: skip
    return named_apart([arm(name, spec, config) for name, spec in items])


def named_apart(found: Sequence[Arm]) -> tuple[Arm, ...]:
    """The same arms, with a letter where several have one name."""
    names = [a.name for a in found]
    return tuple(
        Arm(f"{a.name} ({chr(65 + n)})", a.plan, a.overrides) if names.count(a.name) > 1 else a
        for n, a in enumerate(found)
    )


def parse_arm(words: str) -> tuple[str, list[str]]:
    """Parse ``"name: plan key=value ..."``, the value of ``--arm`` on the command line.

    Returns:
        The arm's name, and its plan and overrides as words.

    Raises:
        ConfigError: the name is missing, or a quotation mark is not closed.
    """
    name, colon, rest = words.partition(":")
    if not colon or not name.strip():
        raise ConfigError('--arm {words}: not of the form "name: plan key=value ...".', words=words)
    try:
        return name.strip(), shlex.split(rest)
    except ValueError:
        raise ConfigError(
            "{word}: a quotation mark is not closed.", word=f"--arm {words}"
        ) from None
