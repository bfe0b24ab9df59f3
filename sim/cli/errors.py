"""Errors of a command line as one sentence in the requested language."""

from __future__ import annotations

from collections.abc import Container, Iterable

import click
from click.exceptions import BadOptionUsage, NoSuchCommand, NoSuchOption

from sim.params import ConfigError, closest
from sim.reporting.words import Words


def sentence(error: click.ClickException, words: Words, with_value: Container[str]) -> str:
    """The sentence for an error of Click, on one line.

    Args:
        with_value: names of the options that take a value.
    """
    if isinstance(error, BadOptionUsage):
        is_missing = error.option_name in with_value
        key = "cli_needs_value" if is_missing else "cli_takes_no_value"
        return words.say(key, option=error.option_name)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        if isinstance(error, NoSuchCommand) and isinstance(context.command, click.Group):
            word, allowed = error.command_name, context.command.list_commands(context)
            return _not_among("cli_no_verb", word, allowed, words)
        if isinstance(error, NoSuchOption):
            allowed = [
                option
                for parameter in context.command.params
                if isinstance(parameter, click.Option)
                for option in parameter.opts
                if option.startswith("--")
            ]
            others = _verbs_with(error.option_name, context.find_root())
            if others:
                return words.say(
                    "cli_option_elsewhere", word=error.option_name, verb=context.info_name,
                    verbs=", ".join(others), allowed=", ".join(allowed),
                )  # fmt: skip
            return _not_among("cli_no_option", error.option_name, allowed, words)
    return " ".join(error.format_message().split())


def _verbs_with(option: str, root: click.Context) -> list[str]:
    """The verbs that have an option."""
    group = root.command
    assert isinstance(group, click.Group)
    verbs = {name: group.get_command(root, name) for name in group.list_commands(root)}
    return [n for n, verb in verbs.items() if verb and any(option in p.opts for p in verb.params)]


def refusal(error: ConfigError, words: Words) -> str:
    """The sentence for an error in the input: in the language asked for if there are words for its
    class, and as raised otherwise."""
    said = words.error(type(error).__name__)
    return said.format(**vars(error)) if said else str(error)


def not_allowed(verb: str, word: str, allowed: Iterable[str], words: Words) -> ConfigError:
    """The error for a name that a verb does not accept."""
    call = f"gtm {verb} {word}".strip()
    return ConfigError(_not_among("cli_not_allowed", word, list(allowed), words, call=call))


def _not_among(key: str, word: str, allowed: list[str], words: Words, **values: str) -> str:
    hint = did_you_mean(word, allowed, words)
    return words.say(key, word=word, allowed=", ".join(allowed), hint=hint, **values)


def did_you_mean(word: str, allowed: Iterable[str], words: Words) -> str:
    """A question that suggests the nearest allowed word, or an empty string if none is near."""
    found = closest(word, allowed)
    return words.say("cli_did_you_mean", word=found) if found else ""
