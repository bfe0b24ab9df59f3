"""Tables of the model's assumptions: the week, every parameter, activities, KPIs, accounts.

The same rows serve ``gtm explain`` and the generated tables of ``sim/ODD.md``. Texts are declared
in English and shown in the language of the words; titles and headings follow in :func:`tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from rich.table import Table

from sim.config.checks import policies as known_policies
from sim.config.schema import NAMED, Config
from sim.engines.protocol import OWN_STATE, STATE
from sim.kpis import KPIS
from sim.ledger.accounts import ACCOUNTS
from sim.market.activities import Activity
from sim.market.firms import FirmSpec, OrganisationSpec, SalesForceSpec
from sim.market.interventions import Era, Treatment
from sim.market.segments import Segment
from sim.model.week import WEEK
from sim.params import CONSTANTS, MECHANISMS, Number, declared, numbers
from sim.reporting.words import DEFAULT_LANGUAGE, Words
from sim.rules.pay import PayPlan

ENGLISH = Words(DEFAULT_LANGUAGE)
"""The language of the declarations, and of the ODD."""


@dataclass(frozen=True)
class Sheet:
    """A table of texts; ``gtm explain NAME`` and the markers in the ODD refer to it by ``name``.

    Attributes:
        of_names: columns are headed by names of firms, activities and the like.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    of_names: bool = False

    def markdown(self) -> str:
        """The table in Markdown."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        return "\n".join("| " + " | ".join(_plain(c) for c in line) + " |" for line in lines)

    def by_first_column(self) -> str:
        """A narrower table for each value of the first column, under that value."""
        groups: dict[str, list[tuple[str, ...]]] = {}
        for first, *rest in self.rows:
            groups.setdefault(first, []).append(tuple(rest))
        return "\n\n".join(
            f"`{first}`\n\n{replace(self, columns=self.columns[1:], rows=tuple(rows)).markdown()}"
            for first, rows in groups.items()
        )


def _plain(cell: str) -> str:
    return cell.replace("|", "/").replace("\n", " ")


def _shown(value: object, words: Words) -> str:
    if isinstance(value, bool):
        return words.text("on" if value else "off")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _bounds(known: Number, words: Words) -> str:
    return words.say("to", low=f"{known.low:g}", high=f"{known.high:g}")


def week(words: Words = ENGLISH) -> Sheet:
    """The phases of a week in order."""
    say = words.text
    rows = tuple(
        (str(n), p.name, say(p.who), say(p.does), say(p.reads), say(p.writes), p.within)
        for n, p in enumerate(WEEK, 1)
    )
    columns = ("", "phase", "who", "does", "reads", "writes", "run within")
    return Sheet("week", "A week, phase by phase", columns, rows)


def parameters(config: Config, words: Words = ENGLISH) -> Sheet:
    """Every declared parameter of the rules and the run, with its value in this configuration."""
    rows = tuple(
        (name, _shown(value, words), *_declared(known, words))
        for name, known, value in numbers(config)
        if name.partition(".")[0] not in NAMED
    )
    columns = ("parameter", "value", "default", "unit", "bounds", "level", "meaning", "source")
    return Sheet("parameters", "Parameters", columns, rows)


def _declared(known: Number, words: Words) -> tuple[str, ...]:
    return (
        _shown(known.default, words), words.unit(known.unit), _bounds(known, words),
        words.text(known.level), words.text(known.meaning), words.text(known.source),
    )  # fmt: skip


def constants(words: Words = ENGLISH) -> Sheet:
    """Every declared constant, which no configuration changes."""
    for policy in known_policies():
        import_module(f"sim.agents.policies.{policy}")  # each policy declares its own constants
    rows = tuple(
        (name, _shown(known.value, words), words.unit(known.unit), words.text(known.meaning),
         words.text(known.source))
        for name, known in sorted(CONSTANTS.items())
    )  # fmt: skip
    columns = ("constant", "value", "unit", "meaning", "source")
    return Sheet("constants", "Constants", columns, rows)


def mechanisms(words: Words = ENGLISH) -> Sheet:
    """Every mechanism that can be switched off by name."""
    rows = tuple(
        (
            name,
            words.text(m.gone),
            ", ".join(f"{k}={_shown(v, ENGLISH)}" for k, v in m.neutral.items()),
        )
        for name, m in sorted(MECHANISMS.items())
    )
    return Sheet("mechanisms", "Mechanisms (off=[NAME, ...])", ("name", "removes", "by"), rows)


def _declaration(name: str, title: str, group: type, words: Words) -> Sheet:
    rows = tuple((field, *_declared(n, words)) for field, n in declared(group).items())
    columns = ("field", "default", "unit", "bounds", "level", "meaning", "source")
    return Sheet(name, title, columns, rows)


def _side_by_side(
    name: str,
    title: str,
    group: type,
    items: Mapping[str, Any],
    more: Mapping[str, list[str]],
    words: Words,
) -> Sheet:
    """A table with items as columns and declared fields as rows; ``more`` are further rows."""
    rows = [
        (field, *(_shown(getattr(item, field), words) for item in items.values()))
        for field in declared(group)
    ]
    rows += [(field, *cells) for field, cells in more.items()]
    return Sheet(name, title, ("", *items), tuple(rows), of_names=True)


def _names(keys: Iterable[str], names: list[str], words: Words) -> dict[str, list[str]]:
    """A row with the names under which items are printed, where these are other words."""
    same = all(
        name.casefold() == key.replace("_", " ") for key, name in zip(keys, names, strict=True)
    )
    return {} if same else {words.heading("name"): names}


def activities(config: Config, words: Words = ENGLISH) -> Sheet:
    """The activities of a configuration and their attributes."""
    items = config.activities
    more = {"owner": [words.text(a.owner) for a in items.values()]}
    more |= _names(items, [words.activity(name, config) for name in items], words)
    return _side_by_side("activities", "Activities", Activity, items, more, words)


def activity_sources(config: Config, words: Words = ENGLISH) -> Sheet:
    """Sources of the parameters of each activity."""
    rows = tuple((name, words.text(a.source)) for name, a in config.activities.items())
    return Sheet("activity_sources", "Sources of the activities", ("activity", "source"), rows)


def firms(config: Config, words: Words = ENGLISH) -> Sheet:
    """The firms of a configuration."""
    budgets = {
        words.say("explain_per_week", name=k): [
            f"{f.budget.get(k, 0.0):,.0f}" for f in config.firms.values()
        ]
        for k in config.activities
        if any(k in f.budget for f in config.firms.values())
    }
    names = _names(config.firms, [words.name(name) for name in config.firms], words)
    return _side_by_side("firms", "Firms", FirmSpec, config.firms, budgets | names, words)


def sales_forces(config: Config, words: Words = ENGLISH) -> Sheet:
    """The sales forces of a configuration."""
    forces = {name: firm.sales for name, firm in config.firms.items()}
    plans = {"pay": [force.pay for force in forces.values()]}
    return _side_by_side("sales_forces", "Sales forces", SalesForceSpec, forces, plans, words)


def pay(config: Config, words: Words = ENGLISH) -> Sheet:
    """The pay plans of a configuration."""
    return _side_by_side("pay", "Pay plans", PayPlan, config.pay, {}, words)


def organisations(config: Config, words: Words = ENGLISH) -> Sheet:
    """Organisation and leadership of the firms of a configuration."""
    inside = {name: firm.organisation for name, firm in config.firms.items()}
    fields = ("kpis", "policy", "target", "reaction", "instrument")
    more = {name: [getattr(one, name) or "-" for one in inside.values()] for name in fields}
    return _side_by_side("organisations", "Organisations", OrganisationSpec, inside, more, words)


def scorecards(config: Config) -> Sheet:
    """Scorecards, with the KPI weights of each department."""
    rows = tuple(
        (name, *(", ".join(f"{k} {w:g}" for k, w in side.items()) or "-"
                 for side in (card.market_department, card.marketing)))
        for name, card in config.kpis.items()
    )  # fmt: skip
    return Sheet("scorecards", "Scorecards", ("", "market department", "marketing"), rows)


def policies(words: Words = ENGLISH) -> Sheet:
    """Budget policies that an executive can follow."""
    rows = tuple((name, words.text(_about(name))) for name in known_policies())
    return Sheet("policies", "Budget policies", ("policy", "basis of credit"), rows)


def _about(policy: str) -> str:
    """What the file of a policy says of it, without the marks of a docstring."""
    text = import_module(f"sim.agents.policies.{policy}").__doc__ or ""
    return re.sub(r"(?::\w+:)?`+([^`]+)`+", r"`\1`", " ".join(text.split()))


def segments(config: Config, words: Words = ENGLISH) -> Sheet:
    """The segments of a configuration."""
    return _side_by_side("segments", "Segments", Segment, config.segments, {}, words)


def kpis(words: Words = ENGLISH) -> Sheet:
    """Every KPI with its definition."""
    rows = tuple(
        (k.name, k.label["en"], k.label["zh"], words.unit(k.unit), words.text(k.function_of),
         words.text(k.meaning))
        for k in KPIS.values()
    )  # fmt: skip
    return Sheet("kpis", "KPIs", ("KPI", "English", "中文", "unit", "function", "definition"), rows)


def accounts(words: Words = ENGLISH) -> Sheet:
    """Every ledger account."""
    rows = tuple(
        (a.name, words.text("market" if a.market else "firm"), words.unit(a.unit),
         words.text(a.kind), words.text(a.meaning))
        for a in ACCOUNTS
    )  # fmt: skip
    return Sheet("accounts", "Ledger accounts", ("account", "per", "unit", "kind", "meaning"), rows)


def state(words: Words = ENGLISH) -> Sheet:
    """State variables of customers."""
    rows = tuple(
        (name, words.text(per), column.kind, words.text(column.meaning))
        for per, kinds in (("firm and customer", STATE), ("customer", OWN_STATE))
        for name, column in kinds.items()
    )
    return Sheet("state", "State of customers", ("name", "per", "type", "meaning"), rows)


def sheets(config: Config, words: Words = ENGLISH) -> list[Sheet]:
    """All tables, in the order of the ODD."""
    return [
        week(words),
        state(words),
        parameters(config, words),
        constants(words),
        mechanisms(words),
        _declaration("activity_fields", "Fields of an activity", Activity, words),
        activities(config, words),
        activity_sources(config, words),
        _declaration("firm_fields", "Fields of a firm", FirmSpec, words),
        firms(config, words),
        _declaration("sales_fields", "Fields of a sales force", SalesForceSpec, words),
        sales_forces(config, words),
        _declaration("pay_fields", "Fields of a pay plan", PayPlan, words),
        pay(config, words),
        _declaration("organisation_fields", "Fields of an organisation", OrganisationSpec, words),
        organisations(config, words),
        scorecards(config),
        policies(words),
        _declaration("era_fields", "Fields of an era", Era, words),
        _declaration("segment_fields", "Fields of a segment", Segment, words),
        segments(config, words),
        _declaration("treatment_fields", "Fields of a treatment", Treatment, words),
        kpis(words),
        accounts(words),
    ]


def matching(all_sheets: Sequence[Sheet], name: str) -> list[Sheet]:
    """The table called ``name``, or else the rows and columns that ``name`` refers to.

    A row matches by its own name or by the group before the dot; a column by the name above it.
    """
    found = [s for s in all_sheets if s.name == name]
    if found:
        return found
    out = []
    for sheet in all_sheets:
        rows = tuple(r for r in sheet.rows if r[0] == name or r[0].startswith(f"{name}."))
        if sheet.of_names and name in sheet.columns:  # an activity, a firm or a segment
            at = sheet.columns.index(name)
            columns = tuple((r[0], r[at]) for r in sheet.rows)
            out.append(Sheet(sheet.name, sheet.title, ("", name), columns, sheet.of_names))
        elif rows:
            out.append(Sheet(sheet.name, sheet.title, sheet.columns, rows, sheet.of_names))
    return out


def names(all_sheets: Sequence[Sheet]) -> list[str]:
    """Every name that :func:`matching` accepts."""
    out = [s.name for s in all_sheets] + [row[0] for s in all_sheets for row in s.rows]
    out += [column for s in all_sheets if s.of_names for column in s.columns[1:]]
    return out + [name.partition(".")[0] for name in out]


def tables(all_sheets: Sequence[Sheet], words: Words) -> list[Table]:
    """The tables as shown on the terminal, with titles and headings in the language of the words.

    Args:
        all_sheets: made with the same words.
    """
    out = []
    for sheet in all_sheets:
        headed = any(sheet.columns)
        table = Table(title=words.heading(sheet.title), title_justify="left", show_header=headed)
        side_by_side = sheet.columns[0] == ""
        for n, column in enumerate(sheet.columns):
            heading = column.replace("_", " ") if sheet.of_names else words.heading(column)
            table.add_column(heading, overflow="fold", no_wrap=side_by_side and n == 0)
        for row in sheet.rows:
            table.add_row(*row)
        out.append(table)
    return out


def filled(document: str, all_sheets: Sequence[Sheet]) -> str:
    """A document with its tables replaced by current ones.

    Args:
        document: Markdown with ``<!-- table: NAME -->`` and ``<!-- end: NAME -->`` markers.
    """
    for sheet in all_sheets:
        start, end = f"<!-- table: {sheet.name} -->", f"<!-- end: {sheet.name} -->"
        if start in document:
            before, rest = document.split(start, 1)
            after = rest.split(end, 1)[1]
            document = f"{before}{start}\n{sheet.markdown()}\n{end}{after}"
    return document
