"""Results folders: the files that each verb writes.

Every function writes into a folder made by :func:`sim.outcomes.store.folder`. ``overrides`` are
the user's ``key=value`` changes, recorded in ``provenance.json``.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from sim.config.compose import to_yaml
from sim.config.schema import Config
from sim.experiments import cdnow
from sim.experiments.benchmark.benchmark import Benchmark
from sim.experiments.claims import ClaimResult
from sim.experiments.compare import Comparison
from sim.experiments.map import Chart
from sim.experiments.regions import Region
from sim.experiments.scenarios import Scenario
from sim.experiments.sweeps.parameters import SEED
from sim.experiments.sweeps.samples import ABOUT
from sim.experiments.sweeps.summary import Summary
from sim.experiments.uncertainty import Uncertainty
from sim.experiments.validation.audit import Check
from sim.experiments.validation.economy import Effort, Measured
from sim.experiments.validation.scorecard import Scorecard
from sim.market.plan import Plan
from sim.outcomes import store
from sim.outcomes.logs import LOGS
from sim.outcomes.run import Run
from sim.plans.find import is_shipped
from sim.plans.write import fingerprint, to_csv
from sim.reporting import audit, claims, columns, economy, terminal
from sim.reporting import map as cartography
from sim.reporting import scorecard as scorecards
from sim.reporting.figures.cdnow import cdnow_figure
from sim.reporting.figures.comparison import arms_figure, compare_figure, uncertainty_figure
from sim.reporting.figures.customers import customers_figure
from sim.reporting.figures.organisation import organisation_figure
from sim.reporting.figures.run import run_figure
from sim.reporting.figures.sales import sales_figure
from sim.reporting.figures.scorecard import scorecard_figure
from sim.reporting.figures.style import save
from sim.reporting.figures.sweep import response_figure, sweep_figure
from sim.reporting.figures.sweep_border import border_figure
from sim.reporting.figures.sweep_flips import flips_figure
from sim.reporting.figures.sweep_influence import (
    influence_order,
    sensitivity_figure,
    tornado_figure,
)
from sim.reporting.regions import region_figure
from sim.reporting.words import Words
from sim.runs.arms import Arm

LONGEST = 100
"""Bytes of the longest name of a file or folder, without its ending; systems allow 143 to 255."""

MORE_OF_A_RUN = ("customers", "sales", "organisation")
"""Names of the figures of a run beside ``figure``; each is left out if it has nothing to show."""

RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
"""Names that Windows keeps for devices."""


def label(*names: str) -> str:
    """Name for people to read, of a results folder say: words and names, joined; a long one is
    cut. Different names may give the same."""
    return _short("-".join(_safe(name) for name in names), "-".join(names))


def file_name(name: str) -> str:
    """Name of a file for a firm or another name: a different one for every name.

    Characters that a path may not contain are replaced and a long name is cut; a hash of the whole
    name then keeps it apart from others.
    """
    safe = _safe(name)
    altered = safe != name or safe.lower() in RESERVED
    return _short(f"{safe}-{_hash(name)}" if altered else safe, name)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name) or "_"


def _short(made: str, whole: str) -> str:
    """A name cut to :data:`LONGEST` bytes, with a hash of the whole if it was longer."""
    if len(made.encode()) <= LONGEST:
        return made
    return made.encode()[: LONGEST - 9].decode(errors="ignore") + "-" + _hash(whole)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]


def save_run(
    folder: Path, config: Config, run: Run, plan: Plan | None, answer: Sequence[str],
    overrides: Sequence[str], words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm run``."""
    _save_config(folder, config)
    store.write_provenance(
        folder / "provenance.json", verb="run", plan=run.plan, seed=run.seed, overrides=overrides,
        **_save_plans(folder, {"plan": plan}),
    )  # fmt: skip
    store.write_table(run.weekly, folder / "weekly")
    store.write_table(run.yearly, folder / "yearly")
    store.write_table(run.total, folder / "total")
    store.write_table(run.ledger_table, folder / "ledger")
    for name in LOGS:
        if getattr(config.log, name):
            store.write_table(run.log(name), folder / name)
    _save_columns(folder, words)
    _save_answer(folder, answer)
    for name, figure in run_figures(run, words):
        save(figure, folder / name)


def run_figures(run: Run, words: Words) -> Iterator[tuple[str, Figure]]:
    """The figures of a run that have something to show, one after the other, with their names."""
    yield "figure", run_figure(run, words)
    draws = (customers_figure, sales_figure, organisation_figure)
    for name, draw in zip(MORE_OF_A_RUN, draws, strict=True):
        figure = draw(run, words)
        if figure is not None:
            yield name, figure


def save_cdnow(
    folder: Path, config: Config, found: cdnow.Study, overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm run cdnow``."""
    _save_config(folder, config)
    store.write_provenance(
        folder / "provenance.json", verb="run", study="cdnow",
        seeds=[config.seed, config.seed + cdnow.REPLICATES - 1], overrides=overrides,
    )  # fmt: skip
    store.write_table(pd.DataFrame(found.weeks()), folder / "weeks")
    _save_columns(folder, words)
    _save_answer(folder, terminal.cdnow_answer(found, words))
    save(cdnow_figure(found, words), folder / "figure")


def save_calibration(folder: Path, values: Sequence[str], overrides: Sequence[str]) -> None:
    """Write the files of ``gtm calibrate cdnow``; ``values`` are lines of YAML."""
    (folder / "values.yaml").write_text("\n".join(values) + "\n", encoding="utf-8")
    store.write_provenance(
        folder / "provenance.json", verb="calibrate", study="cdnow", overrides=overrides
    )


def save_comparison(
    folder: Path, result: Comparison, arms: Sequence[Arm], doubtful: Uncertainty | None,
    answer: Sequence[str], overrides: Sequence[str], words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm compare``."""
    _save_config(folder, result.config)
    store.write_provenance(
        folder / "provenance.json", verb="compare", arms={a.name: list(a.overrides) for a in arms},
        seeds=[result.seeds[0], result.seeds[-1]], interim_looks=list(result.interim_looks),
        overrides=overrides,
        **_save_plans(folder, {f"plan-{file_name(a.name)}": a.plan for a in arms}),
    )  # fmt: skip
    store.write_table(result.table, folder / "comparison")
    store.write_table(result.yearly, folder / "comparison_yearly")
    if len(result.horizons):
        store.write_table(result.horizons, folder / "comparison_horizons")
    store.write_table(result.replicate_table, folder / "replicates")
    store.write_table(result.replicate_yearly, folder / "replicates_yearly")
    _save_columns(folder, words)
    _save_answer(folder, answer)
    for name, figure in compare_figures(result, doubtful, words):
        save(figure, folder / name)


def compare_figures(
    result: Comparison, doubtful: Uncertainty | None, words: Words
) -> Iterator[tuple[str, Figure]]:
    """The figures of a comparison, one after the other, with their names."""
    for firm in result.focus:
        suffix = f"-{file_name(firm)}" if len(result.focus) > 1 else ""
        yield f"figure{suffix}", compare_figure(result, firm, words)
        yield f"arms{suffix}", arms_figure(result, firm, words)
    if doubtful:
        yield "uncertainty", uncertainty_figure(doubtful, words)


def save_sweep(
    folder: Path, found: Summary, sample: pd.DataFrame, arms: Sequence[Arm],
    answer: Sequence[str], overrides: Sequence[str], words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm sweep``."""
    _save_config(folder, found.config)
    about = sample.attrs.get(ABOUT, {})
    store.write_provenance(
        folder / "provenance.json", verb="sweep", arms={a.name: list(a.overrides) for a in arms},
        design={name: value for name, value in about.items() if name != "space"},
        seeds=[int(found.table["seed"].min()), int(found.table["seed"].max())],
        kpi=found.kpi, firm=found.firm, compared=list(found.arms), overrides=overrides,
        **_save_plans(folder, {f"plan-{file_name(a.name)}": a.plan for a in arms}),
    )  # fmt: skip
    store.write_table(found.table, folder / "sweep")
    store.write_table(sample, folder / "sample")
    if found.indices is not None:
        store.write_table(found.indices, folder / "sensitivity")
    if found.box is not None:
        store.write_table(found.box.boxes, folder / "boxes")
        store.write_table(found.box.path, folder / "boxes_path")
    _save_columns(folder, words)
    _save_answer(folder, answer)
    for name, figure in sweep_figures(found, words):
        save(figure, folder / name)


def sweep_figures(found: Summary, words: Words) -> Iterator[tuple[str, Figure]]:
    """The figures of a sweep, one after the other, with their names."""
    keys = [str(key) for key in found.outcome.settings if key != SEED]
    if not keys:  # seeds or plans alone
        return
    order = [] if found.indices is None else influence_order(drawn_indices(found.indices))
    about: dict[str, Any] = {"firm": found.firm, "arms": found.arms, "config": found.config}
    basis = found.table, found.kpi, keys, words
    ordered = about | {"order": [key for key in order if key in keys]}
    held = None if len(found.arms) == 2 else found.threshold
    yield "figure", sweep_figure(*basis, **ordered)
    yield "response", response_figure(*basis, **ordered)
    if len(keys) > 1:
        yield "tornado", tornado_figure(*basis, **about)
        if find_spec("sklearn"):  # fits the surface; the core does without
            yield "border", border_figure(*basis, threshold=held, **ordered)
        boxes = drawn_boxes(found)
        yield "flips", flips_figure(*basis, boxes=boxes, threshold=held, **ordered)
    if found.indices is not None:
        yield (
            "influence",
            sensitivity_figure(
                drawn_indices(found.indices), found.kpi, words, firm=found.firm, config=found.config
            ),
        )


def drawn_indices(indices: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity indices with the columns that their figure reads."""
    names = {"pawn": {"median": "index"}, "delta": {"delta": "index", "delta_error": "index_error"}}
    method, noise = indices.attrs["method"], indices.attrs["noise_share"]
    out = indices[indices["parameter"] != SEED].rename(columns=names.get(method, {}))
    out = out.drop(columns=["first", "first_error"] if method == "delta" else [])
    out.attrs = {
        "method": method, "noise": float("nan") if noise is None else noise,
        "arms": indices.attrs["arms"],
    }  # fmt: skip
    return out


def drawn_boxes(found: Summary) -> pd.DataFrame | None:
    """The first box of numbers, with bounds beyond all values where it has none."""
    if found.box is None:
        return None
    boxes = found.box.boxes
    mine = boxes[(boxes["box"] == 1) & boxes["parameter"].isin(found.outcome.settings.columns)]
    return mine.assign(low=mine["low"].fillna(-np.inf), high=mine["high"].fillna(np.inf))


def save_claims(
    folder: Path, scenarios: Sequence[Scenario], examined: Sequence[ClaimResult],
    regions: Sequence[Region], facts: Mapping[str, int], overrides: Sequence[str], words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm claims``; ``facts`` are recorded in ``provenance.json``."""
    for region in regions:
        name = label("region", region.claim.id, region.market)
        save(region_figure(region, words), folder / name)
    store.write_table(pd.DataFrame(claims.rows(examined, regions)), folder / "claims")
    _save_columns(folder, words)
    store.write_provenance(
        folder / "provenance.json", verb="claims", scenarios=[s.name for s in scenarios],
        **facts, overrides=overrides,
    )  # fmt: skip


def save_map(
    folder: Path, found: Chart, points: int, overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm map``."""
    save(cartography.map_figure(found, words), folder / "map")
    store.write_table(pd.DataFrame(cartography.rows(found)), folder / "map")
    _save_columns(folder, words)
    store.write_provenance(
        folder / "provenance.json", verb="map", points=points, overrides=overrides
    )


def save_scorecard(
    folder: Path, found: Scorecard, facts: Sequence[str], overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm validate``."""
    store.write_table(pd.DataFrame(scorecards.rows(found)), folder / "scorecard")
    (folder / "scorecard.json").write_text(found.to_json(), encoding="utf-8")
    _save_columns(folder, words)
    _save_answer(folder, scorecards.answer(found, words))
    save(scorecard_figure(found, words), folder / "scorecard")
    store.write_provenance(
        folder / "provenance.json", verb="validate", facts=list(facts), **vars(found.effort),
        fingerprint=found.fingerprint, overrides=overrides,
    )  # fmt: skip


def save_economy(
    folder: Path, found: Sequence[Measured], effort: Effort, overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm validate economy``."""
    store.write_table(pd.DataFrame(economy.rows(found)), folder / "economy")
    _save_columns(folder, words)
    store.write_provenance(
        folder / "provenance.json", verb="validate", about="economy", **vars(effort),
        overrides=overrides,
    )  # fmt: skip


def save_audit(
    folder: Path, found: Sequence[Check], sentence: str, overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm validate audit``."""
    store.write_table(pd.DataFrame(audit.rows(found)), folder / "audit")
    _save_columns(folder, words)
    _save_answer(folder, [sentence])
    store.write_provenance(
        folder / "provenance.json", verb="validate", about="audit", overrides=overrides
    )


def save_benchmark(folder: Path, found: Benchmark, answer: Sequence[str]) -> None:
    """Write the files of ``gtm benchmark``."""
    (folder / "benchmark.json").write_text(found.to_json(), encoding="utf-8")
    _save_answer(folder, answer)
    store.write_provenance(folder / "provenance.json", verb="benchmark", quick=found.quick)


def _save_plans(folder: Path, plans: Mapping[str, Plan | None]) -> dict[str, object]:
    """Write plans that do not come with the package, as they were understood.

    Args:
        plans: by name of the file.

    Returns:
        The provenance of each: name of its file, and SHA-256 of what was understood.
    """
    kept = {}
    for name, plan in plans.items():
        if plan is not None and not is_shipped(plan):
            file = folder / f"{name}.csv"
            file.write_text(to_csv(plan), encoding="utf-8")
            kept[file.name] = {"read_from": plan.path, "sha256": fingerprint(plan)}
    return {"plans_as_understood": kept} if kept else {}


def _save_config(folder: Path, config: Config) -> None:
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")


def _save_columns(folder: Path, words: Words) -> None:
    """Write what the columns of the folder's tables hold, readable in a spreadsheet."""
    written = {path.stem: pq.read_schema(path).names for path in sorted(folder.glob("*.parquet"))}
    with (folder / "columns.csv").open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(columns.HEADINGS)
        rows.writerows(columns.rows(written, words))


def _save_answer(folder: Path, lines: Sequence[str]) -> None:
    (folder / "answer.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
