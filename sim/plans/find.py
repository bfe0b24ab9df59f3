"""Finding a plan: by name among those of the package, as a file, or as a data frame."""

from __future__ import annotations

import contextlib
import os
import shlex
from pathlib import Path

from sim import files
from sim.market.plan import MarketConfig, Plan
from sim.params import closest
from sim.plans.cells import WORKBOOK, Frame, is_frame
from sim.plans.faults import Faults
from sim.plans.read import Options, read_file, read_frame

FRAME_NAME = "plan"
"""Name of a plan that comes as a data frame."""


def shipped_plans() -> list[str]:
    """Names of the plans shipped with the package."""
    return files.names(files.CONFIGS / "plan", "csv")


def is_shipped(plan: Plan) -> bool:
    """Whether a plan comes with the package."""
    return bool(plan.path) and Path(plan.path).parent == files.CONFIGS / "plan"


def is_workbook(plan: Plan) -> bool:
    """Whether a plan was read from a workbook."""
    with contextlib.suppress(OSError), open(plan.path, "rb") as file:
        return file.read(len(WORKBOOK)) == WORKBOOK
    return False


def find_plan(
    plan: str | Path | Plan | Frame | None, config: MarketConfig, options: Options | None = None
) -> Plan | None:
    """Find a plan by name (of the package), by path of a file, or in a data frame.

    Args:
        plan: a name, a path, a frame of pandas or Polars, the plan itself, or None for the
            declared budgets.
        config: configuration with the firms and activities that a plan may name.
        options: what the user says about a file or a frame.

    Raises:
        ConfigError: the plan does not exist or cannot be read.
    """
    if plan is None or isinstance(plan, Plan):
        return plan
    if is_frame(plan):
        return read_frame(plan, FRAME_NAME, config, options)
    language = (options or Options()).language
    if not isinstance(plan, str | Path):
        Faults(FRAME_NAME, language).fatal("wrong_type", type=type(plan).__name__)
    word, shipped = str(plan), shipped_plans()
    if word in shipped:
        return read_file(files.CONFIGS / "plan" / f"{word}.csv", word, config)
    path = Path(word)
    if not os.path.isfile(word):  # unlike Path's, without an error for a name too long
        faults = Faults(word, language)
        near = closest(word, shipped)
        hint = faults.say("did_you_mean", word=near) if near else ""
        faults.fatal("not_found", allowed=shipped, hint=hint)
    if files.is_yaml(word):
        market = shlex.quote(files.market_word(path))
        Faults(word, language).fatal("is_yaml", path=shlex.quote(word), market=market)
    return read_file(path, path.stem, config, options)
