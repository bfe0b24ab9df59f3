"""Results folders: the files that each verb writes.

Every function writes into a folder made by :func:`sim.outcomes.store.folder`. ``overrides`` are
the user's ``key=value`` changes, recorded in ``provenance.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.config.compose import to_yaml
from sim.config.schema import Config
from sim.experiments import cdnow
from sim.experiments.arms import Arm
from sim.experiments.claims import ClaimResult
from sim.experiments.compare import Comparison
from sim.experiments.map import Chart
from sim.experiments.regions import Region
from sim.experiments.scenarios import Scenario
from sim.experiments.targets import Finding
from sim.experiments.uncertainty import Uncertainty
from sim.ledger import accounts as acc
from sim.market.plan import Plan
from sim.outcomes import store
from sim.outcomes.logs import LOGS
from sim.outcomes.run import Run
from sim.plans.find import is_shipped
from sim.plans.write import fingerprint, to_csv
from sim.reporting import claims, comparison, figures, organisation, sales, terminal
from sim.reporting import map as cartography
from sim.reporting.regions import region_figure
from sim.reporting.words import Words


def file_name(name: str) -> str:
    """A name with all characters replaced that a path may not contain."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)


def save_run(
    folder: Path, config: Config, run: Run, plan: Plan | None, overrides: Sequence[str],
    words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm run``."""
    _save_config(folder, config)
    store.write_provenance(
        folder / "provenance.json", verb="run", plan=run.plan, seed=run.seed, overrides=overrides,
        **_save_plans(folder, {"plan": plan}),
    )  # fmt: skip
    store.write_table(run.weekly, folder / "weekly")
    store.write_table(run.yearly, folder / "yearly")
    store.write_table(run.ledger_table, folder / "ledger")
    for name in LOGS:
        if getattr(config.log, name):
            store.write_table(run.log(name), folder / name)
    figures.save(figures.run_figure(run, words), folder / "figure")
    figures.save(figures.customers_figure(run, words), folder / "customers")
    if run.ledger.accounts()[..., acc.REPS].any():
        figures.save(sales.sales_figure(run, words), folder / "sales")
    figures.save(organisation.organisation_figure(run, words), folder / "organisation")


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
    _save_answer(folder, terminal.cdnow_answer(found, words))
    figures.save(figures.cdnow_figure(found, words), folder / "figure")


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
    store.write_table(result.replicate_table, folder / "replicates")
    _save_answer(folder, answer)
    for firm in result.focus:
        suffix = f"-{firm}" if len(result.focus) > 1 else ""
        figures.save(comparison.compare_figure(result, firm, words), folder / f"figure{suffix}")
        figures.save(comparison.arms_figure(result, firm, words), folder / f"arms{suffix}")
    if doubtful:
        figures.save(comparison.uncertainty_figure(doubtful, words), folder / "uncertainty")


def save_claims(
    folder: Path, scenarios: Sequence[Scenario], examined: Sequence[ClaimResult],
    regions: Sequence[Region], facts: Mapping[str, int], overrides: Sequence[str], words: Words,
) -> None:  # fmt: skip
    """Write the files of ``gtm claims``; ``facts`` are recorded in ``provenance.json``."""
    for region in regions:
        name = file_name(f"region-{region.claim.id}-{region.market}")
        figures.save(region_figure(region, words), folder / name)
    store.write_table(pd.DataFrame(claims.rows(examined, regions)), folder / "claims")
    store.write_provenance(
        folder / "provenance.json", verb="claims", scenarios=[s.name for s in scenarios],
        **facts, overrides=overrides,
    )  # fmt: skip


def save_map(
    folder: Path, found: Chart, points: int, overrides: Sequence[str], words: Words
) -> None:
    """Write the files of ``gtm map``."""
    figures.save(cartography.map_figure(found, words), folder / "map")
    store.write_table(pd.DataFrame(cartography.rows(found)), folder / "map")
    store.write_provenance(
        folder / "provenance.json", verb="map", points=points, overrides=overrides
    )


def save_scorecard(
    folder: Path, found: Sequence[Finding], targets: Sequence[str], settings: int,
    overrides: Sequence[str],
) -> None:  # fmt: skip
    """Write the files of ``gtm validate``."""
    store.write_table(pd.DataFrame(terminal.scores(found)), folder / "scorecard")
    store.write_provenance(
        folder / "provenance.json", verb="validate", targets=list(targets), settings=settings,
        overrides=overrides,
    )  # fmt: skip


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


def _save_answer(folder: Path, lines: Sequence[str]) -> None:
    (folder / "answer.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
