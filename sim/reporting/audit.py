"""Table of placebos, and what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from sim.experiments.validation.audit import Check
from sim.reporting.words import Words


def rows(found: Sequence[Check]) -> list[dict[str, Any]]:
    """Checks as rows of a tidy table."""
    return [
        {
            "placebo": one.placebo, "market": one.market, "engine": one.engine, "held": one.held,
            "exact": one.exact, "where": one.where, "largest": one.largest,
        }
        for one in found
    ]  # fmt: skip


def table(found: Sequence[Check], words: Words) -> Table:
    """What became of every placebo in every market, with both engines."""
    out = Table(title=words.say("audit_title"), title_justify="left")
    for head in (words.say("audit_placebo"), words.say("audit_market"), words.say("audit_engine"),
                 words.say("audit_result"), words.say("audit_largest")):  # fmt: skip
        out.add_column(head)
    for n, one in enumerate(found):
        said = (
            words.say("audit_exact") if one.exact
            else words.say("audit_rounded") if one.held
            else words.say("audit_failed")
        )  # fmt: skip
        largest = f"{one.where}: {one.largest:.3g}" if one.where else ""
        last = n + 1 == len(found) or found[n + 1].market != one.market
        out.add_row(named(one.placebo, words), one.market, one.engine, said, largest,
                    end_section=last)  # fmt: skip
    return out


def answer(found: Sequence[Check], words: Words) -> str:
    """How many placebos held, and which did not."""
    failed = [f"{one.placebo} ({one.market}, {one.engine})" for one in found if not one.held]
    if failed:
        return words.say("audit_some_failed", failed=len(failed), checks=len(found),
                         which=words.listed(failed))  # fmt: skip
    exact = sum(one.exact for one in found)
    return words.say("audit_all_held", checks=len(found), exact=exact)


def named(name: str, words: Words) -> str:
    """A placebo in words; its own name if this language has none."""
    known = {
        "same_twice": words.say("audit_same_twice"),
        "money_times_ten": words.say("audit_money_times_ten"),
        "names_exchanged": words.say("audit_names_exchanged"),
        "order_reversed": words.say("audit_order_reversed"),
        "ids_exchanged": words.say("audit_ids_exchanged"),
        "idle_instrument": words.say("audit_idle_instrument"),
    }
    return known.get(name, name)
