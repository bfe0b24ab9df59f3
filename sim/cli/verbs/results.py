"""``gtm results [list | verify | remove | query]`` shows and manages what is stored."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Folder, Given, given, json_flag, out_folder
from sim.params import ConfigError, as_message
from sim.reporting.words import Words

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from sim.runs.contents import Program

ACTIONS = ("list", "verify", "remove", "query")
ONLY = "failed"
"""Name that stands for runs that have failed."""

DAMAGED = 1
"""Exit code of ``verify`` if a part is damaged."""

ENDINGS = (".parquet", ".csv")
"""Of files to which the answer to a query can be written."""


@click.command()
@given(high=2, choices=lambda: [*ACTIONS, ONLY])
@click.option("--failed", is_flag=True)
@click.option("--older", is_flag=True)
@click.option("--dry-run", "dry", is_flag=True)
@click.option("--all", "everything", is_flag=True)
@click.option("--csv", "as_csv", is_flag=True)
@click.option("--to", "to", type=Folder())
@json_flag
@out_folder
@click.pass_obj
def command(
    words: Words, given: Given, failed: bool, older: bool, dry: bool, everything: bool,
    as_csv: bool, to: Path | None, as_json: bool, out: Path,
) -> None:  # fmt: skip
    """Show what is stored, list and remove runs, verify parts, run a query."""
    from sim.outcomes.store import STORE
    from sim.runs.contents import programs

    action, *names = given.names or [""]
    if action and action not in ACTIONS:
        raise not_allowed("results", action, ACTIONS)
    _refuse(action, given, names, failed=failed, older=older, dry=dry, everything=everything,
            csv=as_csv, to=to is not None, json=as_json)  # fmt: skip
    store = out / STORE
    found = programs(store)
    if action == "query":
        _query(store, found, [*names, *given.changes], everything, as_csv, as_json, to, words)
    elif action == "verify":
        _verify(found, words)
    elif action == "remove":
        _remove(store, found, given.changes, failed or ONLY in names, older, dry, words)
    elif action == "list":
        _list(found, given.changes, failed or ONLY in names, as_json, words)
    else:
        _overview(found, out, as_json, words)


OPTIONS = {
    "": ("json",), "list": ("failed", "json"), "verify": (), "remove": ("failed", "older", "dry"),
    "query": ("everything", "csv", "to", "json"),
}  # fmt: skip
SPELLED = {"dry": "--dry-run", "everything": "--all"}


def _refuse(action: str, given: Given, names: Sequence[str], **options: bool) -> None:
    """Refuse what an action does not take."""
    call = f"gtm results {action}".strip()
    for name, is_set in options.items():
        if is_set and name not in OPTIONS[action]:
            raise ConfigError(
                "{call}: does not take {option}.", call=call, option=SPELLED.get(name, f"--{name}")
            )
    wrong = [] if action in ("query", "") else [name for name in names if name != ONLY]
    if action in ("", "verify"):
        wrong = [*names, *given.changes]
    if wrong:
        raise ConfigError("{call}: does not take {option}.", call=call, option=as_message(wrong[0]))


def _overview(found: Sequence[Program], out: Path, as_json: bool, words: Words) -> None:
    from sim.reporting import as_json as documents
    from sim.reporting import stored, terminal

    made = stored.folders(out)
    if as_json:
        print(documents.results(found, made))
    elif not found and not made:
        print(words.say("stored_empty", folder=out))
    else:
        terminal.show(terminal.make_console(), *stored.overview(found, made, words))


def _runs(found: Sequence[Program], filters: Sequence[str], failed: bool) -> pd.DataFrame | None:
    """The runs of the current program that a filter chooses; None if there are none at all."""
    from sim.runs.contents import chosen
    from sim.runs.jobs import FAILED

    here = [one for one in found if one.is_current]
    if not here:
        return None
    runs = chosen(here[0].runs, filters)
    return runs[runs["status"] == FAILED] if failed else runs


def _list(
    found: Sequence[Program], filters: Sequence[str], failed: bool, as_json: bool, words: Words
) -> None:
    from sim.reporting import as_json as documents
    from sim.reporting import stored, terminal

    runs = _runs(found, filters, failed)
    if as_json:
        print(documents.results_list(runs))
    elif runs is None:
        print(words.say("stored_none"))
    else:
        terminal.show(terminal.make_console(), *stored.listing(runs, words))


def _verify(found: Sequence[Program], words: Words) -> None:
    """Read every part; damaged ones are named on standard error, and the exit code is 1."""
    whole, size, damaged = 0, 0, []
    for part in (part for one in found for part in one.parts):
        if part.is_whole():
            whole, size = whole + 1, size + part.size
        else:
            damaged.append(part.path)
    print(words.say("stored_verified", count=f"{whole:,}", size=f"{size / 1e6:,.1f}"))
    for path in damaged:
        said = words.say("stored_damaged", path=path)
        print(f"gtm: {said}", file=sys.stderr)
    if damaged:
        click.get_current_context().exit(DAMAGED)


def _remove(
    store: Path, found: Sequence[Program], filters: Sequence[str], failed: bool, older: bool,
    dry: bool, words: Words,
) -> None:  # fmt: skip
    from sim.runs.contents import is_in_use, remove, remove_program

    if not (filters or failed or older):
        raise ConfigError(
            "gtm results remove: needs a filter such as plan=ad_blitz, --failed or --older."
        )
    if filters or failed:
        runs = _runs(found, filters, failed)
        keys = [] if runs is None else runs["key"].tolist()
        if keys and not dry:
            remove(store, keys)
        said = "stored_would_remove_runs" if dry else "stored_removed_runs"
        print(words.say(said, count=f"{len(keys):,}"))
    for one in (one for one in found if older and not one.is_current):
        if is_in_use(one):
            print(words.say("stored_in_use", name=one.name))
            continue
        size = sum(part.size for part in one.parts)
        if not dry:
            remove_program(one)
        said = "stored_would_remove_program" if dry else "stored_removed_program"
        print(words.say(said, name=one.name, size=f"{size / 1e6:,.1f}"))
    if older and all(one.is_current for one in found):
        print(words.say("stored_no_older"))


def _query(
    store: Path, found: Sequence[Program], texts: Sequence[str], everything: bool, as_csv: bool,
    as_json: bool, to: Path | None, words: Words,
) -> None:  # fmt: skip
    from sim.reporting import as_json as documents
    from sim.reporting import stored, terminal
    from sim.runs.query import query

    if len(texts) != 1:
        raise ConfigError(
            'gtm results query: needs one query in quotation marks, such as "select plan, '
            'avg(profit) from runs group by plan".'
        )
    if to is not None and to.suffix.lower() not in ENDINGS:
        raise ConfigError(
            "--to {path}: needs a name that ends in {endings}.", path=to, endings=list(ENDINGS)
        )
    if to is not None and to.exists():
        raise ConfigError(
            "{call}: {path} exists; name another file.", call="gtm results query", path=to
        )
    table = query(store, [one for one in found if everything or one.is_current], texts[0])
    if to is not None:
        _write(table, to)
        print(words.say("saved", path=to))
    elif as_csv:
        print(_frame(table).to_csv(index=False, lineterminator="\n"), end="")
    elif as_json:
        print(documents.results_query(table))
    else:
        terminal.show(terminal.make_console(), *stored.answer(table, words))


def _frame(table: pa.Table) -> pd.DataFrame:
    """The answer to a query, in which whole numbers stay whole where some are missing."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _write(table: pa.Table, to: Path) -> None:
    """Write the answer to a query to a file."""
    import pyarrow.parquet as pq

    from sim.outcomes.store import new_file, write_csv

    try:
        with new_file(to):
            if to.suffix.lower() == ".parquet":
                pq.write_table(table, to, compression="zstd")
            else:
                write_csv(_frame(table).to_csv(index=False, lineterminator="\n"), to)
    except OSError as error:
        raise ConfigError(
            "{call}: cannot write {path}: {reason}.",
            call="gtm results query", path=to, reason=as_message(error.strerror or str(error)),
        ) from None  # fmt: skip
