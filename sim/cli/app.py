"""The command line: ``gtm VERB [NAME ...] [--option VALUE] [key=value ...]``.

Each verb is a file in ``sim/cli/verbs``; its help texts are in the YAML file of each language.
Heavy libraries are imported only when the verb runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from sim.cli import verbs
from sim.cli.errors import sentence
from sim.cli.help import Context, in_language, shared_options
from sim.cli.parameters import is_change
from sim.params import ConfigError
from sim.reporting.words import DEFAULT_LANGUAGE, Words

NAME = "gtm"


class Interrupted(click.ClickException):
    """Raised when the user presses Ctrl-C; exit code 130."""

    exit_code = 130


class Gtm(click.Group):
    """The command ``gtm`` with all its verbs, in one language."""

    context_class = Context

    def __init__(self, words: Words) -> None:
        text = words.about()
        super().__init__(
            NAME, help=text["help"], epilog=text["examples"], params=shared_options(words),
            options_metavar=text["options_metavar"], subcommand_metavar=text["usage"],
            invoke_without_command=True, callback=_help_without_verb, add_help_option=False,
        )  # fmt: skip
        self.words = words

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
        """Run the verb, and flush so that Click can handle a pipe that was closed early."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise Interrupted(self.words.say("cli_interrupted")) from None


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


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        args: words after ``gtm``; those of the process if None.

    Returns:
        The exit code: 0, 2 for bad input, 130 when interrupted.
    """
    args = sys.argv[1:] if args is None else list(args)
    try:
        words = Words(_language(args))
        group = Gtm(words)
        code = group.main(args, prog_name=NAME, standalone_mode=False, obj=words)
    except ConfigError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    except click.ClickException as error:
        print(f"{NAME}: {sentence(error, words, group.options_with_value())}", file=sys.stderr)
        return error.exit_code
    return int(code or 0)
