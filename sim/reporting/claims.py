"""Tables and sentences about scenarios, claims and the regions in which claims hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from sim.config.schema import Config
from sim.experiments import scenarios
from sim.experiments.claims import ClaimResult, discoveries
from sim.experiments.regions import Region
from sim.experiments.scenarios import Claim, Expected, Scenario
from sim.experiments.sweeps.discovery import FEWEST, Split
from sim.kpis import KPIS
from sim.reporting.settings import settings
from sim.reporting.words import Words, first_sentence

VERDICTS = ("holds", "fails", "undecided")

TALLY = {"holds": "tally_holds", "fails": "tally_fails", "undecided": "tally_undecided"}
"""Words for a number of verdicts."""

CARRIED = {
    "yes": "claim_carried_yes", "no": "claim_carried_no", "reversed": "claim_carried_reversed",
    "undecided": "claim_carried_undecided",
}  # fmt: skip
"""Words for whether a mechanism carries an effect."""

FEWEST_RUNS = 3
"""With fewer runs no interval is printed: it would rest on a single difference of two runs."""


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
        said = tally(mine["rows"], words) if mine else stored_verdicts(one, words)
        if mine:
            when = "verdicts_here" if mine["mark"] == mark else "verdicts_older"
            said += "\n" + words.say(when, day=mine["written"][:10])
        name: str | Text = _dim_below(words.pick(one.title), one.name) if one.title else one.name
        asked, told = words.pick(one.question), first_sentence(words.pick(one.found))
        table.add_row(one.id, name, _dim_below(asked, told) if told else asked, said)
    return table


def tally(rows: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Number of verdicts that hold, fail and are undecided, or that none has been tested."""
    counts = Counter(row["verdict"] for row in rows)
    found = [words.say(says, count=counts[v]) for v, says in TALLY.items() if counts[v]]
    if not found:
        return words.say("not_tested")
    return words.say("tally", total=len(rows), counts=words.say("claims_and").join(found))


def stored_verdicts(one: Scenario, words: Words) -> str:
    """Number of verdicts of each kind that were shipped for a scenario; for one that has not been
    examined yet, those of the first examination."""
    rows = scenarios.shipped(one.id, one.examination)
    first = [] if rows else scenarios.shipped(one.id, scenarios.FIRST)
    if not first:
        return tally(rows, words)
    word = f"{scenarios.FIRST}/{one.id}"
    return words.say("not_examined", word=word, tally=tally(first, words))


def awaiting(found: Sequence[Scenario], words: Words) -> list[str]:
    """Claims that are not examined yet, in which markets if not in any, and what they await; and
    ablations that are not run yet."""
    lines = [
        f"{c.id} {words.sentences(words.pick(c.statement), awaited(c, words.with_names(s.labels)))}"
        for s in found for c in s.claims if c.awaits
    ]  # fmt: skip
    held = [c.id for s in found for c in s.claims if c.hold and c.examined_in]
    notes = [words.say("ablations_not_run", claims=words.say("claims_and").join(held))]
    return [*([words.say("claims_awaiting"), *lines] if lines else []), *(notes if held else [])]


def awaited(claim: Claim, words: Words) -> str:
    """What a claim awaits, with the markets where it does so in some only; ``words`` know their
    names."""
    text = words.pick(claim.awaits)
    if not claim.examined_in:
        return text
    markets = words.say("claims_and").join(map(words.market_name, claim.awaits_in))
    return words.say("awaits_there", markets=markets, text=text)


def compared(claim: Claim, words: Words) -> str:
    """The arms of a claim, the first compared with the second; ``words`` know their names."""
    names = [words.name(arm) for arm in claim.arms]
    return words.say("arms_compared", first=names[0], second=names[1]) if names[1:] else names[0]


def _verdicts(words: Words) -> dict[str, str]:
    return {
        "holds": words.say("claim_holds"), "fails": words.say("claim_fails"),
        "undecided": words.say("score_undecided"),
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
    stored = [
        row for s in found if s.is_shipped for row in scenarios.shipped(s.id, s.examination)
    ]  # fmt: skip
    if not stored:
        told += [f"{s.id} {stored_verdicts(s, words)}" for s in found if s.is_shipped]
    if not stored:
        return [*told, *reasons(examined, words)]
    full, now = int(stored[0]["replicates"]), min((one.effect.pairs for one in examined), default=0)
    quick = [words.say("claims_quick", now=now, full=full)] if now < full else []
    return [
        words.say("claims_stored", replicates=full), *told, *reasons(examined, words), *quick,
    ]  # fmt: skip


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
    is_ablated = any(one.without is not None for one in found)
    told: dict[tuple[str, str], str | Text] = {
        (row["claim"], row["market"]): _shipped(row, words) for row in shipped if int(row["points"])
    }
    told |= {
        (r.claim.id, r.market): _share(r.share, len(r.margins), "claim_settings", words)
        for r in regions
    }
    headings = (
        "claim", "claim_expected", "claim_effect", "claim_verdict",
        *(["claim_left"] if is_ablated else []), "claim_rival", *(["claim_region"] if told else []),
    )  # fmt: skip
    for heading in headings:
        table.add_column(words.say(heading))
    verdicts, stay = _verdicts(words), discoveries([one.p_value for one in found])
    daggers = [
        significance_mark(one.verdict, stays) for one, stays in zip(found, stay, strict=True)
    ]
    labels = {scenario.id: scenario.labels for scenario in named}
    for one, dagger in sorted(zip(found, daggers, strict=True), key=_by_id):
        claim, here = one.claim, words.with_names(labels.get(one.scenario, {}))
        statement = words.pick(claim.statement)
        check = [words.say("claim_check")] if claim.check else []
        cells: list[str | Text] = [
            _dim_below(
                f"{claim.id} {words.sentences(statement, *check)}",
                here.say(
                    "claim_measured", market=here.market_name(one.market),
                    arms=compared(claim, here), kpi=words.label(claim.kpi),
                ),
            ),
            _wanted(one, words),
            _effect(one, here),
            verdicts[one.verdict] + dagger,
        ]  # fmt: skip
        if is_ablated:
            cells.append(_ablation(one, words))
        cells.append(_dim_below(words.pick(claim.rival), verdicts[one.rival]))
        if told:
            cells.append(told.get((claim.id, one.market), words.say("not_tested")))
        table.add_row(*cells)
    if any(daggers):
        table.caption = words.say("claims_daggers")
    return table


def _by_id(row: tuple[ClaimResult, str]) -> list[tuple[int, str]]:
    """A claim's place in the order of ids: S10.5 before S10.6, S2 before S10."""
    return _parts(row[0].claim.id)


def _parts(claim: str) -> list[tuple[int, str]]:
    return [(len(part), part) for part in claim.split(".")]


def _ablation(one: ClaimResult, words: Words) -> str:
    """What is left of an effect without the mechanism, and whether the mechanism carries it."""
    if one.without is None:
        return words.say("not_tested")
    share, low, high = one.left
    if one.carried == "-" or not np.isfinite(share):
        return words.say("claim_not_applicable")
    between = words.say("to", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
    left = words.say("claim_share", share=f"{100 * share:.0f}", between=between)
    return f"{left}\n{words.say(CARRIED[one.carried])}"


def claims_notes(
    found: Sequence[ClaimResult], replicates: int, words: Words, has_regions: bool = False
) -> list[str]:
    """How the claims were tested, with each heading of the table in one clause.

    Args:
        has_regions: the table has a column of regions.
    """
    notes = [words.say("claims_note", replicates=replicates), words.say("claims_note_rival")]
    if any(one.without is not None for one in found):
        notes.append(words.say("claims_note_ablation"))
    return [*notes, words.say("claims_note_region")] if has_regions else notes


def region_lines(
    found: Sequence[Region], shipped: Sequence[Mapping[str, str]], named: Sequence[Scenario],
    config: Config, words: Words,
) -> list[str]:  # fmt: skip
    """Lines on the parameters that decide where claims hold, in words.

    Args:
        found: regions explored now.
        shipped: rows of :func:`sim.experiments.scenarios.shipped`, for the claims without one.
        named: scenarios of the claims, for the names of their markets.
        config: tells what a parameter means and the names of activities.
    """

    def spoken(key: str) -> str:
        return _parameter(key, config, words)

    labels = {scenario.id: scenario.labels for scenario in named}
    explored = {(one.claim.id, one.market) for one in found}
    lines = []
    for row in sorted(shipped, key=lambda row: _parts(row["claim"])):
        if row["decides"] and (row["claim"], row["market"]) not in explored:
            here = words.with_names(labels.get(row["scenario"], {}))
            names = [spoken(part.split()[0]) for part in row["decides"].split("; ")]
            lines.append(words.say(
                "region_line", claim=row["claim"], market=here.market_name(row["market"]),
                names=words.say("claims_and_then").join(names),
            ))  # fmt: skip
    told = [words.say("region_decides"), *lines] if lines else []
    mine = [(one, _deciding(one, words, spoken)) for one in found]
    return told + [f"{one.claim.id} {words.sentences(*why)}" for one, why in mine if why]


def _parameter(key: str, config: Config, words: Words) -> str:
    """A parameter in words with its key; the key alone where a configuration has no such one."""
    known = settings(config).get(key)
    if known is None or not known.meaning:
        return key
    said = words.parameter(key, known.meaning, config)
    meaning = re.split("[;:；：]", said)[0]  # what follows there explains bounds and scales
    return words.say("region_parameter", meaning=meaning, name=key)


def significance_mark(verdict: str, stays: bool) -> str:
    """A dagger for a verdict settled by itself, but not when all verdicts are tested together."""
    return "" if stays or verdict == "undecided" else " †"


def _dim_below(text: str, below: str) -> Text:
    """A text with a dim line below it."""
    return Text.assemble(f"{text}\n", (below, "dim"))


def _effect(one: ClaimResult, words: Words) -> str:
    """An effect with its interval below, or the number of runs where these are too few for one; a
    payback reached in no paired run has no interval."""
    effect = one.effect
    mean, low, high = (
        _shown(one, value, words) for value in (effect.difference, effect.low, effect.high)
    )
    if one.claim.path == "payback" and low == mean == high:
        return mean
    few = words.say("claim_runs", effect.pairs)
    between = few if effect.pairs < FEWEST_RUNS else words.say("to", low=low, high=high)
    return "\n".join([mean, between, *([flip_sentence(one, words)] if one.flip else [])])


def flip_sentence(one: ClaimResult, words: Words) -> str:
    """Where the sign of an effect flips along the claim's axis and which arm is ahead on either
    side, or that it does not flip; ``words`` know the names of the arms."""
    flip, axis = one.flip, one.claim.axis
    assert flip is not None
    assert axis is not None
    first, last = f"{axis.values[0]:g}", f"{axis.values[-1]:g}"
    factor = words.pick(axis.factor)
    if flip.verdict == "flips":
        above = min(max(int(np.searchsorted(flip.values, flip.at)), 1), len(flip.values) - 1)
        return words.say(
            "flip_at", factor=factor, at=f"{flip.at:.2f}", low=f"{flip.low:.2f}",
            high=f"{flip.high:.2f}", kpi=words.label(one.claim.kpi),
            less=words.name(_ahead(one, above - 1)), more=words.name(_ahead(one, above)),
        )  # fmt: skip
    if flip.verdict == "does not flip":
        return words.say(
            "flip_none", factor=factor, first=first, last=last, kpi=words.label(one.claim.kpi),
            arm=words.name(_ahead(one, 0)),
        )  # fmt: skip
    return words.say("flip_open", factor=factor, first=first, last=last)


def _ahead(one: ClaimResult, place: int) -> str:
    """The arm with the higher KPI at a value of the axis."""
    assert one.flip is not None
    return one.claim.arms[0 if one.flip.means[place] > 0.0 else -1]


def _shown(one: ClaimResult, value: float, words: Words) -> str:
    """A value of a claim as text: a difference, a level, or weeks."""
    if one.claim.path == "payback":
        return weeks_until(one.claim, value, words)
    if len(one.claim.arms) == 1:
        return words.value(one.claim.kpi, value)
    text = words.gap(one.claim.kpi, value)
    return f"+{text}" if value > 0 and not text.startswith("+") else text


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
    says = "claim_above" if expect.sign > 0 else "claim_below"
    return words.say(says, value=_shown(one, beyond, words))


def region_sentence(region: Region, words: Words) -> str:
    """Sentence on the share of the parameter space in which a claim holds and what decides it."""
    said = _share(region.share, len(region.margins), "region_share", words)
    return words.sentences(said, *_deciding(region, words, str))


def _deciding(region: Region, words: Words, spoken: Callable[[str], str]) -> list[str]:
    """Sentences on what decides where a claim holds, or why that is not known; none if nothing
    does.

    Args:
        spoken: how a parameter is called.
    """
    if region.share[0] in (0.0, 1.0):
        return []
    if not region.deciding:
        why = "region_few" if region.is_one_sided else "region_none"
        return [words.say(why, least=FEWEST)]
    first, *second = region.deciding
    return [
        words.say("region_first", **_split(first, spoken, words)),
        *(words.say("region_second", **_split(split, spoken, words)) for split in second),
    ]


def region_answer(found: Sequence[Region], words: Words) -> list[str]:
    """A sentence on the region of each claim, after what it states."""
    return [
        words.sentences(words.pick(one.claim.statement), region_sentence(one, words))
        for one in found
    ]


def _shipped(row: Mapping[str, str], words: Words) -> Text:
    """The region of a claim as shipped with the package."""
    share = [float(row[key]) for key in ("share", "share_low", "share_high")]
    said = _share(share, int(row["points"]), "claim_settings", words)
    return _dim_below(said, words.say("verdicts_shipped"))


def _share(share: Sequence[float], points: int, says: str, words: Words) -> str:
    """A share of settings with its interval and the number of settings."""
    mean, low, high = map(words.share, share)
    return words.say(says, share=mean, low=low, high=high, points=points)


def _split(split: Split, spoken: Callable[[str], str], words: Words) -> dict[str, str]:
    return {
        "name": spoken(split.name), "value": f"{split.value:.3g}",
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
            "flip": one.flip.at if one.flip else nan,
            "flip_low": one.flip.low if one.flip else nan,
            "flip_high": one.flip.high if one.flip else nan,
        })  # fmt: skip
    return out
