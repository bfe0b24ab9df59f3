"""Make the stored files anew that tests compare with: golden numbers, the ODD's tables, and the
answer and picture of the README; when asked, its table of published facts and its map too, which
takes minutes each, and that of the theory's claims, of the scenarios named or of all, which takes
three quarters of an hour, or with regions of so many points some.

    python tests/renew.py [facts] [map[=POINTS]] [theory[=POINTS] [SCENARIO ...]]

Read the difference before you commit it: a golden number that moved means that every result has.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

import sim
from sim import files
from sim.experiments import claims, scenarios, targets
from sim.experiments import regions as space
from sim.experiments.map import POINTS, chart
from sim.experiments.replicates import workers
from sim.reporting import claims as report
from sim.reporting import comparison, explain, figures
from sim.reporting import map as cartography
from sim.reporting.words import Words

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden.json"
ODD = Path(sim.__file__).parent / "ODD.md"
README = HERE.parent / "README.md"
PICTURE = HERE.parent / ".github" / "compare.png"
MAP = PICTURE.with_name("map.png")
KEPT = HERE.parent / "results" / ".replicates"
MARKETS = {
    "brand": "ad_blitz",
    "cdnow": None,
    "industrial": None,
    "packaged": None,
    "subscription": "ad_blitz",
    "toy": None,
}
"""Markets and the plan each is fingerprinted with."""


def fingerprint(market: str) -> str:
    """A hash of every whole number booked in one small run of a market."""
    config = sim.load_config(f"market={market}", "population.customers=2000", "weeks=60")
    ledger = sim.simulate(config, seed=1, plan=MARKETS[market]).ledger
    mark = hashlib.sha256()
    for part in (ledger.accounts(), ledger.contacts(), ledger.spend(), ledger.leads()):
        mark.update(part.astype("<i8").tobytes())
    return mark.hexdigest()[:16]


def odd() -> str:
    """The ODD with its tables as the declarations have them now."""
    return explain.filled(ODD.read_text(encoding="utf-8"), explain.sheets(sim.load_config()))


def _put(name: str, market: str, text: str) -> None:
    """Put what comes from a run in its place in the README, with the fingerprint of the market."""
    _put_mark(name, fingerprint(market), text)


def _put_mark(name: str, mark: str, text: str) -> None:
    before, rest = README.read_text(encoding="utf-8").split(f"<!-- {name}", 1)
    after = rest.split(f"<!-- end: {name} -->", 1)[1]
    head = f"<!-- {name}, fingerprint {mark} -->"
    README.write_text(f"{before}{head}\n{text}\n<!-- end: {name} -->{after}", encoding="utf-8")


def readme() -> None:
    """Run the README's comparison and put its answer and picture in place."""
    result = sim.compare(sim.load_config(), "ad_blitz", "community_building")
    words = Words("en")
    figures.save(comparison.compare_figure(result, "alder", words), PICTURE, kinds=("png",))
    _put("answer", "brand", "\n".join(f"> {line}" for line in comparison.answer(result, words)))


def facts() -> None:
    """Measure the published facts and put the table in place."""
    names = {"hit": "inside", "miss": "outside"}
    lines = [
        "| fact | measured | published | mean (95 % interval) | verdict |",
        "|---|---|--:|--:|---|",
    ]
    for found in targets.validate(list(targets.TARGETS), processes=True):
        part, (low, high) = found.part, found.interval
        published = f"> {part.low:g}" if part.sign else f"{part.low:g} to {part.high:g}"
        verdict = names.get(found.verdict, found.verdict)
        lines.append(
            f"| {found.target.name} {found.target.title['en']} | {part.en} | {published} | "
            f"{found.mean:.3f} ({low:.3f} to {high:.3f}) | {verdict} |"
        )
    _put("facts", "industrial", "\n".join(lines))


def draw_map(points: int) -> None:
    """Live hunter and farmer all over the map, and put its answer and picture in place."""
    with workers(2, processes=True) as pool:
        found = chart(points=points, store=KEPT, pool=pool)
    words = Words("en")
    figures.save(cartography.map_figure(found, words), MAP, kinds=("png",))
    _put("map", "brand", "\n".join(f"> {line}" for line in cartography.answer(found, words)))


THEORY = files.SCENARIOS / scenarios.VERDICTS
"""The table of claims as last made; it also says how many points regions rest on."""


def theory_mark(marks: Mapping[str, str]) -> str:
    """A fingerprint of all markets that scenarios are set in, from each one's, and of what the
    scenarios are and claim; their texts may change."""
    here = [marks[name] for name in ("brand", "industrial", "packaged", "subscription")]
    nothing: dict[str, str] = {}
    for scenario in map(scenarios.need, scenarios.names()):
        bare = [
            replace(c, says=nothing, why=nothing, rival=nothing, check=False)
            for c in scenario.claims
        ]
        here.append(repr((scenario.worlds, scenario.arms, bare)))
    return hashlib.sha256("".join(here).encode()).hexdigest()[:16]


def theory(points: int, names: Sequence[str]) -> None:
    """Examine every claim and explore its region, and put the table in place.

    What is known already in results/.replicates is not lived again; from nothing it takes
    three quarters of an hour without regions.

    Args:
        names: scenarios to be examined, all if none; what the table says of others is kept.
    """
    found, regions = [], []
    with workers(2, processes=True) as pool:
        for scenario in map(scenarios.need, names or scenarios.names()):
            found += claims.examine(scenario, store=KEPT, pool=pool)
            if points:
                regions += space.explore(scenario, points=points, store=KEPT, pool=pool)
    table = pd.DataFrame(report.rows(found, regions))
    if names:
        before = stored()
        table = pd.concat([before[~before.scenario.isin(table.scenario)], table])
        table = table.sort_values("scenario", key=lambda id: id.map(ids().index), kind="stable")
        table["stays"] = claims.discoveries(table.luck)
    table.to_csv(THEORY, index=False, lineterminator="\n", float_format="%.6g")
    mark = theory_mark(json.loads(GOLDEN.read_text()))
    _put_mark("findings", mark, findings())
    _put_mark("theory", mark, theory_table())


def stored() -> pd.DataFrame:
    """The stored table; a dash in it is a word."""
    return pd.read_csv(THEORY, keep_default_na=False, na_values=[""])


def ids() -> list[str]:
    """Those of all scenarios, in their order."""
    return [scenarios.need(name).id for name in scenarios.names()]


def findings() -> str:
    """Scenario by scenario what came out, in words, and how many verdicts of each kind."""
    rows = stored()
    out = [f"| scenario | {' | '.join(report.VERDICTS)} | what came out |", "|---|--:|--:|--:|---|"]
    for name in scenarios.names():
        one = scenarios.need(name)
        verdicts = rows.verdict[rows.scenario == one.id].tolist()
        counts = " | ".join(str(verdicts.count(kind)) for kind in report.VERDICTS)
        out.append(f"| **{one.id}** {one.question['en']} | {counts} | {one.found['en']} |")
    return "\n".join(out)


def theory_table() -> str:
    """The table of the README, from the stored one."""
    rows = stored()
    words, out = Words("en"), [
        "| claim | world: verdict, effect (95 % interval), what is left without the link | rival | "
        "region |",
        "|---|---|---|---|",
    ]  # fmt: skip
    order = ids()
    names = [name.split(".") for name in rows.claim.unique()]
    for scenario, number in sorted(names, key=lambda it: (order.index(it[0]), int(it[1]))):
        name = f"{scenario}.{number}"
        mine = rows[rows.claim == name]
        said, rivals, where = [], [], ""
        for row in mine.to_dict("records"):
            left = f", {round(100 * row['left'])} % left" if row["carried"] in CARRIED else ""
            luck = report.luck(row["verdict"], row["stays"])
            said.append(f"{row['world']}: **{row['verdict']}**{luck}, {_effect(row, words)}{left}")
            rivals.append(row["rival_verdict"])
            if row["points"]:
                where = (
                    f"{100 * row['share']:.0f} % ({100 * row['share_low']:.0f} to "
                    f"{100 * row['share_high']:.0f}) of {row['points']}"
                )
                where += (
                    f", by luck {100 * row['single']:.0f} %"
                    if SURE < row["single"] < 1 - SURE
                    else ""
                )
                where += f"; {row['decides']}" if isinstance(row["decides"], str) else ""
        rival = ", ".join(f"{rivals.count(v)} {v}" for v in dict.fromkeys(rivals))
        text = f"{name} {mine.iloc[0]['says']}{' *(check)*' if mine.iloc[0]['check'] else ''}"
        out.append(f"| {text} | {'<br>'.join(said)} | {rival} | {where} |")
    return "\n".join(out)


CARRIED = ("yes", "no", "reversed", "undecided")

SURE = 0.05
"""Claims that a single pair shows more or less often at the declared numbers are not a matter of
luck."""


def _effect(row: dict[str, object], words: Words) -> str:
    def shown(value: object) -> str:
        number = float(str(value))
        if row["path"] == "payback":
            never = report.never(number, int(str(row["first"])), int(str(row["last"])))
            return f"{'more than ' * never}{number:.0f} weeks"
        return words.gap(str(row["kpi"]), number) if number == number else "unknown"

    mean, low, high = (shown(row[key]) for key in ("effect", "low", "high"))
    if row["path"] == "payback" and low == mean == high:
        return mean
    return f"{mean} ({low} to {high})"


def main() -> None:
    """Write all."""
    GOLDEN.write_text(json.dumps({m: fingerprint(m) for m in MARKETS}, indent=2) + "\n")
    ODD.write_text(odd(), encoding="utf-8")
    readme()
    asked = dict(word.partition("=")[::2] for word in sys.argv[1:])
    if "facts" in asked:
        facts()
    if "map" in asked:
        draw_map(int(asked["map"] or POINTS))
    if "theory" in asked:
        others = [word for word in asked if word not in ("facts", "map", "theory")]
        theory(int(asked["theory"] or 0), others)


if __name__ == "__main__":
    main()
