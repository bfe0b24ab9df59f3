"""Tables and sentences about scenarios, claims and the regions in which claims hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from sim.experiments import scenarios
from sim.experiments.claims import ClaimResult, discoveries
from sim.experiments.regions import FEWEST, Region, Split
from sim.experiments.scenarios import Claim, Expected, Scenario
from sim.kpis import KPIS
from sim.reporting.words import Words

VERDICTS = ("holds", "fails", "undecided")


def scenario_table(
    found: Sequence[Scenario], last: Mapping[str, Mapping[str, Any]], mark: str, words: Words
) -> Table:
    """Table of scenarios with the question of each and its last verdicts.

    Args:
        last: verdicts by scenario id, from :func:`sim.outcomes.store.read_verdicts`; a scenario
            without an entry shows the verdicts shipped with the package.
        mark: fingerprint of the present program.
    """
    table = Table(title=words.say("scenarios_title"), title_justify="left", show_lines=True)
    for heading in (
        "", words.say("scenario_name"), words.say("scenario_question"), words.say("scenario_last"),
    ):  # fmt: skip
        table.add_column(heading)
    for one in found:
        mine = last.get(one.id)
        rows = mine["rows"] if mine else scenarios.shipped(one.id)
        said = tally(rows, words)
        if mine:
            when = "verdicts_here" if mine["mark"] == mark else "verdicts_older"
            said += "\n" + words.say(when, day=mine["written"][:10])
        elif rows:
            said += "\n" + words.say("verdicts_shipped")
        name: str | Text = _dim_below(words.pick(one.title), one.name) if one.title else one.name
        table.add_row(one.id, name, words.pick(one.question), said)
    return table


def tally(rows: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Number of claims that hold, fail and are undecided, or that none has been tested."""
    counts, names = Counter(row["verdict"] for row in rows), _verdicts(words)
    found = [
        words.say("claims_count", count=counts[v], verdict=names[v]) for v in VERDICTS if counts[v]
    ]
    return words.say("claims_and").join(found) or words.say("not_tested")


def _verdicts(words: Words) -> dict[str, str]:
    return {
        "holds": words.say("claim_holds"), "fails": words.say("claim_fails"),
        "undecided": words.say("score_undecided"), "yes": words.say("claim_yes"),
        "no": words.say("claim_no"), "-": words.say("claim_not_applicable"),
        "reversed": words.say("claim_reversed"),
    }  # fmt: skip


def answer(
    found: Sequence[Scenario], examined: Sequence[ClaimResult], changes: Sequence[str], words: Words
) -> list[str]:
    """Results of the scenarios and reasons for failed claims, as stated in the scenario files; they
    say nothing about a changed configuration.

    Args:
        changes: what was changed, as words of a command line.
    """
    if changes:
        return [words.say("claims_changed", changes=" ".join(changes))]
    told = [f"{s.id} {words.pick(s.found)}" for s in found if words.pick(s.found)]
    return [*told, *reasons(examined, words)]


def claims_table(
    found: Sequence[ClaimResult], regions: Sequence[Region], words: Words,
    shipped: Sequence[Mapping[str, str]] = (), named: Sequence[Scenario] = (),
) -> Table:  # fmt: skip
    """Table of tested claims with effects, verdicts, ablations and regions.

    Args:
        found: tested claims.
        regions: regions explored now.
        shipped: rows of :func:`sim.experiments.scenarios.shipped`; they give the regions of claims
            that have none in ``regions``.
        named: scenarios of the claims, for the names of their arms and markets.
    """
    table = Table(title=words.say("claims_title"), title_justify="left", show_lines=True)
    table.add_column(words.say("claim"))
    for heading in (
        words.say("claim_effect"), words.say("claim_smallest_effect"), words.say("claim_verdict"),
        words.say("claim_left"), words.say("claim_carried"), words.say("claim_rival"),
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    told: dict[tuple[str, str], str | Text] = {
        (row["claim"], row["market"]): _shipped(row, words) for row in shipped if int(row["points"])
    }
    told |= {(r.claim.id, r.market): region_sentence(r, words) for r in regions}
    if told:
        table.add_column(words.say("claim_region"))
    verdicts, stay = _verdicts(words), discoveries([one.p_value for one in found])
    daggers = [
        significance_mark(one.verdict, stays) for one, stays in zip(found, stay, strict=True)
    ]
    labels = {scenario.id: scenario.labels for scenario in named}
    for one, dagger in zip(found, daggers, strict=True):
        claim, here = one.claim, words.with_names(labels.get(one.scenario, {}))
        left, carried = _ablation(one, words)
        statement = words.pick(claim.statement)
        check = [words.say("claim_check")] if claim.check else []
        cells: list[str | Text] = [
            _dim_below(
                f"{claim.id} {words.sentences(statement, *check)}",
                here.say(
                    "claim_measured", market=here.market_name(one.market),
                    arms=" - ".join(map(here.name, claim.arms)), kpi=words.label(claim.kpi),
                ),
            ),
            _effect(one, words),
            _wanted(one, words),
            verdicts[one.verdict] + dagger,
            left,
            carried,
            _dim_below(words.pick(claim.rival), verdicts[one.rival]),
        ]  # fmt: skip
        if told:
            cells.append(told.get((claim.id, one.market), words.say("not_tested")))
        table.add_row(*cells)
    if any(daggers):
        table.caption = words.say("claims_daggers")
    return table


def _ablation(one: ClaimResult, words: Words) -> tuple[str, str]:
    """What is left of an effect without the mechanism, and whether the mechanism carries it."""
    if one.without is None:
        return words.say("not_tested"), words.say("not_tested")
    share, low, high = one.left
    carried = _verdicts(words)[one.carried]
    if one.carried == "-" or not np.isfinite(share):
        return words.say("claim_not_applicable"), carried
    between = words.say("to", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
    return words.say("claim_share", share=f"{100 * share:.0f}", between=between), carried


def claims_notes(found: Sequence[ClaimResult], replicates: int, words: Words) -> list[str]:
    """How the claims were tested, and how their mechanisms were if they were."""
    notes = [words.say("claims_note", replicates=replicates)]
    is_ablated = any(one.without is not None for one in found)
    return [*notes, words.say("claims_note_ablation")] if is_ablated else notes


def significance_mark(verdict: str, stays: bool) -> str:
    """A dagger for a verdict settled by itself, but not when all verdicts are tested together."""
    return "" if stays or verdict == "undecided" else " †"


def _dim_below(text: str, below: str) -> Text:
    """A text with a dim line below it."""
    return Text.assemble(f"{text}\n", (below, "dim"))


def _effect(one: ClaimResult, words: Words) -> str:
    """An effect with its interval below; a payback reached in no paired run has no interval."""
    effect = one.effect
    mean, low, high = (
        _shown(one, value, words) for value in (effect.difference, effect.low, effect.high)
    )
    if one.claim.path == "payback" and low == mean == high:
        return mean
    return f"{mean}\n{words.say('to', low=low, high=high)}"


def _shown(one: ClaimResult, value: float, words: Words) -> str:
    """A value of a claim as text: a difference, a level, or weeks."""
    if one.claim.path == "payback":
        return weeks_until(one.claim, value, words)
    if len(one.claim.arms) == 1:
        return words.value(one.claim.kpi, value)
    return words.gap(one.claim.kpi, value)


def weeks_until(claim: Claim, value: float, words: Words) -> str:
    """A payback time in weeks, or the statement that payback is not reached."""
    says = "claim_never" if never(value, *claim.weeks[0]) else "claim_weeks"
    return words.say(says, weeks=f"{value:.0f}")


def never(payback: float, first: int, last: int) -> bool:
    """Whether a payback time equals its window, which means that payback is not reached.

    Args:
        payback: payback time in weeks.
        first, last: weeks of the window, both included.
    """
    return payback >= last - first + 1


def reasons(found: Sequence[ClaimResult], words: Words) -> list[str]:
    """Reasons for claims that fail or survive ablation, as stated in the scenario files."""
    ids = [one.claim.id for one in found if puzzling(one.verdict, one.carried)]
    claims = {one.claim.id: one.claim for one in found}
    return [
        f"{name} {words.pick(claims[name].why)}" for name in dict.fromkeys(ids) if claims[name].why
    ]


def puzzling(verdict: str, carried: str) -> bool:
    """Whether a verdict needs a reason: the claim fails, or survives ablation."""
    return verdict == "fails" or carried in ("no", "reversed")


def _wanted(one: ClaimResult, words: Words) -> str:
    """The result required for the claim to hold, as fixed before the first run."""
    expect: Expected = one.claim.expect
    beyond = expect.level + expect.sign * one.smallest_effect
    if expect.sign == 0:
        return words.say("claim_within", value=_shown(one, one.smallest_effect, words).lstrip("+"))
    return f"{'>' if expect.sign > 0 else '<'} {_shown(one, beyond, words)}"


def region_sentence(region: Region, words: Words) -> str:
    """Sentence on the share of the parameter space in which a claim holds and what decides it."""
    said = _share(region.share, len(region.margins), words)
    if region.share[0] in (0.0, 1.0):
        return said
    if not region.deciding:
        why = "region_few" if region.is_one_sided else "region_none"
        return words.sentences(said, words.say(why, least=FEWEST))
    first, *second = region.deciding
    return words.sentences(
        said, words.say("region_first", **_split(first, words)),
        *(words.say("region_second", **_split(split, words)) for split in second),
    )  # fmt: skip


def region_answer(found: Sequence[Region], words: Words) -> list[str]:
    """A sentence on the region of each claim, after what it states."""
    return [
        words.sentences(words.pick(one.claim.statement), region_sentence(one, words))
        for one in found
    ]


def _shipped(row: Mapping[str, str], words: Words) -> Text:
    """The region of a claim as shipped with the package."""
    share = [float(row[key]) for key in ("share", "share_low", "share_high")]
    said = _share(share, int(row["points"]), words)
    if row["decides"]:
        said = words.sentences(said, words.say("region_decides", names=row["decides"]))
    return _dim_below(said, words.say("verdicts_shipped"))


def _share(share: Sequence[float], points: int, words: Words) -> str:
    """A share of settings with its interval and the number of settings."""
    mean, low, high = map(words.share, share)
    return words.say("region_share", share=mean, low=low, high=high, points=points)


def _split(split: Split, words: Words) -> dict[str, str]:
    return {
        "name": split.name, "value": f"{split.value:.3g}",
        "below": words.share(split.below), "above": words.share(split.above),
    }  # fmt: skip


def rows(found: Sequence[ClaimResult], regions: Sequence[Region] = ()) -> list[dict[str, Any]]:
    """Tested claims as rows of a tidy table, one per claim and market."""
    by_claim = {(r.claim.id, r.market): r for r in regions}
    out = []
    for one, stays in zip(found, discoveries([one.p_value for one in found]), strict=True):
        claim, region = one.claim, by_claim.get((one.claim.id, one.market))
        nan = float("nan")
        share, low, high = region.share if region else (nan, nan, nan)
        out.append({
            "scenario": one.scenario, "claim": claim.id, "market": one.market,
            "statement": claim.statement["en"], "check": claim.check,
            "kpi": claim.kpi, "unit": KPIS[claim.kpi].unit,
            "path": claim.path, "cohort": claim.cohort.of if claim.cohort else "",
            "firm": claim.firm, "arms": " - ".join(claim.arms),
            "first": claim.weeks[0][0], "last": claim.weeks[0][1],
            "sign": claim.expect.sign, "level": claim.expect.level,
            "smallest_effect": one.smallest_effect, "effect": one.effect.difference,
            "low": one.effect.low, "high": one.effect.high, "verdict": one.verdict,
            "p_value": one.p_value, "stays": stays, "ablated": " ".join(claim.ablate),
            "without": one.without.difference if one.without else nan, "left": one.left[0],
            "left_low": one.left[1], "left_high": one.left[2], "carried": one.carried,
            "done": one.done, "rival": claim.rival["en"], "rival_verdict": one.rival,
            "replicates": one.effect.pairs, "single": one.single,
            "points": len(region.margins) if region else 0,
            "share": share, "share_low": low, "share_high": high,
            "decides": "; ".join(f"{s.name} {s.value:.3g}" for s in region.deciding)
            if region else "",
        })  # fmt: skip
    return out
