"""Table and page of the register of claims."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sim.experiments import register, scenarios
from sim.experiments.register import Asked, Register, Registered, Replaced
from sim.experiments.scenarios import Claim, Scenario
from sim.kpis import KPIS
from sim.reporting.claims import awaited, compared
from sim.reporting.words import Words

KEYS = {
    "scenario": "register_scenario", "statement": "register_claim",
    "statement_zh": "register_claim", "kpi": "register_of_kpi", "firm": "register_of_firm",
    "arms": "register_arms", "weeks": "register_of_weeks", "markets": "register_markets",
    "expect": "register_expected", "smallest_effect": "register_smallest",
    "ablate": "register_mediator", "rival": "claim_rival", "rival_zh": "claim_rival",
    "rival_expect": "claim_rival", "check": "register_status", "awaits": "register_status",
    "against": "register_comparison",
    "relative": "register_comparison", "path": "register_comparison",
    "cohort": "register_comparison", "axis": "register_with_axis",
}  # fmt: skip
"""Words for the keys of definitions."""


def table(found: Register, asked: Asked, words: Words) -> Table:
    """The registered claims that somebody asks for, with those that have been replaced."""
    heads = ("register_claim", "register_expected", "register_rival", "register_status")
    title = words.say("register_title", date=found.date, hash=found.hash)
    out = Table(title=title, title_justify="left", show_lines=True)
    for head in heads:
        out.add_column(words.say(head))
    for scenario in asked.scenarios:
        for claim in scenario.claims:
            if found.find(claim.id) is not None and asked.shows(claim.id):
                out.add_row(*_cells(scenario, claim, words))
    for entry in register.superseded(found, asked.scenarios):
        if asked.shows(entry.id):
            out.add_row(_stated(entry, words), "", "", _replacement(found, entry, words))
    return out


def earlier(asked: Asked, words: Words) -> list[str]:
    """What became of the claims of the first examination that somebody asks for."""
    return [
        words.say(
            "register_earlier", claim=one.claim.id,
            by=words.say("claims_and").join(one.by) or words.say("register_none"),
        )
        for one in asked.earlier
    ]  # fmt: skip


def _stated(entry: Registered, words: Words) -> str:
    texts = {"en": entry.definition["statement"], "zh": entry.definition["statement_zh"]}
    return f"{entry.id} {words.pick(texts)}"


def _replacement(found: Register, entry: Registered, words: Words) -> str:
    by = words.say("claims_and").join(found.successors(entry.id))
    return words.say("register_superseded", date=entry.date, by=by)


def _cells(scenario: Scenario, claim: Claim, words: Words) -> list[str | Text]:
    here = words.with_names(scenario.labels)
    needs = [mechanism(name, words) for name in claim.needs]
    return [
        Text.assemble(
            f"{claim.id} {words.pick(claim.statement)}\n", (measured(claim, here), "dim")
        ),
        expected(claim, words),
        Text.assemble(f"{words.pick(claim.rival)}\n", ("\n".join(needs), "dim")),
        stands(claim, here),
    ]


def measured(claim: Claim, words: Words) -> str:
    """What is measured: KPI, firm, arms, weeks, comparison, axis and mediator; ``words`` know the
    names of arms and markets."""
    weeks = [
        words.say("register_weeks", first=first, last=last)
        for first, last in dict.fromkeys(claim.weeks)
    ]
    out = [
        words.say(
            "register_kpi",
            kpi=words.label(claim.kpi),
            firm=words.name(claim.firm),
            arms=compared(claim, words),
            weeks=words.say("claims_and").join(weeks),
        )
    ]
    if claim.against:
        key = "register_relative" if claim.relative else "register_against"
        base = words.say("claims_and").join(map(words.name, dict.fromkeys(claim.against)))
        out.append(words.say(key, arms=base))
    if claim.cohort:
        out.append(_cohort(claim, words))
    if claim.path:
        out.append(words.say({
            "valley": "register_valley", "dip": "register_dip", "payback": "register_payback",
        }[claim.path]))  # fmt: skip
    if claim.axis:
        values = words.say("claims_and").join(f"{value:g}" for value in claim.axis.values)
        out.append(words.say("register_axis", factor=words.pick(claim.axis.factor), values=values))
    out.append(words.say("claims_and").join(map(words.market_name, claim.markets)))
    return words.say("register_join").join(out)


def _cohort(claim: Claim, words: Words) -> str:
    assert claim.cohort is not None
    if claim.cohort.of == "within":
        return words.say("register_within")
    if claim.cohort.of == "mix":
        return words.say("register_mix")
    of = words.say("register_before" if claim.cohort.of == "before" else "register_since")
    return words.say("register_cohort", of=of, week=claim.cohort.week)


def expected(claim: Claim, words: Words) -> str:
    """The side on which an effect is expected, and the smallest effect of interest."""
    level, share = f"{claim.expect.level:g}", claim.smallest_effect
    if claim.expect.sign == 0:
        sign = words.say("register_level")
    elif share < 0.0:
        key = "register_not_below" if claim.expect.sign > 0 else "register_not_above"
        sign = words.say(key, level=level)
    else:
        key = "register_above" if claim.expect.sign > 0 else "register_below"
        sign = words.say(key, level=level)
    return words.say("register_sign", sign=sign, smallest=_smallest(claim, words))


def _smallest(claim: Claim, words: Words) -> str:
    size = abs(claim.smallest_effect)
    if claim.of:
        key = "register_of_revenue" if claim.of == "revenue" else "register_of_value"
        return words.say(key, share=f"{100 * size:g}")
    if claim.path == "payback":
        return words.say("claim_weeks", weeks=f"{size:g}")
    if claim.relative or KPIS[claim.kpi].unit == "share":
        points = f"{100 * size:g}"
        return (
            words.say("register_point")
            if points == "1"
            else words.say("register_points", points=points)
        )
    return f"{size:g}"


def mechanism(name: str, words: Words) -> str:
    """A mechanism that a rival theory needs, and whether the model has it."""
    known = register.terms()["mechanisms"][name]
    key = {True: "register_has", False: "register_has_not"}.get(
        known["in_model"], "register_has_partly"
    )
    return words.say(key, text=words.pick({"en": known["en"], "zh": known["zh"]}))


def stands(claim: Claim, words: Words) -> str:
    """Whether a claim is to be examined, is a check, or awaits something; ``words`` know the names
    of markets."""
    awaits = words.say("register_awaits", text=awaited(claim, words)) if claim.awaits else ""
    kind = words.say("register_check" if claim.check else "register_open")
    return words.say("register_join").join(filter(None, [
        kind if claim.check or claim.examined_in else "", awaits,
    ]))  # fmt: skip


def mediator(claim: Claim, words: Words) -> str:
    """How a claim's mediator is tested, or an empty text."""
    if claim.hold:
        states = [words.label(name) if name in KPIS else name for name in claim.hold]
        return words.say("register_held", states=words.say("claims_and").join(states))
    links = [f"`{word}`" for word in claim.ablate]
    return (
        words.say("register_ablation", links=words.say("claims_and").join(links)) if links else ""
    )


def page(found: Register, old: Sequence[Replaced], words: Words) -> str:
    """The page of the documentation: rules, claims, and those of the first examination."""
    terms = register.terms()
    out = [
        words.say("register_title", date=found.date, hash=f"`{found.hash}`") + words.say("doc_stop")
    ]
    out += ["", words.say("register_rule", rule=words.pick(found.rule))]
    for head, key in (("register_rules", "rules"), ("register_notes", "notes")):
        out += ["", f"## {words.say(head)}", ""]
        out += [f"- {words.pick(text)}" for text in terms[key]]
    out += ["", "## " + words.say("register_claims")]
    for scenario in map(scenarios.need, scenarios.names()):
        out += ["", f"### {scenario.id} {words.pick(scenario.question)}", ""]
        out += _table_of(scenario, found, words)
    note = words.say("first_examination")
    out += ["", "## " + words.say("register_replaced"), "", f"*{note}*", ""]
    return "\n".join([*out, *_replaced_table(old, words)])


def _table_of(scenario: Scenario, found: Register, words: Words) -> list[str]:
    heads = (
        "register_claim", "register_expected", "register_mediator", "register_rival",
        "register_status",
    )  # fmt: skip
    rows = [_row([words.say(head) for head in heads]), "|---|---|---|---|---|"]
    here = words.with_names(scenario.labels)
    for claim in scenario.claims:
        entry = found.find(claim.id)
        assert entry is not None, claim.id
        rows.append(_row([
            f"**{claim.id}** {words.pick(claim.statement)}<br>{measured(claim, here)} "
            f"(`{entry.hash}`, {entry.date})",
            expected(claim, words), mediator(claim, words),
            "<br>".join([words.pick(claim.rival), *(mechanism(n, words) for n in claim.needs)]),
            stands(claim, here),
        ]))  # fmt: skip
    for entry in register.superseded(found, [scenario]):
        cells = [_stated(entry, words), "", "", "", _replacement(found, entry, words)]
        rows.append(_row(cells))
    return rows


def _replaced_table(old: Sequence[Replaced], words: Words) -> list[str]:
    heads = (
        "register_old", "register_old_verdicts", "register_by", "register_what", "register_why",
    )  # fmt: skip
    rows = [_row([words.say(head) for head in heads]), "|---|---|---|---|---|"]
    verdicts = {
        "holds": words.say("claim_holds"), "fails": words.say("claim_fails"),
        "undecided": words.say("score_undecided"),
    }  # fmt: skip
    reasons, comma = register.terms()["reasons"], words.say("claims_and")
    for one in old:
        here = words.with_names(one.scenario.labels)
        kept = one.by == (one.claim.id,)
        what = dict.fromkeys(words.say(KEYS[key]) for key in one.keys)
        size = _smallest(one.claim, words)
        by = comma.join(one.by) or words.say("register_none")
        rows.append(_row([
            f"**{one.claim.id}** {words.pick(one.claim.statement)} ({size})",
            "<br>".join(
                f"{here.market_name(market)}: {verdicts[said]}"
                for market, said in one.verdicts.items()
            ),
            words.say("register_same") if kept else by,
            comma.join(what),
            words.sentences(*(words.pick(reasons[name]) for name in one.changed)),
        ]))  # fmt: skip
    return rows


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
