"""Tables and sentences on speed and memory, for the terminal and the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table

from sim.experiments.benchmark.benchmark import Benchmark, ToyTime
from sim.experiments.benchmark.toy import Ends
from sim.reporting.explain import Sheet
from sim.reporting.words import Words

ENGINES = {
    "columnar": "benchmark_engine_columnar",
    "reference": "benchmark_engine_reference",
    "numba": "benchmark_engine_numba",
    "c": "benchmark_engine_c",
    "numpy": "benchmark_engine_numpy",
    "mesa": "benchmark_engine_mesa",
}
"""Keys of the names of the engines of the toy market."""

PACES = {"comparison": "benchmark_pace_comparison", "year": "benchmark_pace_year"}
"""Keys of what a replicate is."""


def answer(found: Benchmark, words: Words) -> list[str]:
    """What came out, in sentences."""
    parts = [
        words.say("benchmark_part", market=one.market, ms=f"{one.week_ms:.2f}")
        for one in found.fixed
    ]
    out = [words.say("benchmark_fixed", parts=words.listed(parts)), _on_toy(found, words)]
    out.append(agreement(found, words))
    if found.machine.compiler is None:
        out.append(words.say("benchmark_no_compiler"))
    return out


def _on_toy(found: Benchmark, words: Words) -> str:
    one, *wide = [one for one in found.toy if one.engine == "columnar"]
    others = {other.engine: other for other in found.toy if other.threads == 1}
    own = words.say("benchmark_toy", customers=f"{one.customers:,}", ns=_ns(one.ns),
                    times=f"{one.times:.1f}")  # fmt: skip
    all_threads = [
        words.say("benchmark_toy_threads", threads=more.threads, ns=_ns(more.ns),
                  times=f"{more.times:.1f}")
        for more in wide
    ]  # fmt: skip
    beside = words.say(
        "benchmark_toy_beside", numpy=_ns(others["numpy"].ns), mesa=_ns(others["mesa"].ns)
    )
    return words.sentences(own, *all_threads, beside)


def agreement(found: Benchmark, words: Words) -> str:
    """Whether the engines of the toy market agree."""
    most = f"{found.most_gap:.1f}"
    if found.agrees:
        gap = max(_gap(one) for one in found.toy)
        return words.say("benchmark_agree", gap=f"{gap:.1f}", most=most)
    apart = [
        words.say("benchmark_apart", engine=_engine(one, words), gap=f"{_gap(one):.1f}")
        for one in found.toy if one.threads == 1 and _gap(one) > found.most_gap
    ]  # fmt: skip
    return words.say("benchmark_disagree", engines=words.listed(apart), most=most)


def _gap(one: ToyTime) -> float:
    return max(abs(gap) for gap in one.gap)


def _engine(one: ToyTime, words: Words) -> str:
    return words.say(ENGINES[one.engine])


def notes(found: Benchmark, words: Words) -> list[str]:
    """How the figures were measured, and on what."""
    known = found.machine
    libraries = [f"{name} {version}" for name, version in known.libraries.items()]
    told = words.listed([f"Python {known.python}", *libraries])
    return [
        words.say("benchmark_clocks", turns=found.turns),
        words.say("benchmark_machine", processors=known.processors, family=known.family,
                  libraries=told, compiler=known.compiler or words.say("benchmark_none"),
                  minutes=f"{found.seconds / 60.0:.1f}"),
    ]  # fmt: skip


def sheets(found: Benchmark, words: Words) -> list[Sheet]:
    """All figures as tables."""
    out = [_fixed(found, words), _sizes(found, words), *_rows(found, words)]
    if found.memory:
        out.append(_memory(found, words))
    if found.paces:
        out.append(_paces(found, words))
    return [*out, _toy(found, words)]


def _sheet(name: str, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Sheet:
    return Sheet(name, title, tuple(heads), tuple(map(tuple, rows)))


def _heads(words: Words, *names: str) -> list[str]:
    return [words.say(name) for name in names]


def _fixed(found: Benchmark, words: Words) -> Sheet:
    rows = [
        (one.market, words.say("to", low=f"{one.low:,}", high=f"{one.high:,}"),
         f"{one.week_ms:.3f}", f"{one.error:.3f}", _ns(one.ns))
        for one in found.fixed
    ]  # fmt: skip
    heads = _heads(
        words,
        "benchmark_head_market",
        "benchmark_head_customers",
        "benchmark_head_week_ms",
        "benchmark_head_error",
        "benchmark_head_slope",
    )
    return _sheet("fixed", words.say("benchmark_title_fixed"), heads, rows)


def _sizes(found: Benchmark, words: Words) -> Sheet:
    known = {(one.market, one.customers, one.threads): one for one in found.sizes}
    every = max(one.threads for one in found.toy)

    def wide(market: str, customers: int) -> str:
        more = known.get((market, customers, every))
        return words.say("unknown") if more is None else _ns(more.ns)

    rows = [
        (one.market, f"{one.customers:,}", f"{one.week_ms:,.2f}", _ns(one.ns),
         *([wide(one.market, one.customers)] if every > 1 else []))
        for one in found.sizes if one.threads == 1
    ]  # fmt: skip
    heads = _heads(
        words,
        "benchmark_head_market",
        "benchmark_head_customers",
        "benchmark_head_week_ms",
        "benchmark_head_ns",
    )
    if every > 1:
        heads.append(words.say("benchmark_head_ns_threads", threads=every))
    return _sheet("sizes", words.say("benchmark_title_sizes"), heads, rows)


def _rows(found: Benchmark, words: Words) -> list[Sheet]:
    """Time by row of the week's table: of the small market in milliseconds a week, of the largest
    in nanoseconds of a customer's week."""
    markets = list(dict.fromkeys(row.market for row in found.rows))
    known = {(row.market, row.customers, row.phase): row.week_ms for row in found.rows}
    small = min(row.customers for row in found.rows)
    most = {name: max(c for market, c, _ in known if market == name) for name in markets}
    phases = list(dict.fromkeys(row.phase for row in found.rows))

    def table(name: str, title: str, size: dict[str, int], ns: bool) -> Sheet:
        def cell(market: str, phase: str) -> str:
            ms = known[market, size[market], phase]
            return _ns(1e6 * ms / size[market]) if ns else f"{ms:.3f}"

        rows = [(phase, *(cell(market, phase) for market in markets)) for phase in phases]
        return _sheet(name, title, [words.say("phase"), *markets], rows)

    largest = words.listed([f"{name} {most[name]:,}" for name in markets])
    return [
        table("rows", words.say("benchmark_title_rows", customers=f"{small:,}"),
              dict.fromkeys(markets, small), ns=False),
        table("rows_large", words.say("benchmark_title_rows_large", customers=largest), most,
              ns=True),
    ]  # fmt: skip


def _memory(found: Benchmark, words: Words) -> Sheet:
    rows = [
        (one.market, str(one.firms), f"{one.state:,.0f}",
         words.say("unknown") if one.process is None else f"{one.process:,.0f}")
        for one in found.memory
    ]  # fmt: skip
    heads = _heads(
        words,
        "benchmark_head_market",
        "benchmark_head_firms",
        "benchmark_head_state",
        "benchmark_head_process",
    )
    return _sheet("memory", words.say("benchmark_title_memory"), heads, rows)


def _paces(found: Benchmark, words: Words) -> Sheet:
    rows = [
        (words.say(PACES[one.what]), str(one.weeks), f"{one.per_minute:,.0f}")
        for one in found.paces
    ]
    heads = _heads(
        words, "benchmark_head_pace", "benchmark_head_weeks", "benchmark_head_per_minute"
    )
    return _sheet("paces", words.say("benchmark_title_paces"), heads, rows)


def _toy(found: Benchmark, words: Words) -> Sheet:
    rows = []
    for one in found.toy:
        ends = Ends(*(f"{value:.3f}" for value in one.ends))  # type: ignore[arg-type]
        rows.append((
            _engine(one, words), str(one.threads), f"{one.customers:,}", _ns(one.ns),
            _ns(one.processor_ns), f"{one.times:,.2f}", *map(str, ends), f"{_gap(one):.1f}",
        ))  # fmt: skip
    if found.machine.compiler is None:
        absent = words.say("benchmark_absent")
        c = words.say("benchmark_engine_c")
        rows.append((c, absent, *[words.say("unknown")] * (len(rows[0]) - 2)))
    heads = _heads(
        words,
        "benchmark_head_engine",
        "benchmark_head_threads",
        "benchmark_head_customers",
        "benchmark_head_ns",
        "benchmark_head_processor_ns",
        "benchmark_head_times",
        "benchmark_head_awareness",
        "benchmark_head_active",
        "benchmark_head_sales",
        "benchmark_head_gap",
    )
    return _sheet("toy", words.say("benchmark_title_toy"), heads, rows)


def _ns(value: float) -> str:
    return f"{value:,.1f}" if abs(value) < 100.0 else f"{value:,.0f}"


def tables(found: Benchmark, words: Words) -> list[Table]:
    """All figures as tables for the terminal."""
    out = []
    for sheet in sheets(found, words):
        table = Table(title=sheet.title, title_justify="left")
        for n, head in enumerate(sheet.columns):
            table.add_column(head, justify="left" if n == 0 else "right")
        for row in sheet.rows:
            table.add_row(*row)
        out.append(table)
    return out


def page(found: Benchmark, words: Words) -> str:
    """The figures for the documentation, in Markdown."""
    out = [*notes(found, words), *answer(found, words)]
    for sheet in sheets(found, words):
        out += [f"## {sheet.title}", sheet.markdown()]
    return "\n\n".join(out)
