"""Files that a user asks for: templates of plans and markets."""

from __future__ import annotations

from pathlib import Path

from sim.outcomes.store import new_file
from sim.params import ConfigError, as_message


def write_new(path: Path, text: str, encoding: str, call: str) -> None:
    """Write a file that does not exist yet, whole or not at all.

    Args:
        call: the verb and the action that were asked for, for errors.

    Raises:
        ConfigError: the file already exists or cannot be written.
    """
    try:
        with new_file(path), path.open("x", encoding=encoding, newline="") as out:
            out.write(text)
    except FileExistsError:
        raise ConfigError(
            "{call}: {path} exists; name another file.", call=call, path=path
        ) from None
    except OSError as error:
        raise ConfigError(
            "{call}: cannot write {path}: {reason}.",
            call=call, path=path, reason=as_message(error.strerror or str(error)),
        ) from None  # fmt: skip
