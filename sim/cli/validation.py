"""``gtm validate economy [MARKET ...]`` and ``gtm validate audit [MARKET ...]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.cli.boundary import Ended
from sim.cli.progress import growing
from sim.reporting.words import Words

FAILED = 1
"""Exit code where a placebo makes a difference."""


def economy(
    words: Words, names: Sequence[str], changes: Sequence[str], quick: bool, as_json: bool,
    out: Path,
) -> None:  # fmt: skip
    """Measure the accounts of firms, and show them beside those of real firms.

    Args:
        names: of markets; all of which there are ranges if none.
        changes: ``key=value`` changes of all markets.
        quick: few customers and seeds.
    """
    from sim.experiments.validation.economy import FULL, QUICK
    from sim.experiments.validation.economy import economy as measure
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import economy as report
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved
    from sim.runs.executors import split_execution

    execution, changes = split_execution(changes)
    kept, effort = out / store.STORE, QUICK if quick else FULL
    with store.folder(folders.label("validate", "economy", *names), out) as (draft, publish):
        with growing(words.say("economy_progress"), kept) as count:
            found = measure(names, *changes, effort=effort, store=kept, processes=execution,
                            progress=count)  # fmt: skip
        folders.save_economy(draft, found, effort, changes, words)
        place = publish()
    if as_json:
        print(documents.economy(found, effort.customers, place))
        return
    terminal.show(
        terminal.make_console(), *report.tables(report.rows(found), words), "",
        *report.notes(words), saved(place, words),
    )  # fmt: skip


def audit(
    words: Words, names: Sequence[str], changes: Sequence[str], _: bool, as_json: bool, out: Path
) -> None:
    """Try placebos, and show what became of them.

    Args:
        names: of markets; all shipped ones if none.
        changes: ``key=value`` changes of all markets.

    Raises:
        Ended: a placebo makes a difference.
    """
    from sim.experiments.validation import audit as placebos
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import audit as report
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved

    with store.folder(folders.label("validate", "audit", *names), out) as (draft, publish):
        with growing(words.say("audit_progress")) as count:
            found = placebos.audit(names, *changes, progress=count)
        answer = report.answer(found, words)
        folders.save_audit(draft, found, answer, changes, words)
        place = publish()
    if as_json:
        print(documents.audit(found, answer, place))
    else:
        terminal.show(
            terminal.make_console(), report.table(found, words), answer, saved(place, words)
        )
    if not all(one.held for one in found):
        raise Ended(answer, FAILED)
