"""The command line: ``gtm VERB [NAME ...] [--option VALUE] [key=value ...]``.

Each verb is a file in ``sim/cli/verbs``; its help texts are in the YAML file of each language.
Heavy libraries are imported only when the verb runs.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from sim.cli import verbs
from sim.cli.boundary import (
    Signals,
    any_character,
    cannot_print,
    ended,
    flush,
    let_through,
    one_line,
    warnings_in,
)
from sim.cli.errors import complaint
from sim.cli.help import Context, in_language, shared_options
from sim.cli.progress import COUNTS
from sim.params import ConfigError, is_change
from sim.reporting.words import DEFAULT_LANGUAGE, Words, languages

NAME = "gtm"


class Gtm(click.Group):
    """The command ``gtm`` with all its verbs, in one language."""

    context_class = Context

    def __init__(self, words: Words, signals: Signals | None = None) -> None:
        text = words.about()
        super().__init__(
            NAME, help=text["help"], epilog=text["examples"], params=shared_options(words),
            options_metavar=text["options_metavar"], subcommand_metavar=text["usage"],
            invoke_without_command=True, callback=_help_without_verb, add_help_option=False,
        )  # fmt: skip
        self.words, self.signals = words, signals or Signals()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all verbs: those with help texts in the order of the texts, then the others."""
        there = sorted(module.name for module in iter_modules(verbs.__path__))
        known = [name for name in self.words.verbs() if name in there]
        return [*known, *(name for name in there if name not in known)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb with its help in the language of the group, or None for an unknown name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"{verbs.__name__}.{cmd_name}")
        return in_language(module.command, cmd_name, self.words)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move the verb to the front, as options and changes may precede it."""
        at = self._verb_at(args)
        if at:
            args = [args[at], *args[:at], *args[at + 1 :]]
        return super().parse_args(ctx, args)

    def _verb_at(self, args: Sequence[str]) -> int | None:
        """Index of the verb: the first word that is no option, option value or change."""
        is_value = False
        for n, word in enumerate(args):
            if is_value:
                is_value = False
            elif word.startswith("-"):
                is_value = word in self.options_with_value()
            elif not is_change(word):
                return n
        return None

    def options_with_value(self) -> set[str]:
        """Names of the options of all verbs that take a value."""
        ctx = click.Context(self)
        commands = [self, *(self.get_command(ctx, name) for name in self.list_commands(ctx))]
        return {
            option
            for command in commands
            if command
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for option in parameter.opts
        }

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; whatever ends it early becomes one line that says what is kept."""
        try:
            super().invoke(ctx)
            flush()
        except (ConfigError, click.ClickException, click.exceptions.Exit):
            raise
        except (BrokenPipeError, SystemExit):
            raise  # nobody reads on: Click and Rich end in silence
        except BaseException as error:
            raise ended(error, self.words, self.signals.number, ctx.meta.get(COUNTS)) from error


@click.pass_context
def _help_without_verb(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _language(args: Sequence[str]) -> str:
    """The requested language, which even the first error message needs."""
    found = DEFAULT_LANGUAGE
    for n, word in enumerate(args):
        if word == "--lang" and n + 1 < len(args):
            found = args[n + 1]
        elif word.startswith("--lang="):
            found = word.partition("=")[2]
    return found


def main(args: Sequence[str] | None = None, held: Collection[int] = ()) -> int:
    """Run a command line.

    Args:
        args: words after ``gtm``; those of the process if None.
        held: numbers of signals that the caller holds back until they can be answered.

    Returns:
        The exit code: 0, 2 for bad input, 130 when interrupted, 143 when terminated, and those of
        :data:`sim.cli.boundary.FAULT`.
    """
    args = sys.argv[1:] if args is None else list(args)
    with any_character(), Signals() as signals:
        try:
            _words(args)  # loaded in full before a signal has to be answered
            let_through(held)
            return _run(args, signals)
        except SystemExit:
            raise  # Click's, for a pipe that was closed early
        except BaseException as error:  # before the verb began, or after it ended
            last = ended(error, _words(args), signals.number)
            return _told(last.message, last.exit_code)


def _run(args: list[str], signals: Signals) -> int:
    """Run a command line; see :func:`main`."""
    try:
        words = Words(_language(args))
        if warning := cannot_print(words):
            _told(warning)
        group = Gtm(words, signals)
        with warnings_in(words):
            code = group.main(args, prog_name=NAME, standalone_mode=False, obj=words)
    except ConfigError as error:
        return _told(_words(args).message(error), 2)
    except click.ClickException as error:
        said = complaint(error, group.options_with_value())
        return _told(words.message(said), error.exit_code)
    return int(code or 0)


def _told(line: str, code: int = 0) -> int:
    """Print a line on standard error, and return the exit code."""
    print(f"{NAME}: {one_line(line)}", file=sys.stderr)
    return code


def _words(args: Sequence[str]) -> Words:
    """The words of the requested language, or of the default if there is no such language."""
    language = _language(args)
    return Words(language if language in languages() else DEFAULT_LANGUAGE)
