"""``gtm claims [SCENARIO ...]`` tests the claims of scenarios."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from sim.cli.choices import scenarios
from sim.cli.parameters import Given, Whole, given, json_flag, out_folder
from sim.cli.progress import growing
from sim.reporting.words import Words

MOST_POINTS = 1024


@click.command()
@given(choices=scenarios)
@click.option("--quick", is_flag=True)
@click.option("--points", type=Whole(0, MOST_POINTS), default=0)
@json_flag
@out_folder
@click.pass_obj
def command(words: Words, given: Given, quick: bool, points: int, as_json: bool, out: Path) -> None:
    """Test claims, explore their regions if points are requested, and show both."""
    from sim.experiments import claims as experiment
    from sim.experiments import regions as space
    from sim.experiments import register
    from sim.experiments.scenarios import altering, names, need, shipped
    from sim.outcomes import store
    from sim.params import ConfigError
    from sim.reporting import as_json as documents
    from sim.reporting import claims as report
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved
    from sim.runs.address import program
    from sim.runs.engine import engine
    from sim.runs.executors import split_execution

    execution, changes = split_execution(given.changes)
    kept = out / store.STORE
    altered = altering(changes)
    found = [need(name) for name in given.names or names()]
    registered = [one for one in found if one.is_registered]
    for fault in register.faults(register.read(), registered) if registered else ():
        raise ConfigError("register: {fault}", fault=fault)
    is_trial = bool(registered) and not register.is_examined()
    config = found[0].config(*changes)
    words = words.in_currency(config.currency)
    is_said = any(word.startswith("replicates=") for word in changes)
    replicates = (
        config.replicates if is_said else experiment.QUICK if quick else experiment.REPLICATES
    )
    examined, regions = [], []
    folder = folders.label("claims", *(s.id for s in found if given.names))
    with store.folder(folder, out) as (draft, publish), engine(config, kept, execution) as runs:
        begin = partial(experiment.begin, runs=runs, replicates=replicates, ablate=not quick)
        waiting = [begin(found[0], *changes)]
        for one, after in zip(found, [*found[1:], None], strict=True):
            if after is not None:  # keeps all workers busy while the last runs of a scenario end
                waiting.append(begin(after, *changes))
            label = words.pick(one.title) if one.title else one.name
            with growing(label, kept) as count:
                examined += waiting.pop(0).results(count)
            if points:
                with growing(words.say("progress_region", name=label), kept) as count:
                    regions += space.explore(
                        one, *changes, points=points, runs=runs, progress=count
                    )
            if one.is_registered and not is_trial and not quick and not changes:
                mine = [row for row in examined if row.scenario == one.id]
                store.keep_verdicts(out, one.id, report.rows(mine, regions), program())
        facts = {"replicates": replicates, "points": points}
        folders.save_claims(draft, found, examined, regions, facts, changes, words)
        place = publish()
    answer = report.answer(found, examined, altered, words)
    answer += [words.say("claims_trial")] if is_trial else []
    if as_json:
        print(documents.claims(found, examined, regions, replicates, answer, place))
        return
    stored = [] if altered else [
        row for s in found if s.is_shipped for row in shipped(s.id, s.examination)
    ]  # fmt: skip
    table = report.claims_table(examined, regions, words, stored, found)
    decided = report.region_lines(regions, stored, found, config, words)
    has_regions = bool(regions) or any(int(row["points"]) for row in stored)
    notes = report.claims_notes(examined, replicates, words, has_regions)
    terminal.show(
        terminal.make_console(), *answer, table, *notes, *decided,
        *report.awaiting(found, words), saved(place, words),
    )  # fmt: skip
