"""``gtm calibrate cdnow`` estimates how the customers of the published cohort differ."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, given, out_folder
from sim.cli.progress import steps
from sim.reporting.words import Words

CDNOW = "cdnow"


@click.command()
@given(choices=lambda: [CDNOW])
@out_folder
@click.pass_obj
def command(words: Words, given: Given, out: Path) -> None:
    """Estimate the values, write them and print them."""
    if given.names != [CDNOW]:
        raise not_allowed("calibrate", " ".join(given.names), [CDNOW])
    from sim.config.compose import load_config
    from sim.experiments import cdnow
    from sim.outcomes import store
    from sim.reporting import folders
    from sim.reporting.calibration import value_lines
    from sim.reporting.notes import saved

    config = load_config("market=cdnow", *given.changes)
    cdnow.check(config)
    with store.folder("calibrate-cdnow", out) as (draft, publish):
        with steps("cdnow", cdnow.ROUNDS) as advance:
            values, deviance = cdnow.infer(config, progress=advance)
        lines = value_lines(values, deviance, cdnow.misfit(config), words)
        folders.save_calibration(draft, lines, given.changes)
        place = publish()
    print("\n".join([*lines, saved(place, words)]))
