"""``gtm run [PLAN]`` simulates one market; ``gtm run cdnow`` a published cohort of customers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.choices import plans
from sim.cli.parameters import Given, given, json_flag, need_file, out_folder, plan_options
from sim.cli.progress import steps
from sim.reporting.words import Words

if TYPE_CHECKING:
    from sim.plans.read import Options

CDNOW = "cdnow"
"""Name of the shipped cohort, which no plan may use."""


@click.command()
@given(high=1, choices=lambda: [*plans(), CDNOW])
@click.option("--timings", is_flag=True)
@click.option("--all", "every_kpi", is_flag=True)
@json_flag
@plan_options
@out_folder
@click.pass_obj
def command(
    words: Words, given: Given, timings: bool, every_kpi: bool, as_json: bool, reading: Options,
    out: Path,
) -> None:  # fmt: skip
    """Simulate, write the results folder, show KPIs."""
    if given.names == [CDNOW]:
        need_file(reading, [])
        _run_cdnow(words, given.changes, as_json, out)
    else:
        _run(words, given, timings, every_kpi, as_json, reading, out)


def _run(
    words: Words, given: Given, timings: bool, every_kpi: bool, as_json: bool, reading: Options,
    out: Path,
) -> None:  # fmt: skip
    from sim.model.first_run import compile_beside

    compile_beside()  # while all else is imported

    from sim.config.compose import load_config
    from sim.model.world import simulate
    from sim.outcomes import store
    from sim.plans.find import find_plan
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting import run as report
    from sim.reporting.notes import next_steps
    from sim.reporting.plans import about_plans, plan_limits

    config = load_config(*given.changes)
    words = words.in_currency(config.currency)
    plan = find_plan(given.names[0], config, reading) if given.names else None
    need_file(reading, [plan])
    label = folders.label("run", plan.name if plan else "declared")
    with store.folder(label, out) as (draft, publish):
        shown = words.name(plan.name) if plan else words.say("progress_run")
        with steps(shown, config.weeks) as advance:
            result = simulate(config, plan=plan, progress=lambda _: advance(1), time_phases=timings)
        plans = [(plan.name, plan, config)] if plan else []
        answer = [*report.answer(result, words), *plan_limits(plans, words),
                  *about_plans(plans, words)]  # fmt: skip
        folders.save_run(draft, config, result, plan, answer, given.changes, words)
        place = publish()
    if as_json:
        print(documents.run(result, answer, place))
        return
    tables = report.tables(result, words, every=every_kpi)
    tables += [report.timing_table(result, words)] if timings else []
    following = ["next_compare", *([] if every_kpi else ["next_all"]), "next_explain"]
    terminal.show(terminal.make_console(), *answer, "", *tables, report.terms(result, words), "",
                  next_steps([*map(words.say, following)], place, words))  # fmt: skip


def _run_cdnow(words: Words, changes: Sequence[str], as_json: bool, out: Path) -> None:
    from sim.config.compose import load_config
    from sim.experiments import cdnow
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved

    config = load_config("market=cdnow", *changes)
    cdnow.check(config)
    with store.folder("run-cdnow", out) as (draft, publish):
        with steps("cdnow", cdnow.REPLICATES) as advance:
            found = cdnow.study(config, progress=advance)
        folders.save_cdnow(draft, config, found, changes, words)
        place = publish()
    tables, answer = terminal.cdnow_tables(found, words), terminal.cdnow_answer(found, words)
    if as_json:
        print(documents.cohort(found, answer, place))
        return
    terminal.show(terminal.make_console(), *tables, *answer, saved(place, words))
