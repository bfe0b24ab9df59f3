"""The list of shipped plans, and a template for a new plan."""

from __future__ import annotations

from pathlib import Path

from sim.config.schema import Config
from sim.market.plan import find_plan, shipped_plans, template
from sim.params import ConfigError
from sim.reporting.words import Words


def plan_lines(config: Config) -> list[str]:
    """One line for each shipped plan, with the money it spends by firm."""
    out = []
    for name in shipped_plans():
        plan = find_plan(name, config)
        assert plan is not None
        spent = ", ".join(f"{firm} {plan.total(firm):,.0f}" for firm in plan.firms)
        out.append(f"{name}: {spent}")
    return out


def write_template(path: Path, config: Config, words: Words) -> str:
    """Write a plan with all amounts 0 and return a sentence with the next steps.

    Raises:
        ConfigError: the file already exists or cannot be written.
    """
    text = template(next(iter(config.firms)), config.firms, config.activities)
    try:
        with path.open("x", encoding="utf-8", newline="") as out:
            out.write(text)
    except FileExistsError:
        raise ConfigError(words.say("plan_exists", path=path)) from None
    except OSError as error:
        raise ConfigError(words.say("plan_unwritable", path=path, reason=error.strerror)) from None
    return words.say("plan_written", path=path)
