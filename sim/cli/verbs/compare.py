"""``gtm compare ARM ARM ...`` and ``gtm compare SCENARIO``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.choices import plans, scenarios
from sim.cli.parameters import (
    Given,
    Whole,
    given,
    json_flag,
    need_file,
    out_folder,
    plan_options,
)
from sim.cli.progress import growing
from sim.params import ConfigError, closest, did_you_mean
from sim.reporting.words import Words

if TYPE_CHECKING:
    from sim.config.schema import Config
    from sim.experiments.scenarios import Scenario
    from sim.plans.read import Options
    from sim.runs.arms import Arm

MOST_SETTINGS = 100_000


@click.command()
@given(choices=lambda: [*plans(), *scenarios()])
@click.option("--arm", "variants", multiple=True)
@click.option("--uncertainty", "settings", type=Whole(0, MOST_SETTINGS), default=0)
@click.option("--market", "market", default="")
@click.option("--all", "every_kpi", is_flag=True)
@json_flag
@plan_options
@out_folder
@click.pass_obj
def command(
    words: Words, given: Given, variants: Sequence[str], settings: int, market: str,
    every_kpi: bool, as_json: bool, reading: Options, out: Path,
) -> None:  # fmt: skip
    """Run the arms, write the results folder, show the answer."""
    from sim.model.first_run import compile_beside

    compile_beside()  # while all else is imported

    from sim.experiments import compare
    from sim.experiments.scenarios import altering
    from sim.experiments.uncertainty import uncertainty
    from sim.outcomes import store
    from sim.reporting import answer as sentences
    from sim.reporting import as_json as documents
    from sim.reporting import comparison as report
    from sim.reporting import folders, terminal
    from sim.reporting.notes import next_steps
    from sim.runs.executors import split_execution

    execution, changes = split_execution(given.changes)
    given = given._replace(changes=changes)
    scenario, config, arms = _asked(words, given, variants, market, reading)
    named = [scenario.name] if scenario else [arm.name for arm in arms]
    label = folders.label("compare", *named)
    words = words.in_currency(config.currency)
    contrasts = scenario.contrasts if scenario else ()
    if scenario:
        words = words.with_names(scenario.labels)
    with store.folder(label, out) as (draft, publish):
        kept, uncertain = out / store.STORE, None
        with growing(words.say("progress_compare"), kept) as count:
            result = compare.compare(config, *arms, store=kept, processes=execution,
                                     progress=count, contrasts=contrasts)  # fmt: skip
        if settings:
            pair = [arms[n] for n in result.pairs(result.focus[0])[0]]
            with growing(words.say("progress_uncertainty"), kept) as count:
                uncertain = uncertainty(config, *pair, settings=settings, store=kept,
                                        processes=execution, progress=count)  # fmt: skip
        answer = sentences.full_answer(result, arms, uncertain, scenario, words)
        changed = bool(altering(given.changes))
        notes = sentences.notes(result, arms, scenario, words, changed=changed)
        said = [*answer, *notes]
        folders.save_comparison(draft, result, arms, uncertain, said, given.changes, words)
        place = publish()
    if as_json:
        print(documents.compare(result, uncertain, said, place))
        return
    other_markets = (
        [n for n in scenario.markets if n != scenario.market(market)] if scenario else []
    )
    following = [
        *([] if settings else [words.say("next_uncertainty")]),
        *([] if every_kpi else [words.say("next_all")]),
        *([words.say("next_market", markets=words.say("and").join(
            words.with_id(name, words.market_name(name)) for name in other_markets))]
          if len(other_markets) > 1 else []),
        words.say("next_explain"),
    ]  # fmt: skip
    terminal.show(
        terminal.make_console(), *answer, "", *report.tables(result, words, every=every_kpi),
        report.terms(result, words, every=every_kpi), "", *notes, *[""] * bool(notes),
        next_steps(following, place, words),
    )  # fmt: skip


def _refuse_neither(names: Sequence[str]) -> None:
    """Refuse a single name that is no scenario, no plan and no path of a file."""
    from sim.experiments.scenarios import near

    known = [*plans(), *scenarios()]
    is_path = len(names) == 1 and (Path(names[0]).suffix or os.path.isfile(names[0]))
    if len(names) == 1 and names[0] not in known and not is_path:
        meant = closest(names[0], known) or near(names[0])
        raise ConfigError(
            "compare {word}: neither a scenario (gtm scenarios) nor a plan (gtm plan list, or the "
            "path of a file).{hint}",
            word=names[0], hint=did_you_mean(meant),
        )  # fmt: skip


def _asked(
    words: Words, given: Given, variants: Sequence[str], market: str, reading: Options
) -> tuple[Scenario | None, Config, tuple[Arm, ...]]:
    """The scenario if one is named, the shared configuration, and the arms."""
    from sim.config.compose import load_config
    from sim.experiments import scenarios
    from sim.runs.arms import arm, arms, parse_arm

    added = [parse_arm(line) for line in variants]
    scenario = scenarios.find(given.names[0]) if len(given.names) == 1 else None
    if scenario:
        config = scenario.config(*given.changes, market=market)
        found = list(scenario.arms_in(config, market))
    else:
        _refuse_neither(given.names)
        config = load_config(*given.changes)
        found = [arm("", name, config, reading) for name in given.names]
    found += [arm(name, line, config, reading) for name, line in added]
    for name, _ in added:
        if [one.name for one in found].count(name) > 1:
            raise ConfigError("--arm {name}: two arms have one name; give another.", name=name)
    need_file(reading, [one.plan for one in found])
    return scenario, config, arms(found, config)
