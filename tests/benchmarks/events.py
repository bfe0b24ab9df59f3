"""Event-driven scheduling, tried for `industrial`, where the fewest customers have an event.

    python tests/benchmarks/events.py

Measures what share of customers has an event in a week, by kind; what the customers' phases cost,
one by one; and what a week gains if the phases `talk` and `lapse` draw for active customers only,
with the same bits: the other phases cannot skip anybody, see the page on speed. Writes
``docs/generated/events.*.md`` for that page; ten minutes on a machine that does nothing else.

Times of phases are read from the processor's counter between them, in loops that are otherwise
those of the engine.
"""

from __future__ import annotations

import sim  # noqa: F401 - sets up Numba before it is loaded

# isort: split
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from sim.compile import compiled_nogil, inner
from sim.draws import LAPSE, TALK, high32, pick, stream_key, threshold, u64, uniform, word
from sim.engines import columnar
from sim.engines.kernels.calls import gather_talks, leave_interest, room_for_talks
from sim.engines.kernels.columns import BLOCK, Inputs, block_at, count_event, look_who_sees
from sim.engines.kernels.contacts import meet, room_for_contacts
from sim.engines.kernels.lapse_and_report import end_relationship, lapse, report
from sim.engines.kernels.opening import add_audiences, enter_and_exit, forget, need
from sim.engines.kernels.shopping import experience, gather_shoppers, shop
from sim.engines.kernels.word_of_mouth import (
    acquaintance,
    deliver,
    hear,
    send,
    talk,
)
from sim.engines.protocol import ACTIVE
from sim.experiments.benchmark.markets import configured
from sim.ledger import accounts as acc
from sim.model.world import World, start
from sim.rules.loyalty import lapse_chance, under_contract
from sim.rules.talk import VALENCE_UNIT, valence

MARKET = "industrial"
PHASES = ("hear", "forget", "need", "audiences", "meet", "talk", "shop", "lapse", "report")
SIZES = {2_000: 104, 20_000: 104, 200_000: 26}
"""Customers, and weeks of a turn."""

TURNS = 5
GENERATED = Path(__file__).resolve().parents[2] / "docs" / "generated"


@intrinsic
def cycles(typingctx):
    """The processor's counter."""

    def codegen(context, builder, signature, args):
        kind = ir.FunctionType(ir.IntType(64), [])
        name = "llvm.readcyclecounter"
        return builder.call(builder.module.declare_intrinsic(name, fnty=kind), [])

    return types.int64(), codegen


@compiled_nogil
def open_timed(kept, first, last, number, people, demand, took):
    """:func:`sim.engines.kernels.weeks.open_blocks`, timed."""
    market = kept.columns
    w, s, count = Inputs(number, people, *market.fixed), market.state, market.count
    seeing, customer = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    draw = np.empty(BLOCK, np.uint32)
    for place in range(first, last):
        b = block_at(place, w, market.in_need, seeing, customer, draw)
        enter_and_exit(w, s, b, count)
        at = cycles()
        hear(w, s, b, count)
        now = cycles()
        took[0] += now - at
        forget(w, s, b)
        at = cycles()
        took[1] += at - now
        need(w, demand, market.limit, s, b)
        now = cycles()
        took[2] += now - at
        look_who_sees(w, s, b)
        add_audiences(w, s, b, market.audience)
        took[3] += cycles() - now


@compiled_nogil
def close_timed(kept, first, last, number, people, offers, took):
    """:func:`sim.engines.kernels.weeks.close_blocks`, timed."""
    market = kept.columns
    w, s, count = Inputs(number, people, *market.fixed), market.state, market.count
    outbox, interest = market.outbox, market.interest
    seeing, customer = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    draw = np.empty(BLOCK, np.uint32)
    contacts = room_for_contacts()
    treated, calls = offers.treated, offers.calls
    talks = room_for_talks(w, calls, interest)
    for place in range(first, last):
        at = cycles()
        b = block_at(place, w, market.in_need, seeing, customer, draw)
        outbox.sent[place] = 0
        look_who_sees(w, s, b)
        gather_talks(calls, b, talks)
        meet(w, offers, treated, calls, s, b, contacts, talks, count)
        now = cycles()
        took[4] += now - at
        talk(w, s, b, outbox, count)
        at = cycles()
        took[5] += at - now
        shoppers = gather_shoppers(w, b)
        shop(w, offers, treated, calls, s, b, talks, shoppers, outbox, count)
        experience(w, offers, s, b, shoppers, outbox, count)
        now = cycles()
        took[6] += now - at
        lapse(w, s, b, outbox, count)
        at = cycles()
        took[7] += at - now
        report(w, s, b, count)
        leave_interest(b, talks, interest)
        took[8] += cycles() - at
    deliver(first, last, outbox, s)


# The prototype


@inner
def list_active(relation, rows):
    """List the active customers of a block; returns their number."""
    n = 0
    for i in range(len(relation)):
        rows[n] = i
        n += relation[i] & ACTIVE
    return n


@inner
def talk_of_active(w, s, b, rows, outbox, count):
    """:func:`sim.engines.kernels.word_of_mouth.talk`, drawing for active customers only."""
    params = w.params.talk
    limit = threshold(params.rate)
    for f in range(len(s.awareness)):
        stream = stream_key(TALK, w.number, w.firm_ids[f], 0)
        for j in range(list_active(s.relation[f, b.lo : b.hi], rows)):
            i = rows[j]
            row, drawn = b.lo + i, word(b.draw_key[i], stream)
            if high32(drawn) >= limit or not w.social[row]:
                continue
            to = acquaintance(row, pick(drawn, u64(params.ties)), w, s)
            if to >= 0:
                said = valence(np.float64(s.trust[f, row]), params.negative_wom)
                send(b.place, row, to, f, np.int64(said * VALENCE_UNIT), outbox)
                count.accounts[f, acc.TALKS] += 1
                count_event(f, row, acc.BY_TALKS, 1, w, s, count.cells)


@inner
def lapse_of_active(w, s, b, rows, outbox, count):
    """:func:`sim.engines.kernels.lapse_and_report.lapse`, drawing for active customers only."""
    params = w.params.loyalty
    limit = threshold(lapse_chance(params.lapse_hazard, 0.0, 0, params.contagion))
    for f in range(len(s.awareness)):
        relation, news = s.relation[f, b.lo : b.hi], s.inbox_left[f, b.lo : b.hi]
        stream = stream_key(LAPSE, w.number, w.firm_ids[f], 0)
        for j in range(list_active(relation, rows)):
            i = rows[j]
            heard, drawn = np.int64(news[i]), word(b.draw_key[i], stream)
            if high32(drawn) > limit and heard == 0:
                continue
            row = b.lo + i
            if params.contract > 0 and under_contract(w.number, np.int64(s.bound_until[row])):
                continue
            trust = np.float64(s.trust[f, row])
            if uniform(drawn) < lapse_chance(params.lapse_hazard, trust, heard, params.contagion):
                end_relationship(row, f, 0, b.place, w, s, outbox, count)
        news[:] = 0


@compiled_nogil
def close_sparse(kept, first, last, number, people, offers):
    """:func:`sim.engines.kernels.weeks.close_blocks` with the two phases above."""
    market = kept.columns
    w, s, count = Inputs(number, people, *market.fixed), market.state, market.count
    outbox, interest = market.outbox, market.interest
    seeing, customer = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    draw = np.empty(BLOCK, np.uint32)
    rows = np.empty(BLOCK + 1, np.int64)
    contacts = room_for_contacts()
    treated, calls = offers.treated, offers.calls
    talks = room_for_talks(w, calls, interest)
    for place in range(first, last):
        b = block_at(place, w, market.in_need, seeing, customer, draw)
        outbox.sent[place] = 0
        look_who_sees(w, s, b)
        gather_talks(calls, b, talks)
        meet(w, offers, treated, calls, s, b, contacts, talks, count)
        talk_of_active(w, s, b, rows, outbox, count)
        shoppers = gather_shoppers(w, b)
        shop(w, offers, treated, calls, s, b, talks, shoppers, outbox, count)
        experience(w, offers, s, b, shoppers, outbox, count)
        lapse_of_active(w, s, b, rows, outbox, count)
        report(w, s, b, count)
        leave_interest(b, talks, interest)
    deliver(first, last, outbox, s)


# Measuring


@njit
def counter():
    """The processor's counter, from Python."""
    return cycles()


def nanoseconds() -> float:
    """Nanoseconds of a step of the processor's counter."""
    counter()
    begin, first = time.perf_counter_ns(), counter()
    time.sleep(0.5)
    return (time.perf_counter_ns() - begin) / (counter() - first)


@contextmanager
def loops(**changed: Callable[..., None]) -> Iterator[None]:
    """Replace loops of the engine."""
    before = {name: getattr(columnar, name) for name in changed}
    try:
        for name, loop in changed.items():
            setattr(columnar, name, loop)
        yield
    finally:
        for name, loop in before.items():
            setattr(columnar, name, loop)


def run(past: World) -> tuple[float, World]:
    """Processor milliseconds of a week after a past, and the world at the end."""
    world = past.branch()
    begin = time.process_time()
    for _ in range(world.config.weeks):
        world.step()
    return 1e3 * (time.process_time() - begin) / world.config.weeks, world


def same(one: World, other: World) -> bool:
    """Whether two worlds are equal to the bit."""
    a, b = one.engine.columns(), other.engine.columns()
    return all(np.array_equal(a[k], b[k]) for k in a) and np.array_equal(
        one.ledger.accounts(), other.ledger.accounts()
    )


def costs(past: World, ns: float) -> list[float]:
    """Nanoseconds of a customer's week by phase."""
    found = []
    for _ in range(TURNS):
        took = np.zeros(len(PHASES), np.int64)
        with loops(
            open_blocks=lambda *a, took=took: open_timed(*a, took),
            close_blocks=lambda *a, took=took: close_timed(*a, took),
        ):  # fmt: skip
            run(past)
        found.append(took * ns / past.config.weeks / past.people.size)
    return np.median(found, axis=0).tolist()


def gains(past: World) -> tuple[float, float]:
    """Milliseconds of a week as it is and with the prototype, turns alternating."""
    plain, sparse = [], []
    for _ in range(TURNS):
        one, as_is = run(past)
        with loops(close_blocks=close_sparse):
            other, prototype = run(past)
        assert same(as_is, prototype)
        plain.append(one)
        sparse.append(other)
    return median(plain), median(sparse)


class Shares:
    """Share of customers with an event, by kind, mean over the weeks of a world."""

    def __init__(self, world: World) -> None:
        self.engine, self.weeks = world.engine, world.config.weeks
        self.found: dict[str, float] = {}
        self._open, self._close = self.engine.open_week, self.engine.close_week
        self.engine.open_week, self.engine.close_week = self.open_week, self.close_week
        for _ in range(self.weeks):
            world.step()

    def add(self, kind: str, has: np.ndarray) -> np.ndarray:
        """Count customers who have an event."""
        has = has.any(axis=0) if has.ndim == 2 else has
        self.found[kind] = self.found.get(kind, 0.0) + has.mean() / self.weeks
        return has

    def open_week(self, *given: object) -> np.ndarray:
        """Count before and after the phases it runs."""
        s = self.engine._state
        known, trusted = s.awareness.copy(), s.trust.copy()
        self.any = self.add("hear", (s.inbox_count > 0) | (s.inbox_left > 0))
        out = self._open(*given)
        self.add("forget", (known != s.awareness) | (trusted != s.trust))
        self.any = self.any | self.add("need", self.engine._in_need > 0)
        self.before = s.relation.copy()
        return out

    def close_week(self, week: int, offers: object) -> object:
        """Count after the phases it runs."""
        s, size = self.engine._state, len(self.engine._in_need)
        out = self._close(week, offers)

        def marked(rows: np.ndarray) -> np.ndarray:
            return np.bincount(rows, minlength=size) > 0

        self.any = self.any | self.add("contacts", s.met > 0)
        self.any = self.any | self.add("calls", marked(offers.calls.row))
        self.any = self.any | self.add("talk", marked(self.engine.messages()[:, 0]))
        left = (self.before & ACTIVE > 0) & (s.relation & ACTIVE == 0)
        self.any = self.any | self.add("lapse", left)
        self.add("any", self.any)
        return out


KINDS = ("hear", "forget", "need", "contacts", "calls", "talk", "lapse", "any")
TEXTS = {
    "en": {
        "share": "accounts | " + " | ".join(KINDS[:-1]) + " | any but forget",
        "cost": "accounts | " + " | ".join(PHASES) + " | together",
        "gain": "accounts | as it is, ms per week | prototype, ms per week | gain",
        "titles": ("Share of accounts with an event in a week",
                   "Nanoseconds of an account's week, by phase",
                   "A whole week, with talk and lapse drawn for active customers only"),
    },
    "zh": {
        "share": "客户数 | " + " | ".join(KINDS[:-1]) + " | 除 forget 外任一",
        "cost": "客户数 | " + " | ".join(PHASES) + " | 合计",
        "gain": "客户数 | 现状，毫秒/周 | 试验，毫秒/周 | 节省",
        "titles": ("一周内有事件的客户占比", "每位客户每周各阶段的纳秒数",
                   "整周用时：talk 与 lapse 只为活跃客户取随机数"),
    },
}  # fmt: skip


def main() -> None:
    """Measure and write the tables."""
    ns = nanoseconds()
    rows: dict[str, list[list[str]]] = {"share": [], "cost": [], "gain": []}
    for customers, weeks in SIZES.items():
        past = start(configured(MARKET, customers, weeks), 1)
        found = Shares(past.branch()).found
        cost, (plain, sparse) = costs(past, ns), gains(past)
        name = f"{customers:,}"
        rows["share"].append([name, *(f"{100 * found[kind]:.1f} %" for kind in KINDS)])
        rows["cost"].append([name, *(f"{one:.1f}" for one in [*cost, sum(cost)])])
        gain = f"{100 * (1 - sparse / plain):+.1f} %"
        rows["gain"].append([name, f"{plain:.2f}", f"{sparse:.2f}", gain])
        print(name, rows["share"][-1], rows["cost"][-1], rows["gain"][-1], flush=True)
    for language, texts in TEXTS.items():
        out = []
        for title, kind in zip(texts["titles"], rows, strict=True):
            heads = texts[kind].split(" | ")
            out += [f"**{title}**", "", f"| {texts[kind]} |", "|" + "--:|" * len(heads)]
            out += [f"| {' | '.join(row)} |" for row in rows[kind]] + [""]
        (GENERATED / f"events.{language}.md").write_text("\n".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
