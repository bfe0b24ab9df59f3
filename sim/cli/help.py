"""Help pages in any language, with texts from its YAML file and lines broken by screen width."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from sim import __version__
from sim.reporting.words import Words, languages

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

WIDE = "\u2e80-\uffef"
OPENING = "（「“《"
CLOSING = "，。、；：！？）」”》"
PIECES = re.compile(f"[{OPENING}]*(?:[{WIDE}]|[^\\s{WIDE}]+)[{CLOSING}]*|\\s+")
"""Pieces between which a line may be broken: spaces, words, and Chinese characters with the
punctuation that must not begin or end a line."""

MARGIN = 2
FIRST_COLUMN = 24


def width(text: str) -> int:
    """Width of a text in columns of the screen; a Chinese character takes two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, room: int) -> list[str]:
    """Break a paragraph into lines of at most ``room`` columns; a longer word stays whole."""
    lines, line = [], ""
    for piece in PIECES.findall(text):
        if line and width(line + piece.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


class Formatter(click.HelpFormatter):
    """Formatter of help pages with headings in one language and lines broken by screen width."""

    def __init__(self, words: Words, width: int | None, max_width: int | None) -> None:
        super().__init__(width=width, max_width=max_width)
        self.headings = words.about()["headings"]

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how to call the verb."""
        start = f"{prefix or self.headings['Usage']}{prog} "
        self._write_lines(start, wrap(args, self.width - width(start)))

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{' ' * self.current_indent}{self.headings.get(heading, heading)}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs; a paragraph whose first line is a backspace keeps its line breaks."""
        margin = " " * self.current_indent
        for n, paragraph in enumerate(text.strip("\n").split("\n\n")):
            if n:
                self.write("\n")
            if paragraph.startswith("\b\n"):
                lines = paragraph.split("\n")[1:]
            else:
                lines = wrap(paragraph, self.width - self.current_indent)
            self._write_lines(margin, lines)

    def write_dl(
        self,
        rows: Iterable[tuple[str, str]],
        col_max: int = FIRST_COLUMN,
        col_spacing: int = MARGIN,
    ) -> None:
        """Write terms, such as options, with the meaning beside each, or below a long one."""
        rows = list(rows)
        column = min(max(width(term) for term, _ in rows), col_max) + col_spacing
        margin = " " * self.current_indent
        for term, meaning in rows:
            start = margin + term
            if width(term) > column - col_spacing:
                self.write(f"{start}\n")
                start = margin
            start += " " * (column + self.current_indent - width(start))
            self._write_lines(start, wrap(meaning, self.width - width(start)))

    def _write_lines(self, start: str, lines: list[str]) -> None:
        """Write lines below each other, the first one after ``start``."""
        margin = " " * width(start)
        for n, line in enumerate(lines or [""]):
            self.write(f"{margin if n else start}{line}".rstrip() + "\n")


class Context(click.Context):
    """Click's context; its ``obj`` holds the words of the requested language."""

    def make_formatter(self) -> click.HelpFormatter:
        """A formatter for the language of the context."""
        return Formatter(self.obj, self.terminal_width, self.max_content_width)


def in_language(command: click.Command, verb: str, words: Words) -> click.Command:
    """A copy of a verb's command with help in one language and the options that all verbs share.

    A verb without help texts in the YAML file keeps the help that its own file declares.
    """
    text, about = words.verb(verb), words.about()
    spoken = copy(command)
    spoken.name = verb
    spoken.context_class = Context
    spoken.add_help_option = False
    spoken.options_metavar = about["options_metavar"]
    spoken.help = text.get("help", command.help)
    spoken.short_help = text.get("short", command.short_help)
    if "example" in text:
        spoken.epilog = f"\b\n{about['headings']['Example']}\n  {text['example']}"
    spoken.params = [_in_language(p, verb, words) for p in command.params]
    spoken.params += shared_options(words, is_verb=True)
    return spoken


def _in_language(parameter: click.Parameter, verb: str, words: Words) -> click.Parameter:
    """A copy of a parameter with its help text and the name of its value in one language."""
    out = copy(parameter)
    if isinstance(out, click.Option):
        text = words.option(verb, out.opts[0].lstrip("-"))
        out.metavar, out.help = text.get("value", out.metavar), text.get("help", out.help)
    else:
        out.metavar = words.verb(verb).get("usage", out.metavar)
    return out


def shared_options(words: Words, *, is_verb: bool = False) -> list[click.Parameter]:
    """The options ``--lang``, ``--version`` and ``--help``, which every verb takes."""

    def option(name: str, *more: str, **settings: Any) -> click.Option:
        text = words.option("", name)
        return click.Option(
            [f"--{name}", *more], help=text["help"], metavar=text.get("value"), expose_value=False,
            **settings,
        )  # fmt: skip

    return [
        option("lang", type=Language()),
        option("version", is_flag=True, is_eager=True, callback=_show_version, hidden=is_verb),
        option("help", "-h", is_flag=True, is_eager=True, callback=_show_help),
    ]


class Language(click.ParamType[str, str]):
    """Click type of a language; :func:`sim.cli.app.main` has read its value beforehand."""

    name = "language"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Completions of a language."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in languages() if name.startswith(incomplete)]


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"gtm-dynamics {__version__}")
        ctx.exit()


def _show_help(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()
