"""What ends a command early, told in one line: what happened, what is kept, how to go on."""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click

from sim.cli.progress import Count
from sim.reporting.words import Words

FAULT, MACHINE, STORAGE = 70, 71, 74
"""Exit codes, numbered as in the system's ``sysexits.h``: a fault of the program, too little memory
or a lost worker or scheduler, a full or unwritable disk. A signal gives 128 and its number."""

SHOW_TRACEBACK = "GTM_TRACEBACK"
"""Environment variable that shows where an unforeseen error was raised."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SHORT_OF_MEMORY = (errno.ENOMEM, errno.EAGAIN)
ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Ended(click.ClickException):
    """A command that ended early.

    Attributes:
        exit_code: see :data:`FAULT`.
    """

    exit_code: int  # type: ignore[misc]

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Arrived(KeyboardInterrupt):
    """A signal arrived. Python itself would end by SIGINT, whatever the exit code, if a plain
    KeyboardInterrupt had passed through ``exec`` on its way to where it is caught."""


class Signals:
    """Context in which the signals that end a program raise KeyboardInterrupt.

    A signal that is ignored, as by ``nohup``, stays ignored. Outside the main thread, and after the
    context, signals are handled as before.

    Attributes:
        number: of the first signal that arrived; None before.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for name in ENDING:
                number = getattr(signal, name, None)
                if number and signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._arrive)
            self._hook, sys.unraisablehook = sys.unraisablehook, self._lost
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if hasattr(self, "_hook"):
            sys.unraisablehook = self._hook

    def _arrive(self, number: int, _: FrameType | None) -> None:
        self.number = self.number or number
        raise Arrived

    def _lost(self, unraisable: Any) -> None:
        """Send a signal again that arrived where Python cannot pass an error on."""
        if self.number and issubclass(unraisable.exc_type, KeyboardInterrupt):
            threading.Timer(0.05, _send_to_main_thread, (self.number,)).start()
        elif not issubclass(unraisable.exc_type, OSError):  # a file on a full disk that is closed
            self._hook(unraisable)


def let_through(held: Collection[int]) -> None:
    """Let signals arrive that were held back; those that have been sent arrive at once."""
    if held:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)


def _send_to_main_thread(number: int) -> None:
    """Send a signal such that it interrupts what the main thread waits for."""
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


@contextmanager
def any_character() -> Iterator[None]:
    """Print ``?`` for characters that an output cannot print."""
    streams = [s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="replace")
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            with suppress(OSError, ValueError):  # closed, or on a full disk
                stream.reconfigure(errors=errors)


class _Spoken(logging.Formatter):
    """Formatter of warnings in one language."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words

    def format(self, record: logging.LogRecord) -> str:
        """A warning on one line, its template and its values translated."""
        text = self.words.translated(str(record.msg))
        if isinstance(record.args, tuple) and record.args:
            text %= tuple(self.words.translated(str(value)) for value in record.args)
        return f"gtm: {one_line(text)}"


@contextmanager
def warnings_in(words: Words) -> Iterator[None]:
    """Print the warnings of the program on standard error, in one language."""
    handler, log = logging.StreamHandler(), logging.getLogger("sim")
    handler.setFormatter(_Spoken(words))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def cannot_print(words: Words) -> str:
    """A warning if the output cannot print the language; empty if it can."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        words.say("cli_interrupted", kept="").encode(encoding)
    except UnicodeEncodeError:
        return Words("en").say("cli_cannot_print", encoding=encoding, language=words.language)
    return ""


def ended(
    error: BaseException,
    words: Words,
    arrived: int | None = None,
    counts: list[Count] | None = None,
) -> Ended:
    """The one line about an error that is neither bad input nor a wrong option, and the exit code.

    Args:
        arrived: number of the signal that arrived.
        counts: counts of work done by the command.
    """
    if os.environ.get(SHOW_TRACEBACK):
        sys.excepthook(type(error), error, error.__traceback__)
    kept = _kept(counts or [], words)
    if arrived or isinstance(error, KeyboardInterrupt | click.Abort):
        number = signal.Signals(arrived or signal.SIGINT)
        key = "cli_interrupted" if number == signal.SIGINT else "cli_terminated"
        return Ended(words.say(key, signal=number.name, kept=kept), 128 + number)
    if isinstance(error, OSError) and error.errno is not None:
        return _from_system(error, words, kept)
    if isinstance(error, MemoryError):
        return Ended(words.say("cli_no_memory", kept=kept), MACHINE)
    from sim.runs.pools import MOST_LOSSES, SchedulerLost, WorkerLost

    if isinstance(error, WorkerLost):
        return Ended(words.say("cli_worker_lost", times=MOST_LOSSES + 1, kept=kept), MACHINE)
    if isinstance(error, SchedulerLost):
        return Ended(words.say("cli_scheduler_lost", kept=kept), MACHINE)
    from sim.runs.engine import RunFailed

    if isinstance(error, RunFailed):
        key, code = ("cli_run_failed", FAULT) if error.stored else ("cli_run_lost", MACHINE)
        return Ended(words.say(key, reason=error, kept=kept), code)
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return Ended(words.say("cli_fault", error=said, kept=kept, variable=SHOW_TRACEBACK), FAULT)


def _from_system(error: OSError, words: Words, kept: str) -> Ended:
    """The line about an error of the operating system."""
    if error.errno in SHORT_OF_MEMORY:
        return Ended(words.say("cli_no_memory", kept=kept), MACHINE)
    reason = words.translated(error.strerror or os.strerror(error.errno or 0))
    if not _can_print():
        return Ended(words.say("cli_output", reason=reason), STORAGE)
    if error.errno in FULL:
        return Ended(words.say("cli_disk_full", kept=kept), STORAGE)
    place = error.filename or words.say("unknown")
    return Ended(words.say("cli_storage", place=place, reason=reason, kept=kept), STORAGE)


def _kept(counts: list[Count], words: Words) -> str:
    """What is kept of the work done so far, and how to go on."""
    done = [count for count in counts if count.kept and count.done]
    if not done:
        return words.say("cli_nothing_kept")
    total = sum(count.done for count in done)
    return words.say("cli_kept", count=total, folder=done[-1].kept)


def _can_print() -> bool:
    """Try to print; if that fails, give up the output, so that Python's exit is silent."""
    try:
        if sys.stdout is not None:
            print(flush=True)
    except OSError:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def flush() -> None:
    """Write out what was printed.

    Raises:
        OSError: the output is full or closed.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def one_line(text: str) -> str:
    """A text on one line, without characters that steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
