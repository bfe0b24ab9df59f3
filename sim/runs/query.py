"""Queries of a store in SQL, by DuckDB, which reads the parts where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from sim.compile import processors
from sim.model.memory import available
from sim.params import ConfigError, as_message
from sim.runs.contents import Program
from sim.runs.record import SCHEMAS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_MEMORY = 128
"""MB that a query may use at least; otherwise half of what is free."""


def query(store: Path, programs: Sequence[Program], sql: str) -> pa.Table:
    """The answer to a query. Each table of the store is a view of its name.

    Args:
        programs: whose parts are read; with several, a column ``program`` tells them apart.
        sql: one SELECT statement.

    Raises:
        ConfigError: DuckDB is not installed, or the query is wrong.
    """
    try:
        import duckdb
    except ImportError:
        raise ConfigError(
            "gtm results query needs DuckDB; install the package with its extra `sweep`."
        ) from None
    room = max(LEAST_MEMORY, available() // 2 // 10**6)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": processors(), "memory_limit": f"{room}MB", "temp_directory": "",
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }  # fmt: skip
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"set allowed_directories = [{_quoted(str(store.resolve()))}]")
        connection.execute("set enable_external_access = false")
        try:
            for table in SCHEMAS:
                _make_view(connection, table, programs)
            _refuse_others(connection, sql)
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise ConfigError(
                "gtm results query: {reason}", reason=as_message(_in_one_line(error))
            ) from None


def _make_view(connection: DuckDBPyConnection, table: str, programs: Sequence[Program]) -> None:
    """Make a view of the parts of a table, of no rows if there is none."""
    places = [str(part.path.resolve()) for one in programs for part in one.of(table)]
    if not places:
        connection.register(table, SCHEMAS[table].empty_table())
        return
    files = f"[{', '.join(map(_quoted, places))}]"
    read = f"select * from read_parquet({files})"
    if len(programs) > 1:
        read = (
            "select split_part(filename, '/', -3) as program, * exclude (filename) "
            f"from read_parquet({files}, union_by_name = true, filename = true)"
        )
    connection.execute(f"create view {table} as {read}")


def _refuse_others(connection: DuckDBPyConnection, sql: str) -> None:
    """Refuse everything but one statement that reads."""
    from duckdb import StatementType

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != StatementType.SELECT:
        raise ConfigError("gtm results query: needs one SELECT statement.")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _in_one_line(error: Exception) -> str:
    """What DuckDB says, without the picture of where in the query it is."""
    lines = str(error).split("\n\nLINE ")[0].split("\n")
    return " ".join(line.strip() for line in lines if line.strip()).rstrip(".") + "."
