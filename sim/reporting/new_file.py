"""Files that a user asks for: templates of plans and markets."""

from __future__ import annotations

from pathlib import Path

from sim.outcomes.store import new_file
from sim.params import ConfigError
from sim.reporting.words import Words


def write_new(
    path: Path, text: str, encoding: str, words: Words, *, exists: str, unwritable: str
) -> None:
    """Write a file that does not exist yet, whole or not at all.

    Args:
        exists, unwritable: keys of the sentences that say why it cannot be written.

    Raises:
        ConfigError: the file already exists or cannot be written.
    """
    try:
        with new_file(path), path.open("x", encoding=encoding, newline="") as out:
            out.write(text)
    except FileExistsError:
        raise ConfigError(words.say(exists, path=path)) from None
    except OSError as error:
        raise ConfigError(words.say(unwritable, path=path, reason=error.strerror)) from None
