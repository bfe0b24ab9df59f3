"""Random draws: the same bits plain, compiled and column-wise; draws of people are independent."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim import draws
from sim.market.population import Population, draw_people, person_keys
from sim.market.segments import Segment
from sim.rules.attention import Attention
from sim.rules.choice import Choice
from sim.rules.credit import Credit
from sim.rules.loyalty import Loyalty
from sim.rules.pricing import Price
from sim.rules.shelf import Shelf


@njit
def _compiled(seed, idents, decision, week, firm, item, out_word, out_uniform, out_pick):
    stream = draws.stream_key(decision, week, firm, item)
    for i in range(len(idents)):
        bits = draws.word(draws.person_key(seed, idents[i]), stream)
        out_word[i] = bits
        out_uniform[i] = draws.uniform(bits)
        out_pick[i] = draws.pick(bits, draws.u64(7))


def test_plain_compiled_and_columns_give_the_same_bits():
    idents = np.arange(500, dtype=np.uint64) * np.uint64(2**33 + 12345)
    for seed, week, firm, item in [
        (0, 0, 0, 0),
        (1, 51, 3, 9),
        (2**63 - 1, 65535, 60000, 2**24 - 1),
    ]:
        word, unit, picked = np.empty(500, np.uint64), np.empty(500), np.empty(500, np.uint64)
        _compiled(np.uint64(seed), idents, draws.TALK, week, firm, item, word, unit, picked)
        stream = draws.stream_key(draws.TALK, week, firm, item)
        plain = [draws.word(draws.person_key(seed, int(i)), stream) for i in idents]
        assert plain == word.tolist()
        assert [draws.uniform(w) for w in plain] == unit.tolist()
        assert [draws.pick(w, 7) for w in plain] == picked.tolist()
        column = draws.word(draws.person_key(seed, idents), stream)
        assert column.tolist() == plain
        assert draws.uniform_column(column).tolist() == unit.tolist()


def test_uniforms_never_reach_their_ends():
    assert 0.0 < draws.uniform(0) < 1e-15
    assert 1.0 - 1e-15 < draws.uniform(2**64 - 1) < 1.0


def test_thresholds():
    assert draws.threshold(0.0) == draws.threshold(-1.0) == 0
    assert draws.threshold(0.5) == 2**31
    assert draws.threshold(1.0) == draws.threshold(2.0) == 2**32 - 1
    compiled = njit(lambda p: draws.threshold(p))
    for p in (0.0, 1e-12, 0.1, 0.999999, 1.0):
        assert compiled(p) == draws.threshold(p)


def test_streams_of_different_purposes_differ():
    keys = {
        draws.stream_key(d, w, f, k)
        for d in range(1, 48)
        for w in range(8)
        for f in range(5)
        for k in range(8)
    }
    assert len(keys) == 47 * 8 * 5 * 8


def test_decisions_have_distinct_numbers():
    names = [n for n in vars(draws) if n.isupper() and n not in
             {"MASK", "GOLDEN", "MIX_1", "MIX_2", "SALT"}]  # fmt: skip
    numbers = [getattr(draws, n) for n in names]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < n < 256 for n in numbers)


def _people(seed, customers):
    return draw_people(
        seed, Population(customers=customers), [Segment(id=1)],
        Choice(rate_mean=0.1, rate_shape=0.8), Price(), Attention(), Credit(), Loyalty(), Shelf(),
    )  # fmt: skip


def test_one_customer_more_changes_nobody_elses_draws():
    few, more = _people(3, 1000), _people(3, 1001)
    assert np.array_equal(person_keys(3, few.ident), person_keys(3, more.ident)[:1000])
    for name, column in vars(few).items():
        assert np.array_equal(column, getattr(more, name)[:1000]), name


def test_buying_rates_are_gamma():
    from scipy import stats

    rate = _people(1, 20_000).rate
    assert stats.kstest(rate, stats.gamma(0.8, scale=0.1 / 0.8).cdf).pvalue > 0.001


def test_uniforms_are_uniform_and_uncorrelated():
    from scipy import stats

    ids = np.arange(100_000, dtype=np.uint64)
    columns = [
        draws.uniform_column(draws.word(draws.person_key(seed, ids), draws.stream_key(d, w, f, 0)))
        for seed, d, w, f in [(1, 3, 5, 1), (2, 3, 5, 1), (1, 4, 5, 1), (1, 3, 6, 1), (1, 3, 5, 2)]
    ]
    for u in columns:
        assert stats.kstest(u, "uniform").pvalue > 1e-4
    for u in columns[1:]:
        assert abs(np.corrcoef(columns[0], u)[0, 1]) < 4.5 / np.sqrt(len(ids))
    assert abs(np.corrcoef(columns[0][1:], columns[0][:-1])[0, 1]) < 4.5 / np.sqrt(len(ids))
