"""Make the stored files anew that tests compare with.

    python tests/renew.py                        golden numbers, the ODD's tables, the answer
    python tests/renew.py pictures               only the pictures of the documentation (10 minutes)
    python tests/renew.py pictures=sweep         only those of a sweep
    python tests/renew.py facts                  only the published facts (half an hour;
                                                 facts=quick: 4 minutes; facts=picture draws
                                                 the stored ones)
    python tests/renew.py mechanisms[=NAME,...]  only the published facts with single mechanisms
                                                 (each 10 minutes; full=NAME,...: in full, each
                                                 40 minutes)
    python tests/renew.py inside                 only what mechanisms do inside a market (5 minutes)
    python tests/renew.py memory                 only what the published facts say about memory
                                                 (10 minutes)
    python tests/renew.py economy                only the accounts of the firms (25 minutes on two
                                                 processors; economy=quick: 2 minutes)
    python tests/renew.py accounts               only these accounts with all mechanisms and
                                                 without, few seeds (10 minutes)
    python tests/renew.py map[=POINTS]           also the map of hunter and farmer (10 minutes)
    python tests/renew.py theory[=POINTS] [SCENARIO ...]
                                                 also examine claims, of all scenarios or of some
                                                 (all: 45 minutes), with regions of so many points
    python tests/renew.py speed                  only speed and memory (5 minutes on a machine that
                                                 does nothing else)
    python tests/renew.py register               only register what is new in the scenarios
    python tests/renew.py texts                  only what is made from other stored files
    python tests/renew.py names                  the same, after a change of names alone: stamps
                                                 all texts anew, if no golden number has moved

Read the difference before you commit it: a golden number that moved means that every result has.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from matplotlib.figure import Figure
from PIL import Image

import sim
from sim import files
from sim.compile import processors
from sim.experiments import cdnow, claims, register, scenarios
from sim.experiments import regions as space
from sim.experiments.benchmark.benchmark import benchmark, from_json
from sim.experiments.map import POINTS, chart
from sim.experiments.sweeps.summary import summarise
from sim.experiments.uncertainty import uncertainty
from sim.experiments.validation import economy, inside, mechanisms, memory, scorecard
from sim.ledger import accounts as acc
from sim.reporting import answer as sentences
from sim.reporting import benchmark as speeds
from sim.reporting import claims as report
from sim.reporting import documents, explain, folders, references
from sim.reporting import economy as accounts
from sim.reporting import map as cartography
from sim.reporting import mechanisms as changes
from sim.reporting import memory as remembered
from sim.reporting import register as registered
from sim.reporting import scorecard as scorecards
from sim.reporting.figures.cdnow import cdnow_figure
from sim.reporting.figures.comparison import compare_figure
from sim.reporting.figures.memory import memory_figure
from sim.reporting.figures.scorecard import scorecard_figure
from sim.reporting.figures.style import png, save
from sim.reporting.terms import terms
from sim.reporting.words import Words
from sim.runs.arms import arms as arms_of
from sim.runs.engine import engine

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden.json"
ODD = Path(sim.__file__).parent / "ODD.md"
README = HERE.parent / "README.md"
DOCS = HERE.parent / "docs"
GENERATED = DOCS / "generated"
PICTURES = GENERATED / "pictures"
ECONOMY = GENERATED / "economy.csv"
ACCOUNTS = {name: GENERATED / f"accounts_{name}.csv" for name in (mechanisms.NONE, "revised")}
"""Accounts of the firms by file of the group of mechanisms."""
MEMORY = GENERATED / "memory.csv"
INSIDE = GENERATED / "inside.csv"
EXAMINED = GENERATED / "mechanisms"
FULL = "full"
"""Mode of :func:`~sim.experiments.validation.scorecard.validate`, and folder of its results."""
WITH = (mechanisms.NONE, *mechanisms.mechanisms(), *mechanisms.TOGETHER)
"""Files of the configuration group of mechanisms that scorecards are stored for."""
SPEED = GENERATED / "speed.json"
RECIPES = GENERATED / "recipes.md"
THEORY = files.SCENARIOS / scenarios.VERDICTS
FIRST_THEORY = files.SCENARIOS / scenarios.FIRST / scenarios.VERDICTS
KEPT = HERE.parent / "results" / "store"
LANGUAGES = ("en", "zh")
MARKETS = {
    "brand": "ad_blitz",
    "cdnow": None,
    "industrial": None,
    "new_category": None,
    "packaged": None,
    "subscription": "ad_blitz",
    "thirty": None,
    "toy": None,
}
"""Markets and the plan each is fingerprinted with."""

LATER = [
    *acc.EXPERIMENTAL, acc.REDIRECTED, acc.ADOPTED, acc.UNCONVINCED, acc.DECLINED, *acc.FINANCE,
    acc.REWARDS,
]  # fmt: skip
"""Accounts declared after the golden numbers were made, which the markets never book."""

PICTURED = {"brand": "ad_blitz", "packaged": None, "industrial": None, "subscription": None}
"""Markets whose figures the documentation shows, and the plan of each."""

SETTINGS = 60
"""Settings of the pictured uncertainty analysis."""

SWEPT = 100
"""Settings of the pictured sweep."""


def fingerprint(market: str) -> str:
    """A hash of every whole number booked in one small run of a market; the accounts of
    experiments, of which there are none in it, must be 0 and are left out."""
    config = sim.load_config(f"market={market}", "population.customers=2000", "weeks=60")
    ledger = sim.simulate(config, seed=1, plan=MARKETS[market]).ledger
    mark, accounts = hashlib.sha256(), ledger.accounts()
    if accounts[..., LATER].any():
        sys.exit(f"{market} books an account that golden numbers do not cover")
    booked = np.delete(accounts, LATER, axis=-1)
    for part in (booked, ledger.contacts(), ledger.spend(), ledger.leads()):
        mark.update(part.astype("<i8").tobytes())
    return mark.hexdigest()[:16]


def golden() -> dict[str, str]:
    """The stored fingerprint of every market."""
    out: dict[str, str] = json.loads(GOLDEN.read_text())
    return out


def theory_mark(marks: Mapping[str, str]) -> str:
    """A fingerprint of all markets that scenarios are set in, from each one's, and of what the
    scenarios are and claim; their texts may change."""
    here = [marks[name] for name in ("brand", "industrial", "packaged", "subscription")]
    nothing: dict[str, str] = {}
    for scenario in map(scenarios.need, scenarios.names()):
        bare = [
            replace(c, statement=nothing, why=nothing, rival=nothing, check=False)
            for c in scenario.claims
        ]
        here.append(repr((scenario.markets, scenario.arms, bare)))
    return hashlib.sha256("".join(here).encode()).hexdigest()[:16]


def all_markets(marks: Mapping[str, str]) -> str:
    """A fingerprint of all markets, from each one's."""
    return hashlib.sha256("".join(marks.values()).encode()).hexdigest()[:16]


def marks() -> dict[str, str]:
    """The fingerprint that every stamped text must bear."""
    stored = golden()
    theory = theory_mark(stored)
    return {
        "answer": stored["brand"], "map": stored["brand"], "facts": all_markets(stored),
        "findings": theory, "claims": theory,
        "economy": all_markets({market: stored[market] for market in economy.markets()}),
    }  # fmt: skip


def path(name: str, language: str) -> Path:
    """Where a generated text is stored."""
    return GENERATED / f"{name}.{language}.md"


def read(name: str, language: str) -> str:
    """A stamped text as stored, without its stamp."""
    return documents.unstamped(path(name, language).read_text(encoding="utf-8"))[2]


def examination() -> str:
    """The examination whose verdicts the texts tell: the first, until the claims of the register
    are examined."""
    return "" if THEORY.is_file() else scenarios.FIRST


def stored() -> pd.DataFrame:
    """The stored table of verdicts of that examination; a dash in it is a word."""
    place = FIRST_THEORY if examination() else THEORY
    return pd.read_csv(place, keep_default_na=False, na_values=[""])


def made(language: str) -> dict[str, str]:
    """Every text that is made from other stored files."""
    words, verdicts, facts = Words(language), stored(), scorecard.stored()
    measured, when = from_json(SPEED.read_text(encoding="utf-8")), examination()
    return {
        "facts": scorecards.page(facts, words),
        "economy": economy_text(words),
        "accounts": accounts.compared(*map(read_accounts, ACCOUNTS.values()), words),
        "mechanisms": changes.page(examined(), in_full(), words),
        "inside": changes.inside_page(pd.read_csv(INSIDE), words),
        "memory": remembered.page(memory.Inference(pd.read_csv(MEMORY)), words),
        "findings": documents.findings(verdicts, words, when),
        "claims": documents.claims(verdicts, words, when),
        "summary": documents.summary(verdicts, facts, words, when),
        "register": registered.page(register.read(), register.replaced(register.read()), words),
        "glossary": documents.glossary(terms(), words),
        "columns": references.columns(words).by_first_column(),
        "speed": speeds.page(measured, words),
    }


def examined(folder: Path = EXAMINED) -> dict[str, scorecard.Scorecard]:
    """The stored scorecards by mechanism, in the order of their declaration: none of them first,
    all of them last."""
    found = {name: folder / f"{name}.json" for name in WITH}
    return {
        name: scorecard.Scorecard.from_json(place.read_text(encoding="utf-8"))
        for name, place in found.items() if place.exists()
    }  # fmt: skip


def in_full() -> dict[str, scorecard.Scorecard]:
    """The stored full scorecards, that of the package first."""
    return {mechanisms.NONE: scorecard.stored(), **examined(EXAMINED / FULL)}


def examine(names: Sequence[str], mode: str = mechanisms.EACH) -> None:
    """Measure the published facts with single mechanisms, and make the page from them.
    Measurements in results/store are reused."""
    folder = EXAMINED / FULL if mode == FULL else EXAMINED
    folder.mkdir(exist_ok=True)
    for name in names or WITH:
        found = mechanisms.examine(name, mode, store=KEPT, processes=True)
        (folder / f"{name}.json").write_text(found.to_json(), encoding="utf-8")
    texts()


def measure_inside() -> None:
    """Measure what each mechanism does inside a market, and make the texts."""
    found = inside.effects(processes=processors())
    found.to_csv(INSIDE, index=False, lineterminator="\n", float_format="%.4g")
    texts()


def infer_memory() -> None:
    """Infer the memory of customers from the published facts, draw it, and make the texts."""
    found = memory.infer(store=KEPT, processes=True)
    found.table.to_csv(MEMORY, index=False, lineterminator="\n", float_format="%.4g")
    draw_memory()
    texts()


def draw_memory() -> None:
    """Draw the stored settings of memory."""
    found = memory.Inference(pd.read_csv(MEMORY))
    for language in LANGUAGES:
        figure = memory_figure(found, Words(language))
        save(figure, GENERATED / f"memory-{language}", kinds=("png",))


def economy_text(words: Words) -> str:
    """The stored accounts of the firms."""
    return accounts.page(read_accounts(ECONOMY), words)


def read_accounts(path: Path) -> list[dict[str, Any]]:
    """A stored table of accounts."""
    table = pd.read_csv(path, keep_default_na=False, na_values=["nan"])
    rows: list[dict[str, Any]] = table.to_dict("records")
    return rows


def odd() -> str:
    """The ODD with its tables as the declarations have them now."""
    return explain.filled(ODD.read_text(encoding="utf-8"), explain.sheets(sim.load_config()))


def readme() -> str:
    """The README with its generated texts as stored."""
    text = README.read_text(encoding="utf-8")
    text = documents.placed(text, "answer", read("answer", "en"))
    return documents.placed(text, "summary", path("summary", "en").read_text("utf-8").rstrip())


def _stamp(name: str, language: str, text: str, mark: str) -> None:
    path(name, language).write_text(documents.stamped(text, mark), encoding="utf-8")


def texts(renewed: Sequence[str] = ()) -> None:
    """Write the texts that are made from other stored files, and those of the README.

    Args:
        renewed: names of the texts whose figures are of the present model; the others keep the
            fingerprint they have.
    """
    for language in LANGUAGES:
        new = made(language)
        for name, mark in marks().items():
            place = path(name, language)
            old = place.read_text(encoding="utf-8") if place.exists() else ""
            if name in renewed or not old:
                text = new.get(name) or documents.unstamped(old)[2]
            else:
                mark, _, text = documents.unstamped(old)
            _stamp(name, language, new.get(name, text), mark)
        for name in new.keys() - marks().keys():
            path(name, language).write_text(new[name] + "\n", encoding="utf-8")
    RECIPES.write_text(scorecards.recipes() + "\n", encoding="utf-8")
    ODD.write_text(odd(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")


def names() -> None:
    """Stamp all texts anew after a change of names alone."""
    moved = [market for market, mark in golden().items() if fingerprint(market) != mark]
    if moved:
        sys.exit(f"golden numbers have moved ({', '.join(moved)}): measure anew instead")
    texts(list(marks()))


def answer() -> None:
    """Run the README's comparison and store its answer and picture."""
    result = sim.compare(sim.load_config(), "ad_blitz", "community_building")
    for language in LANGUAGES:
        words = Words(language).in_currency(result.config.currency)
        figure = compare_figure(result, "alder", words)
        save(figure, GENERATED / f"compare.{language}.png", kinds=("png",))
        text = documents.quoted(sentences.answer(result, words))
        _stamp("answer", language, text, golden()["brand"])


def pictures() -> None:
    """Draw every figure of ``gtm run``, ``gtm compare`` and ``gtm sweep`` in both languages, for
    the page on reading them. Runs in results/store are reused."""
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for market, plan in PICTURED.items():
        run = sim.simulate(sim.load_config(f"market={market}"), plan=plan)
        _draw(market, lambda words, run=run: folders.run_figures(run, words), run.config.currency)
    study = cdnow.study(sim.load_config("market=cdnow"))
    _draw("cdnow", lambda words: [("figure", cdnow_figure(study, words))], "")
    arms = ("ad_blitz", "community_building")
    config = sim.load_config()
    result = sim.compare(config, *arms, store=KEPT, processes=True)
    found = uncertainty(config, *arms, settings=SETTINGS, store=KEPT, processes=True)
    _draw("compare", lambda words: folders.compare_figures(result, found, words), config.currency)
    duel = scenarios.need(f"{scenarios.FIRST}/hunter_vs_farmer")  # it has four arms
    config = duel.config()
    four = sim.compare(config, *duel.arms_in(config), store=KEPT, processes=True,
                       contrasts=duel.contrasts)  # fmt: skip
    _draw("hunter_vs_farmer", lambda words: folders.compare_figures(
          four, None, words.with_names(duel.labels)), config.currency)  # fmt: skip
    sweep_pictures()


def sweep_pictures() -> None:
    """Draw the figures of a sweep of all uncertain parameters in a small market."""
    config = sim.load_config("population.customers=2000", "weeks=156")
    arms = arms_of(["ad_blitz", "community_building"], config)
    space = sim.space(config, "uncertain", arms=arms)
    sample = sim.sample(space, SWEPT, seed=config.seed)
    table = sim.sweep(config, sample, arms, replicates=2, store=KEPT, executor="processes")
    found = summarise(table, config, arms, space)
    _draw("sweep", lambda words: folders.sweep_figures(found, words), config.currency, shades=True)


def _draw(
    group: str, made: Callable[[Words], Iterable[tuple[str, Figure]]], currency: str, *,
    shades: bool = False,
) -> None:  # fmt: skip
    """Store the figures of a command, in both languages, with few colours to be small; more of
    them where there are shades."""
    colours, method = (256, Image.Quantize.MAXCOVERAGE) if shades else (64, None)
    for language in LANGUAGES:
        for name, figure in made(Words(language).in_currency(currency)):
            image = Image.open(io.BytesIO(png(figure, dpi=90))).convert("RGB")
            small = image.quantize(colours, method=method)
            small.save(PICTURES / f"{group}-{name}.{language}.png", optimize=True)


def facts(mode: str) -> None:
    """Measure the published facts, or draw the stored ones, and make the texts from them.
    Measurements in results/store are reused."""
    if mode != "picture":
        found = scorecard.validate(mode=mode or "full", store=KEPT, processes=True)
        scorecard.STORED.write_text(found.to_json(), encoding="utf-8")
    for language in LANGUAGES:
        figure = scorecard_figure(scorecard.stored(), Words(language))
        save(figure, GENERATED / f"scorecard-{language}", kinds=("png",))
    texts(["facts"])


def firms(effort: str) -> None:
    """Measure the accounts of the firms, and make the texts from them. Measurements in
    results/store are reused."""
    chosen = economy.QUICK if effort == "quick" else economy.FULL
    _measure_accounts(ECONOMY, chosen)
    mark = marks()["economy"]
    for language in LANGUAGES:
        _stamp("economy", language, economy_text(Words(language)), mark)


def _measure_accounts(path: Path, effort: economy.Effort, *changes: str) -> None:
    found = economy.economy((), *changes, effort=effort, store=KEPT, processes=True)
    table = pd.DataFrame(accounts.rows(found))
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.4g", na_rep="nan")


def with_mechanisms() -> None:
    """Measure the accounts of the firms with and without mechanisms, and make the texts."""
    effort = replace(economy.QUICK, seeds=(5,))
    for name, path in ACCOUNTS.items():
        _measure_accounts(path, effort, f"{mechanisms.GROUP}={name}")
    texts()


def speed() -> None:
    """Measure speed and memory, and make the texts from it."""
    found = benchmark(progress=True)
    if not found.agrees:
        sys.exit(speeds.agreement(found, Words("en")))
    SPEED.write_text(found.to_json(), encoding="utf-8")
    texts()


def draw_map(points: int) -> None:
    """Simulate hunter and farmer all over the map, and store its answer and picture."""
    with engine(sim.load_config("threads=2"), KEPT, True) as runs:
        found = chart(points=points, runs=runs)
    save(cartography.map_figure(found, Words("en")), GENERATED / "map.png", kinds=("png",))
    for language in LANGUAGES:
        text = documents.quoted(cartography.answer(found, Words(language)))
        _stamp("map", language, text, golden()["brand"])


def theory(points: int, only: Sequence[str]) -> None:
    """Examine every claim and explore its region, and store the verdicts.

    Runs in results/store are reused.

    Args:
        only: scenarios to be examined, all if none; stored verdicts of the others are kept.
    """
    found, regions = [], []
    with engine(sim.load_config("threads=2"), KEPT, True) as runs:
        for scenario in map(scenarios.need, only or scenarios.names()):
            found += claims.examine(scenario, runs=runs)
            if points:
                regions += space.explore(scenario, points=points, runs=runs)
    table = pd.DataFrame(report.rows(found, regions))
    if only and THEORY.is_file():
        before = stored()
        table = pd.concat([before[~before.scenario.isin(table.scenario)], table])
        ids = [scenarios.need(name).id for name in scenarios.names()]
        table = table.sort_values("scenario", key=lambda id: id.map(ids.index), kind="stable")
        table["stays"] = claims.discoveries(table.p_value)
    table.to_csv(THEORY, index=False, lineterminator="\n", float_format="%.6g")


def enter_claims() -> None:
    """Register the claims that are new in the scenarios; a changed definition needs a new id."""
    place, found = register.folder() / register.FILE, [*map(scenarios.need, scenarios.names())]
    if not place.exists():
        sys.exit(f"{register.FILE} is missing: restore it; a register is not made anew.")
    now = register.extended(register.read(), found, dt.date.today().isoformat())
    faults = register.faults(now, found)
    if faults:
        sys.exit("\n".join(map(str, faults)))
    head = "# The register of claims, made by `python tests/renew.py register`. Not to be edited.\n"
    made = yaml.safe_dump(register.plain(now), sort_keys=False, allow_unicode=True, width=100)
    place.write_text(head + made, encoding="utf-8")
    texts()


def main() -> None:
    """Write what is asked for."""
    asked = dict(word.partition("=")[::2] for word in sys.argv[1:])
    if "register" in asked:
        enter_claims()
        return
    if "names" in asked:
        names()
        return
    if "pictures" in asked:
        (sweep_pictures if asked["pictures"] == "sweep" else pictures)()
        return
    if "economy" in asked:
        firms(asked["economy"])
        return
    if "accounts" in asked:
        with_mechanisms()
        return
    if "speed" in asked:
        speed()
        return
    if "facts" in asked:
        facts(asked["facts"])
        return
    if "inside" in asked:
        measure_inside()
        return
    if "memory" in asked:
        infer_memory()
        return
    for word, mode in (("mechanisms", mechanisms.EACH), (FULL, FULL)):
        if word in asked:
            examine([name for name in asked[word].split(",") if name], mode)
            return
    renewed = []
    if "texts" not in asked:
        GOLDEN.write_text(json.dumps({m: fingerprint(m) for m in MARKETS}, indent=2) + "\n")
        answer()
    if "map" in asked:
        draw_map(int(asked["map"] or POINTS))
    if "theory" in asked:
        others = [word for word in asked if word not in ("texts", "map", "theory")]
        theory(int(asked["theory"] or 0), others)
        renewed += ["findings", "claims"]
    texts(renewed)


if __name__ == "__main__":
    main()
