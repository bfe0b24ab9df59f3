"""``gtm sweep [PLAN ...] [KEY=VALUE,VALUE ...]`` runs arms at many settings of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.choices import groups, kpis, plans
from sim.cli.parameters import (
    Choice,
    Folder,
    Given,
    Real,
    Whole,
    given,
    json_flag,
    need_file,
    out_folder,
    plan_options,
)
from sim.cli.progress import growing
from sim.params import ConfigError
from sim.reporting.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from sim.config.schema import Config
    from sim.experiments.sweeps.parameters import Space
    from sim.plans.read import Options
    from sim.runs.arms import Arm
    from sim.runs.bar import Progress

DESIGNS = ("grid", "random", "latin", "sobol", "saltelli", "morris")
INDICES = ("sobol", "morris", "pawn", "delta")
POINTS = {"grid": 5, "morris": 10}
"""Default of ``--points`` by design; 64 for others."""

MOST_POINTS = 1_000_000
SEEDS = 2
"""Runs of an arm at a setting without ``replicates=``; 1 if the seed is varied."""


@click.command()
@given(choices=lambda: [*plans(), *groups()])
@click.option("--vary", multiple=True)
@click.option("--design", type=Choice(*DESIGNS), default="")
@click.option("--points", type=Whole(1, MOST_POINTS), default=None)
@click.option("--sample", "file", type=Folder())
@click.option("--arm", "variants", multiple=True)
@click.option("--settle", is_flag=True)
@click.option("--kpi", default="profit", shell_complete=lambda *_: kpis())
@click.option("--firm", default="")
@click.option("--threshold", type=Real(), default=None)
@click.option("--method", type=Choice(*INDICES), default="")
@json_flag
@plan_options
@out_folder
@click.pass_obj
def command(
    words: Words, given: Given, vary: Sequence[str], design: str, points: int | None,
    file: Path | None, variants: Sequence[str], settle: bool, kpi: str, firm: str,
    threshold: float | None, method: str, as_json: bool, reading: Options, out: Path,
) -> None:  # fmt: skip
    """Run the arms at every setting, write the results folder, show the answer."""
    from sim.config.compose import load_config, parse_values
    from sim.experiments.sweeps.parameters import SEED
    from sim.experiments.sweeps.summary import summarise
    from sim.experiments.sweeps.sweep import sweep
    from sim.kpis import KPIS
    from sim.outcomes import store
    from sim.params import one_of
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting import sweep as report
    from sim.reporting.notes import next_steps
    from sim.runs.executors import split_execution

    execution, changes = split_execution(given.changes)
    several = [word for word in changes if parse_values(word) is not None]
    seeds, single = _seeds([word for word in changes if word not in several], settle)
    config = load_config(*single)
    words = words.in_currency(config.currency)
    one_of(kpi, "kpi", KPIS)
    one_of(firm or next(iter(config.firms)), "firm", config.firms)
    arms = _arms(given.names, variants, config, reading)
    if file is None:
        space, sample = _settings(config, arms, several, vary, design, method, points,
                                  words.language)  # fmt: skip
    elif several or vary or design or points:
        raise ConfigError(
            "--sample {file}: the file has the settings; give no values, --vary, --design or "
            "--points beside it.",
            file=str(file),
        )
    else:
        space, sample = _read(file, config, words.language)
    few = 1 if SEED in sample else SEEDS
    replicates = config.replicates if settle else seeds or few
    label = folders.label("sweep", *[one.name for one in arms])
    with store.folder(label, out) as (draft, publish):
        kept = out / store.STORE
        begins = _begins(words, len(sample), max(1, len(arms)), replicates, settle, kept)
        with growing(words.say("progress_sweep"), kept) as count:
            table = sweep(config, sample, arms, replicates=replicates, settle=settle, store=kept,
                          executor=execution, progress=_after(begins, count))  # fmt: skip
        found = summarise(table, config, arms, space, kpi=kpi, firm=firm, threshold=threshold,
                          method=method)  # fmt: skip
        answer = report.answer(found, words)
        folders.save_sweep(draft, found, sample, arms, answer, given.changes, words)
        place = publish()
    if as_json:
        print(documents.sweep(found, answer, place))
        return
    following = [words.say("next_sweep_more"), words.say("next_results"), words.say("next_explain")]
    terminal.show(terminal.make_console(), *answer, "", *report.tables(found, words), "",
                  next_steps(following, place, words))  # fmt: skip


def _arms(
    names: Sequence[str], variants: Sequence[str], config: Config, reading: Options
) -> tuple[Arm, ...]:
    from sim.runs.arms import arm, named_apart, parse_arm

    found = [arm("", name, config, reading) for name in names]
    found += [arm(name, line, config, reading) for name, line in map(parse_arm, variants)]
    need_file(reading, [one.plan for one in found])
    return named_apart(found)


def _seeds(changes: Sequence[str], settle: bool) -> tuple[int, list[str]]:
    """Take the number of seeds out of the changes, 0 if none is said: a single one is enough for a
    sweep, unless it is to be settled which arm earns more."""
    mine = [word for word in changes if word.replace(" ", "").startswith("replicates=")]
    if settle or not mine:
        return 0, list(changes)
    from sim.experiments.sweeps.sweep import MOST_REPLICATES
    from sim.params import whole_number_in

    said = mine[-1].partition("=")[2].strip()
    seeds = whole_number_in(said, "replicates", 1, MOST_REPLICATES)
    return seeds, [word for word in changes if word not in mine]


def _begins(words: Words, settings: int, arms: int, seeds: int, settle: bool, kept: Path) -> str:
    """What is said before the first run: how many runs there will be."""
    runs = settings * arms * seeds
    said = {"runs": runs, "settings": settings, "arms": arms, "seeds": seeds, "store": kept}
    return words.say("sweep_begins_most" if settle else "sweep_begins", **said)


def _after(line: str, count: Progress) -> Progress:
    """Progress that prints a line when work begins, after all that can be refused."""
    lines = iter([line])

    def tell(done: int, total: int) -> None:
        for one in lines:
            click.echo(one, err=True)
        count(done, total)

    return tell


def _read(file: Path, config: Config, language: str) -> tuple[Space, pd.DataFrame]:
    """The settings of a file, and what varies among them."""
    from sim.experiments.sweeps.parameters import Space
    from sim.experiments.sweeps.read import check_sample, read_sample
    from sim.experiments.sweeps.samples import space_of

    found = check_sample(config, read_sample(file), language)
    return space_of(found) or Space.of_frame(found), found


def _settings(
    config: Config, arms: Sequence[Arm], several: Sequence[str], vary: Sequence[str], design: str,
    method: str, points: int | None, language: str,
) -> tuple[Space, pd.DataFrame]:  # fmt: skip
    """What is varied, and the settings."""
    from sim.experiments.sweeps.analysis import OF_SAMPLE
    from sim.experiments.sweeps.parameters import SEED, UNCERTAIN, space
    from sim.experiments.sweeps.samples import sample

    what: list[Any] = [*(key for key in vary if key != SEED), *several]
    made = space(config, *(what or [UNCERTAIN]), arms=arms, language=language)
    if SEED in vary:
        made = made.with_seed()
    needed = {of: name for name, of in OF_SAMPLE.items()}.get(method, design)
    if design and design != needed:
        raise ConfigError(
            "--method {method}: needs --design {needed}, found --design {design}.",
            method=method, needed=needed, design=design,
        )  # fmt: skip
    are_given = all(factor.levels for factor in made)
    design = needed or ("grid" if are_given else "latin")
    if design == "grid" and are_given:
        found = sample(made, None, method=design)
        if points is not None:
            raise ConfigError(
                "--points {points}: all values are given, which makes a grid of {count} settings; "
                "another --design draws from them.",
                points=points, count=len(found),
            )  # fmt: skip
        return made, found
    count = points or POINTS.get(design, 64)
    return made, sample(made, count, method=design, seed=config.seed)
