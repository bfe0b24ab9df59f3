"""Errors of a command line as one sentence in the requested language."""

from __future__ import annotations

from collections.abc import Container, Iterable

import click
from click.exceptions import BadOptionUsage, NoSuchCommand, NoSuchOption

from sim.params import ConfigError, Message, as_message, closest, nearest
from sim.reporting.words import Words


def complaint(error: click.ClickException, with_value: Container[str]) -> Message:
    """What is wrong with a command line that Click refuses.

    Args:
        with_value: names of the options that take a value.
    """
    if isinstance(error, BadOptionUsage):
        return Message(
            "{option} needs a value."
            if error.option_name in with_value
            else "{option} takes no value.",
            option=error.option_name,
        )
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        if isinstance(error, NoSuchCommand) and isinstance(context.command, click.Group):
            word, allowed = error.command_name, context.command.list_commands(context)
            return Message(
                "{word}: no such verb; allowed {allowed}.{hint}",
                word=word, allowed=allowed, hint=nearest(word, allowed),
            )  # fmt: skip
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
                return Message(
                    "{word}: not an option of gtm {verb} but of {verbs}; allowed {allowed}.",
                    word=error.option_name, verb=context.info_name, verbs=others, allowed=allowed,
                )  # fmt: skip
            return Message(
                "{word}: no such option; allowed {allowed}.{hint}",
                word=error.option_name, allowed=allowed, hint=nearest(error.option_name, allowed),
            )  # fmt: skip
    return as_message(" ".join(error.format_message().split()))


def _verbs_with(option: str, root: click.Context) -> list[str]:
    """The verbs that have an option."""
    group = root.command
    assert isinstance(group, click.Group)
    verbs = {name: group.get_command(root, name) for name in group.list_commands(root)}
    return [n for n, verb in verbs.items() if verb and any(option in p.opts for p in verb.params)]


def not_allowed(verb: str, word: str, allowed: Iterable[str]) -> ConfigError:
    """The error for a name that a verb does not accept."""
    names = list(allowed)
    return ConfigError(
        "{call}: allowed {allowed}.{hint}",
        call=f"gtm {verb} {word}".strip(), allowed=names, hint=nearest(word, names),
    )  # fmt: skip


def did_you_mean(word: str, allowed: Iterable[str], words: Words) -> str:
    """A question that suggests the nearest allowed word, or an empty string if none is near."""
    found = closest(word, allowed)
    return words.say("cli_did_you_mean", word=found) if found else ""
