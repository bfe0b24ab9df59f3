"""The command ``gtm``; ``python -m sim`` is the same."""

import signal
import sys


def begin() -> int:
    """Run the command line of this process; returns the exit code.

    Signals that end a program wait from here until :func:`sim.cli.app.main` can answer them, where
    the system allows that (not on Windows).
    """
    held: set[signal.Signals] = set()
    if hasattr(signal, "pthread_sigmask"):
        ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        held = ending - signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    from sim.cli.app import main

    return main(held=held)


if __name__ == "__main__":
    sys.exit(begin())
