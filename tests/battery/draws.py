"""A statistical battery on the keyed draws.

    python tests/battery/draws.py [--quick] [--out FILE]

Three walks over the hash (customers, weeks, decisions varying fastest) are tested with dieharder,
with dieharder's own AES generator as control. Additional tests check properties that a stream of
numbers cannot show: correlation over neighbouring ids, weeks, decisions, firms and seeds. A
generator that does not mix is put to the same additional tests and must fail them. The exit code is
1 if a walk fails.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numba import njit
from scipy import stats

from sim import draws

TESTS = ("0", "2", "10", "11", "12", "13", "15", "16", "100", "101", "102", "204")
"""Numbers of `dieharder -l`: those of its tests that need no more than some 10**8 words."""
QUICK_TESTS = ("0", "2", "15", "100", "204")
SAMPLES = "100"
CONTROL = "205"  # dieharder's AES_OFB
CHUNK = 1 << 17


@njit
def _over_ids(start, out):  # type: ignore[no-untyped-def]
    stream = draws.stream_key(draws.CHOICE, 17, 3, 0)
    for i in range(len(out)):
        out[i] = draws.word(draws.person_key(1, start + i), stream)


@njit
def _over_weeks(start, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        n = start + i
        person = draws.person_key(1, n // 4096)
        out[i] = draws.word(person, draws.stream_key(draws.CHOICE, n % 4096, 3, 0))


@njit
def _over_decisions(start, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        n = start + i
        decision, firm, item = n % 20 + 1, n // 20 % 8 + 1, n // 160 % 64
        person = draws.person_key(1, n // 10240)
        out[i] = draws.word(person, draws.stream_key(decision, 17, firm, item))


WALKS = {"ids": _over_ids, "weeks": _over_weeks, "decisions": _over_decisions}


def dieharder(test: str, walk: Callable[..., None] | None) -> list[str]:
    """Assessments of one test: PASSED, WEAK or FAILED, one for each of its results."""
    command = ["dieharder", "-d", test, "-p", SAMPLES, "-k", "2", "-c", ","]
    if walk is None:
        command += ["-g", CONTROL, "-S", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return re.findall(r"PASSED|WEAK|FAILED", done.stdout)
    process = subprocess.Popen([*command, "-g", "200"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    assert process.stdin is not None
    out, start = np.empty(CHUNK, np.uint64), 0
    with suppress(BrokenPipeError):  # dieharder needs no more words
        while process.poll() is None:
            walk(start, out)
            start += CHUNK
            process.stdin.write(out.tobytes())
    with suppress(BrokenPipeError):
        process.stdin.close()
    assert process.stdout is not None
    words = process.stdout.read().decode()
    process.wait()
    return re.findall(r"PASSED|WEAK|FAILED", words)


Source = Callable[[int, np.ndarray, int, int, int], np.ndarray]
"""Words for (seed, ids, decision, week, firm)."""


def keyed(seed: int, ids: np.ndarray, decision: int, week: int, firm: int) -> np.ndarray:
    """The generator under test."""
    key = draws.person_key(seed, ids)  # type: ignore[arg-type]
    return np.asarray(draws.word(key, draws.stream_key(decision, week, firm, 0)))


def unmixed(seed: int, ids: np.ndarray, decision: int, week: int, firm: int) -> np.ndarray:
    """A generator that adds instead of mixing: it must fail."""
    step = np.uint64(draws.GOLDEN)
    shift = np.uint64((seed * 977 + decision * 131 + week * 17 + firm) * 2**40 % 2**64)
    return np.asarray(ids * step + shift)


def own_tests(source: Source, size: int) -> Iterator[tuple[str, float]]:
    """(null hypothesis, p-value) for four seeds."""
    ids = np.arange(size, dtype=np.uint64)
    for seed in (1, 2, 77, 2**40 + 5):

        def u(
            seed: int = seed, decision: int = draws.CHOICE, week: int = 5, firm: int = 1
        ) -> np.ndarray:
            return draws.uniform_column(source(seed, ids, decision, week, firm))

        words, base = source(seed, ids, draws.CHOICE, 5, 1), u()
        yield "uniforms are uniform", stats.kstest(base, "uniform").pvalue
        for name, bits in (("high", words >> np.uint64(56)), ("low", words & np.uint64(255))):
            counts = np.bincount(bits.astype(int), minlength=256)
            yield f"the {name} byte is uniform", stats.chisquare(counts).pvalue
        for n in (3, 10, 97):
            picked = ((words & np.uint64(0xFFFFFFFF)) * np.uint64(n)) >> np.uint64(32)
            counts = np.bincount(picked.astype(int), minlength=n)
            yield "picks are uniform", stats.chisquare(counts).pvalue
        low = (words & np.uint64(0xFFFFFFFF)).astype(float)
        high = (words >> np.uint64(32)).astype(float)
        yield "halves of a word are independent", stats.pearsonr(low, high).pvalue
        others = {
            "neighbouring ids are uncorrelated": np.roll(base, 1),
            "successive weeks are uncorrelated": u(week=6),
            "decisions are uncorrelated": u(decision=draws.LAPSE),
            "firms are uncorrelated": u(firm=2),
            "neighbouring seeds are uncorrelated": u(seed=seed + 1),
        }
        for name, other in others.items():
            yield name, stats.pearsonr(base, other).pvalue
            cells = np.histogram2d(base, other, bins=16, range=[[0, 1], [0, 1]])[0]
            yield (
                name.replace("uncorrelated", "independent (16 x 16)"),
                stats.chisquare(cells.reshape(-1)).pvalue,
            )


def main() -> int:
    """Run the battery and write its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five of dieharder's tests")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULT.md"))
    options = parser.parse_args()
    tests = QUICK_TESTS if options.quick else TESTS
    lines = ["# Statistical battery on the keyed draws", "",
             "Made by `python tests/battery/draws.py`.", "", "## dieharder", ""]  # fmt: skip
    failed = 0
    if shutil.which("dieharder"):
        lines += [f"Tests {', '.join(tests)}, {SAMPLES} p-values for each result.", ""]
        lines += ["| words walk over | results | passed | weak | failed |"]
        lines += ["|---|--:|--:|--:|--:|"]
        for name, walk in [*WALKS.items(), ("(control: AES)", None)]:
            found = Counter(a for test in tests for a in dieharder(test, walk))
            failed += found["FAILED"] if walk else 0
            lines.append(f"| {name} | {found.total()} | {found['PASSED']} | {found['WEAK']} | "
                         f"{found['FAILED']} |")  # fmt: skip
            print(lines[-1], flush=True)
    else:
        lines.append("Not run: dieharder is not installed.")
        print("dieharder is not installed; only own tests are run", file=sys.stderr)
    size = 200_000
    lines += ["", "## Own tests", "", f"Four seeds, {size:,} customers each.", "",
              "| null hypothesis | p-values | smallest |", "|---|--:|--:|"]  # fmt: skip
    results = list(own_tests(keyed, size))
    for name in dict.fromkeys(n for n, _ in results):
        p = [value for n, value in results if n == name]
        lines.append(f"| {name} | {len(p)} | {min(p):.4f} |")
    pooled = stats.kstest([p for _, p in results], "uniform").pvalue
    level = 0.001 / len(results)
    bad = sum(p < level for _, p in results)
    control = sum(p < level for _, p in own_tests(unmixed, size))
    lines += ["", f"{len(results)} p-values, {bad} below {level:.1e} (0.001 shared out); all "
              f"together they are uniform with p = {pooled:.2f}. A generator that adds instead of "
              f"mixing has {control} below that level: the tests can fail.", ""]  # fmt: skip
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines[-3:]))
    return int(failed > 0 or bad > 0 or control == 0)


if __name__ == "__main__":
    sys.exit(main())
