"""Scenarios and claims as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from sim.experiments.claims import Tested
from sim.experiments.scenarios import Scenario
from sim.kpis import KPIS
from sim.outcomes.paired import Paired
from sim.reporting.words import Words


def scenario_table(found: Sequence[Scenario], words: Words) -> Table:
    """Scenarios with the question each asks."""
    table = Table(title=words.say("scenarios_title"), title_justify="left")
    for heading in ("", words.say("scenario_name"), words.say("scenario_question")):
        table.add_column(heading)
    for one in found:
        table.add_row(one.id, one.name, one.question[words.language])
    return table


def claims_table(found: Sequence[Tested], words: Words) -> Table:
    """Claims as they came out."""
    table = Table(title=words.say("claims_title"), title_justify="left", show_lines=True)
    table.add_column(words.say("claim"))
    for heading in (
        words.say("claim_effect"), words.say("interval"), words.say("claim_matters"),
        words.say("claim_verdict"), words.say("claim_left"), words.say("claim_carried"),
        words.say("claim_rival"),
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    verdicts = {
        "holds": words.say("claim_holds"), "fails": words.say("claim_fails"),
        "undecided": words.say("score_undecided"), "yes": words.say("claim_yes"),
        "no": words.say("claim_no"), "-": words.say("unknown"),
    }  # fmt: skip
    for one in found:
        claim, (share, low, high) = one.claim, one.left
        between = words.say("to", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
        left = words.say("claim_share", share=f"{100 * share:.0f}", between=between)
        table.add_row(
            f"{claim.id} {claim.says[words.language]}\n"
            f"[dim]{claim.arms[0]} - {claim.arms[1]}, {words.label(claim.kpi)}[/dim]",
            words.gap(claim.kpi, one.effect.difference),
            _between(claim.kpi, one.effect, words),
            words.gap(claim.kpi, claim.sign * one.matters),
            verdicts[one.verdict],
            left if one.carried != "-" else words.say("unknown"),
            verdicts[one.carried],
            verdicts[one.rival],
        )
    return table


def _between(kpi: str, effect: Paired, words: Words) -> str:
    return words.say("to", low=words.gap(kpi, effect.low), high=words.gap(kpi, effect.high))


def rows(found: Sequence[Tested]) -> list[dict[str, object]]:
    """Claims as rows of a tidy table."""
    return [
        {
            "scenario": one.scenario, "claim": one.claim.id, "says": one.claim.says["en"],
            "kpi": one.claim.kpi, "unit": KPIS[one.claim.kpi].unit, "firm": one.claim.firm,
            "arms": " - ".join(one.claim.arms), "first": one.claim.weeks[0],
            "last": one.claim.weeks[1], "expect": one.claim.expect, "matters": one.matters,
            "effect": one.effect.difference, "low": one.effect.low, "high": one.effect.high,
            "verdict": one.verdict, "without": one.without.difference, "left": one.left[0],
            "left_low": one.left[1], "left_high": one.left[2], "carried": one.carried,
            "done": one.done, "rival": one.claim.rival["en"], "rival_verdict": one.rival,
            "pairs": one.effect.pairs,
        }
        for one in found
    ]  # fmt: skip
