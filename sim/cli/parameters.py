"""Click parameters that verbs share: names and changes, whole numbers, the results folder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.params import ConfigError, Message, is_change, nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from sim.market.plan import Plan
    from sim.plans.read import Options

Choices = Callable[[], Iterable[str]]


class Given(NamedTuple):
    """The arguments of a command line: names, and ``key=value`` changes.

    Changes are passed on as written, with a leading ``+`` (add) or ``~`` (remove) if there is one.
    """

    names: list[str]
    changes: list[str]


def given(
    low: int = 0, high: int | None = None, choices: Choices = tuple
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator that passes a verb its names and changes as the argument ``given``.

    Args:
        low, high: least and largest number of names; no upper limit if ``high`` is None.
        choices: function that lists the names for completion.
    """

    def sort(ctx: click.Context, _: click.Parameter, written: tuple[str, ...]) -> Given:
        changes = [word for word in written if is_change(word)]
        names = [word for word in written if not is_change(word)]
        if not low <= len(names) <= (len(names) if high is None else high):
            raise _wrong_count(ctx, names)
        return Given(names, changes)

    return click.argument("given", nargs=-1, type=Word(choices), callback=sort)


def _wrong_count(ctx: click.Context, names: list[str]) -> ConfigError:
    verb = str(ctx.info_name)
    return ConfigError(
        "gtm {verb} takes {what}; found {count}{names}.",
        verb=verb, what=ctx.obj.verb(verb)["takes"], count=len(names),
        names=Message(": {names}", names=names) if names else "",
    )  # fmt: skip


class Word(click.ParamType[str, str]):
    """Click type of an argument: a name or a change."""

    name = "word"

    def __init__(self, choices: Choices) -> None:
        self.choices = choices

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Completions: names that the verb accepts; configuration keys after the first letter."""
        from click.shell_completion import CompletionItem

        from sim.cli.choices import keys

        sign = incomplete[:1] if incomplete[:1] in ("+", "~") else ""
        words = [] if sign else list(self.choices())
        if incomplete and "=" not in incomplete:
            words += [f"{sign}{key}" + ("" if sign == "~" else "=") for key in keys()]
        found = [CompletionItem(word) for word in words if word.startswith(incomplete)]
        return found or [CompletionItem(incomplete, type="file")]


class Whole(click.ParamType[int, str]):
    """Click type of a whole number between bounds, both included."""

    name = "number"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Convert a word to a number.

        Raises:
            ConfigError: the word is not a whole number, or is out of bounds.
        """
        if isinstance(value, int):
            return value
        if value.isdigit() and self.low <= int(value) <= self.high:
            return int(value)
        assert param is not None
        raise ConfigError(
            "{option} {word}: needs a whole number, allowed {low} to {high}.",
            option=param.opts[0], word=value, low=self.low, high=self.high,
        )  # fmt: skip


class Real(click.ParamType[float, str]):
    """Click type of a number."""

    name = "number"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert a word to a number.

        Raises:
            ConfigError: the word is not a finite number.
        """
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        assert param is not None
        raise ConfigError("{option} {word}: needs a number.", option=param.opts[0], word=value)


class Choice(click.ParamType[str, str]):
    """Click type of a word out of a few."""

    name = "choice"

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check a word.

        Raises:
            ConfigError: the word is not allowed.
        """
        if not value or value in self.allowed:
            return value
        assert param is not None
        raise ConfigError(
            "{option} {word}: allowed {allowed}.{hint}",
            option=param.opts[0], word=value, allowed=" ".join(self.allowed),
            hint=nearest(value, self.allowed),
        )  # fmt: skip

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Completions of a word."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.allowed if word.startswith(incomplete)]


class Folder(click.Path):
    """Click type of a folder or a file, which need not exist and is looked at when it is used."""

    def __init__(self) -> None:
        super().__init__(readable=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert a word to a path.

        Raises:
            ConfigError: the value is empty.
        """
        if not value and param is not None:
            raise ConfigError("{option} needs a value.", option=param.opts[0])
        return super().convert(value, param, ctx)


json_flag = click.option("--json", "as_json", is_flag=True)
"""The option ``--json``: print the answer for programs (:mod:`sim.reporting.json_schema`)."""


def plan_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator that passes a verb what the user says about files with plans, as ``reading``.

    The options are ``--alias``, ``--aliases``, ``--decimal``, ``--dates`` and ``--sheet``.
    """

    @wraps(verb)
    def with_options(
        *args: Any, alias: tuple[str, ...], aliases: Path | None, decimal: str, dates: str,
        sheet: str, **more: Any,
    ) -> Any:  # fmt: skip
        from sim.plans.names import read_aliases
        from sim.plans.read import Options

        language = click.get_current_context().obj.language
        told = [*alias, *(read_aliases(aliases, language) if aliases else ())]
        reading = Options(tuple(told), decimal, dates, sheet, language)
        return verb(*args, reading=reading, **more)

    for option in (
        click.option("--sheet", default=""),
        click.option("--dates", type=Choice("day", "month"), default=""),
        click.option("--decimal", type=Choice(".", ","), default=""),
        click.option("--aliases", type=Folder()),
        click.option("--alias", multiple=True),
    ):
        with_options = option(with_options)
    return with_options


def need_file(reading: Options, plans: Iterable[Plan | None]) -> None:
    """Refuse options about files with plans where no plan is such a file, or no workbook.

    Raises:
        ConfigError: an option of :func:`plan_options` cannot act.
    """
    from dataclasses import replace

    from sim.plans.find import is_shipped, is_workbook
    from sim.plans.read import Options

    files = [plan for plan in plans if plan is not None and not is_shipped(plan)]
    if not files and reading != replace(Options(), language=reading.language):
        raise ConfigError(
            "--alias, --aliases, --decimal, --dates and --sheet are about a file with a plan, and "
            "none is given."
        )
    if reading.sheet and not any(map(is_workbook, files)):
        raise ConfigError(
            "--sheet {sheet}: is about an Excel workbook, and none is given; a text file has no "
            "sheets.",
            sheet=reading.sheet,
        )


out_folder = click.option("--out", type=Folder(), default="results")
"""The option ``--out``: the folder for results."""
