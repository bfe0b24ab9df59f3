"""Remaining time is estimated from what has been computed, and said when it is known."""

from __future__ import annotations

import io

import click
import pytest
from rich.console import Console

from sim.cli import progress
from sim.cli.progress import Count, left
from sim.reporting.words import Words


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, count: Count, steps: int, each: float, total: int) -> None:
        """Finish steps one after another, each after so many seconds."""
        for _ in range(steps):
            self.now += each
            count.advance(1, total)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(progress.time, "monotonic", found)
    return found


def test_the_remaining_time_follows_the_pace(clock):
    count = Count("runs", _began=0.0)
    assert count.seconds_left() is None
    count.advance(0, 100)
    clock.work(count, 3, 2.0, 100)
    assert count.seconds_left() is None
    clock.work(count, 7, 2.0, 100)
    assert count.seconds_left() == pytest.approx(90 * 2.0, rel=0.25)
    clock.work(count, 40, 2.0, 100)
    assert count.seconds_left() == pytest.approx(100.0, rel=0.05)
    clock.work(count, 50, 2.0, 100)
    assert count.seconds_left() == 0.0


def test_steps_that_were_kept_before_are_no_pace(clock):
    count = Count("runs", _began=0.0)
    count.advance(900, 1000)
    assert count.seconds_left() is None
    clock.work(count, 10, 2.0, 1000)
    assert count.seconds_left() == pytest.approx(180.0, rel=0.25)
    count.advance(500, 2000)  # the next look
    assert count.seconds_left() == pytest.approx(590 * 2.0, rel=0.25)


def test_compilation_and_workers_that_finish_together_do_not_spoil_the_estimate(clock):
    count = Count("runs", _began=0.0)
    count.advance(0, 1000)
    clock.now = 60.0
    clock.work(count, 64, 0.001, 1000)
    assert count.seconds_left() is None, "one round of 64 workers tells no pace"
    for _ in range(5):
        clock.now += 10.0
        clock.work(count, 64, 0.001, 1000)
    seconds = count.seconds_left()
    assert seconds == pytest.approx((1000 - 6 * 64) / 6.4, rel=0.5)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (None, "", ""),
        (0.0, "about 0 s left", "约剩 0 秒"),
        (89.0, "about 89 s left", "约剩 89 秒"),
        (91.0, "about 2 min left", "约剩 2 分钟"),
        (12 * 60.0, "about 12 min left", "约剩 12 分钟"),
        (2.6 * 3600, "about 3 h left", "约剩 3 小时"),
    ],
)
def test_the_remaining_time_in_words(monkeypatch, seconds, english, chinese):
    monkeypatch.setattr(Count, "seconds_left", lambda _: seconds)
    assert left(Count("runs"), Words("en")) == english
    assert left(Count("runs"), Words("zh")) == chinese


def _command(words):
    return click.Context(click.Command("run"), obj=Words(words))


def test_the_bar_shows_what_is_done_and_what_remains(monkeypatch):
    monkeypatch.setattr(Count, "seconds_left", lambda _: 720.0)
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    with _command("zh"), progress.growing("[runs]") as advance:
        advance(30, 40)
    assert "[runs]" in shown.getvalue()
    assert "30/40" in shown.getvalue()
    assert "约剩 12 分钟" in shown.getvalue()


def test_the_line_now_and_then_says_what_remains(monkeypatch, capsys):
    monkeypatch.setattr(Count, "seconds_left", lambda _: 720.0)
    monkeypatch.setattr(progress, "FIRST_LINE", 0.05)
    with _command("en"), progress.growing("runs") as advance:
        advance(30, 40)
        progress.time.sleep(0.12)
    said = capsys.readouterr().err.splitlines()
    assert "runs: 30 of 40 after 0 s, about 12 min left" in said
