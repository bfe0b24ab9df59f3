"""Notes below an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.config.schema import Config
from sim.market.plan import Plan, spent_within
from sim.reporting.words import Words


def beyond_the_run(config: Config, plans: Sequence[Plan | None], words: Words) -> list[str]:
    """One sentence for each plan that spends money after the end of the run."""
    out = []
    for plan in plans:
        if plan is None:
            continue
        inside, total = spent_within(plan, config)
        if inside < total:
            out.append(
                words.say("beyond", plan=plan.name, weeks=config.weeks, money=words.money(inside),
                          total=words.money(total))
            )  # fmt: skip
    return out


def saved(place: Path, words: Words) -> str:
    """The sentence that says where results were written."""
    return words.say("saved", path=place)
