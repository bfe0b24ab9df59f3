"""Every sentence of an answer is printed where what it says is so, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.config.schema import Config
from sim.experiments.compare import Comparison
from sim.experiments.uncertainty import Moved, Uncertainty
from sim.ledger import accounts as acc
from sim.reporting.answer import answer, uncertainty_answer
from sim.reporting.comparison import tables, terms
from sim.reporting.terminal import make_console, show
from sim.reporting.words import Words
from sim.runs.jobs import HORIZONS
from sim.runs.record import ArmResult

EN, ZH = Words("en"), Words("zh")
REVENUE = 1000.0
"""Revenue a week, money."""


def _arm(profit: list[np.ndarray], stopped: float = 0.0, spend: float = 0.0) -> list[ArmResult]:
    """Results of an arm from the profit of its first firm, week by week, one array a replicate."""
    out = []
    for path in profit:
        accounts = np.zeros((len(path), 3, len(acc.ACCOUNTS)), np.int64)
        accounts[:, :2, acc.REVENUE] = round(100 * REVENUE)
        accounts[:, :2, acc.SPEND] = round(100 * spend)
        accounts[:, 0, acc.PAYROLL] = np.round(100 * (REVENUE - spend - path))
        accounts[:, 0, acc.CASH] = np.round(100 * path.cumsum())
        horizons = sum(52 * year <= len(path) for year in HORIZONS)
        runoff = np.full((horizons, 1), round(100 * (path.sum() + stopped)), np.int64)
        out.append(ArmResult(accounts, np.zeros((2, 3)), np.zeros((len(path), 2, 1, 1)), runoff))
    return out


def _flat(mean: float, noise: float = 1.0, weeks: int = 52) -> list[np.ndarray]:
    """Ten replicates of a constant profit; their means differ a little."""
    return [np.full(weeks, mean + noise * (n - 4.5) / 4.5) for n in range(10)]


def _comparison(default, *arms: list[ArmResult], smallest: float = 100.0, **more) -> Comparison:
    weeks = len(arms[0][0].accounts)
    config = replace(default, weeks=weeks, smallest_effect=0.01 if smallest else 0.0)
    names = tuple("ABCD"[: len(arms)])
    return Comparison(
        config, names, ("alder",), ("alder", "birch"), tuple(range(1, 11)),
        tuple(map(tuple, arms)), (10,), 4, "settled", {"alder": smallest}, **more,
    )  # fmt: skip


def _said(default, *arms, **more) -> str:
    return "\n".join(answer(_comparison(default, *arms, **more), EN))


def test_a_clear_difference_is_said_with_both_numbers(default):
    said = _said(default, _arm(_flat(10)), _arm(_flat(30, noise=1.2)))
    assert said.startswith("Alder earns more with B than with A: 1,040 more profit over 1 year")
    assert "In this assumed market B earned more than A in 10 of 10 paired runs" in said
    assert "1,040, exceeds 100.00, 1 % of the revenue with A, the least we call relevant" in said
    assert "B is ahead in profit to date from week 1 to the end." in said
    assert "chance" not in said, "a chance is given only where the parameters are uncertain"
    chinese = "\n".join(answer(_comparison(default, _arm(_flat(10)), _arm(_flat(30, 1.2))), ZH))
    assert "桤木采用“B”比“A”赚得更多：1 年利润分别为 1,560和 520.00" in chinese
    assert "10 组配对模拟中“B”有 10 组利润高于“A”" in chinese
    assert "超过 100.00（“A”收入的 1%，即“值得在意”的门槛）" in chinese


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        (-20, -10, "Alder loses less with B than with A"),
        (-10, 20, "Alder earns money with B and loses money with A"),
        (20, 21, "Alder earns practically the same with B and with A"),
        (20, 20, "Alder earns exactly the same with A and with B"),
    ],
)
def test_the_verdict_fits_the_signs(default, a, b, said):
    noise = 1.0 if a != b else 0.0
    assert said in _said(default, _arm(_flat(a, noise)), _arm(_flat(b, noise * 1.1)))


def test_what_is_open_is_called_open(default):
    paths = _flat(20, noise=3.0)
    said = _said(default, _arm(paths), _arm(paths[::-1]))
    assert "It is not clear whether Alder earns more" in said
    assert "10 runs do not settle it" in said
    assert "replicates=20" in said
    for never in (
        "earns more with B than",
        "exceeds",
        "other way round",
        "rule out luck",
    ):
        assert never not in said


def test_a_difference_that_may_be_too_small_is_not_called_settled(default):
    said = _said(default, _arm(_flat(10)), _arm(_flat(30, noise=5.0)), smallest=1000.0)
    assert "Alder earns more with B than with A" in said
    assert "may be larger or smaller than 1,000, 1 % of the revenue with A" in said


def _path(*spells: tuple[int, float]) -> list[np.ndarray]:
    """Ten replicates of a profit that is constant by spell: (weeks, profit a week)."""
    path = np.concatenate([np.full(weeks, value) for weeks, value in spells])
    return [path + 0.01 * n for n in range(10)]


def test_first_and_last_year_are_told_where_they_contradict_the_whole(default):
    flat = _arm(_flat(20, 0.01, weeks=156))
    late = _said(default, flat, _arm(_path((52, 10), (104, 40))))
    assert "In the first year alone it is the other way round: A earns 5" in late
    assert "In the last year alone" not in late
    early = _said(default, flat, _arm(_path((104, 40), (52, 10))))
    assert "In the last year alone it is the other way round: A earns 5" in early
    assert "In the first year alone" not in early
    assert "A in weeks 1 to " in late
    assert "At worst B is 5" in late
    assert (
        "ahead from week" not in _said(default, flat, _arm(_path((156, 40)))).split("to the end")[1]
    )


def test_run_off_is_told_where_it_turns_the_answer(default):
    ahead = _arm(_flat(30, 1.1), stopped=0.0)
    turned = _said(default, _arm(_flat(20), stopped=5000.0), ahead)
    assert "Alder has stopped spending and dismissed its sales people while rivals go on" in turned
    assert "the other way round: A is 4,480 ahead" in turned
    level = _said(default, _arm(_flat(20), stopped=500.0), ahead)
    assert "the two are about level: B is 20.00 ahead, less than 100.00" in level
    assert "Counting two more years" not in _said(default, _arm(_flat(20)), ahead)


def test_contrasts_answer_what_was_asked(default):
    arms = [_arm(_flat(mean, 1 + mean / 100)) for mean in (10, 20, 40, 30)]
    asked = _said(default, *arms, contrasts=(("A", "B"), ("C", "D")))
    assert "with B than with A" in asked
    assert "with C than with D" in asked
    assert "Of all 4 arms C earns most" in asked
    unasked = _said(default, *arms)
    assert "with C than with D" in unasked
    assert "with B than with A" not in unasked
    assert "Of all" not in unasked


def test_arms_that_are_not_settled_against_the_best_are_named(default):
    unclear = [path + shift for path, shift in zip(_flat(39, 0.1), range(-5, 5), strict=True)]
    said = _said(
        default, _arm(_flat(10)), _arm(_flat(40, 0.1)), _arm(_flat(50, 0.2)), _arm(unclear)
    )
    assert "Not settled: whether" not in said
    said = _said(default, _arm(_flat(41, 0.1)), _arm(_flat(40, 0.1)), _arm(_flat(30, 0.2)),
                 _arm([p - 0.2 for p in unclear]), smallest=60.0)  # fmt: skip
    assert "Not settled: whether D differ" in said


def test_any_number_of_equal_arms(default):
    same = _arm(_flat(10))
    assert "exactly the same in all 3 arms: 520.00 over 1 year" in _said(default, same, same, same)


def test_unequal_amounts_are_told(default):
    assert "spend different amounts" not in _said(default, _arm(_flat(10)), _arm(_flat(30)))
    said = _said(default, _arm(_flat(10)), _arm(_flat(30), spend=5.0))
    assert said.startswith(
        "Not like with like, the arms spend different amounts for Alder: A 0.00,"
    )
    both = _said(default, _arm(_flat(10), spend=5.0), _arm(_flat(30, 1.1), spend=5.0))
    assert "All arms spend the same: 260.00." in both


def test_without_a_rule_or_revenue_the_reason_is_said(default):
    arms = _arm(_flat(10)), _arm(_flat(30, 1.1))
    assert "without a rule to stop earlier (smallest_effect=0)" in _said(
        default, *arms, smallest=0.0
    )
    found = replace(_comparison(default, *arms), smallest_effect={"alder": 0.0})
    assert "Without revenue of Alder under A" in answer(found, EN)[-1]


def _uncertain(ahead: int, moved: tuple[Moved, ...] = ()) -> Uncertainty:
    """Forty settings of one parameter; B is ahead in so many of them."""
    gap = np.where(np.arange(40) < ahead, 100.0, -50.0)[:, None] + np.array([0.0, 1.0])
    values = np.stack([np.zeros_like(gap), gap])
    settings = np.linspace(2.0, 1.0, 40)[:, None]
    return Uncertainty(
        ("A", "B"), "alder", "profit", ("talk.rate",), settings, values, Config(), moved
    )


def test_a_chance_is_that_of_the_arm_it_names():
    b = uncertainty_answer(_uncertain(36), EN)[0]
    assert "earns more with B than with A with a chance of 90 %" in b
    a = uncertainty_answer(_uncertain(4), EN)[0]
    assert "earns more with A than with B with a chance of 90 %" in a
    assert "In the middle case A earns 49.50 more" in a
    assert "it is not clear whether" in uncertainty_answer(_uncertain(21), EN)[0]


def test_what_moves_the_answer_is_judged_from_enough_draws():
    few = _uncertain(36)
    few = replace(few, settings=few.settings[:7], values=few.values[:, :7])
    assert few.drivers == []
    assert uncertainty_answer(few, EN)[-1].startswith("Which numbers move the answer takes 8 draws")
    random = np.random.default_rng(1).permutation(_uncertain(20).settings)
    none = replace(_uncertain(20), settings=random)
    assert none.drivers == []
    assert uncertainty_answer(none, EN)[-1].startswith("No single number moves the answer")


def test_what_moves_the_answer_is_said_with_the_value_at_which_it_turns():
    values = np.array([1.0, 2.0, 3.0])
    turns = Moved("talk.rate", "Chance per week.", 2.0, values, np.array([[-2.0], [1.0], [3.0]]))
    assert turns.turn == pytest.approx(5 / 3)
    said = uncertainty_answer(_uncertain(36, (turns,)), EN)[2]
    assert "Chance per week, assumed 2. Above about 1.7 B earns more, below it A" in said
    falls = replace(turns, gap=-turns.gap)
    assert (
        "Above about 1.7 A earns more, below it B"
        in uncertainty_answer(_uncertain(36, (falls,)), EN)[2]
    )
    never = replace(turns, gap=turns.gap + 5.0)
    assert (
        "but not the answer: Chance per week, assumed 2. B earns more from 1 to 3"
        in uncertainty_answer(_uncertain(36, (never,)), EN)[2]
    )
    with pytest.raises(ValueError, match="does not turn"):
        _ = never.leads_above


def test_tables_are_short_and_their_terms_are_those_that_stand_in_them(default, capsys):
    found = _comparison(default, _arm(_flat(10)), _arm(_flat(30, 1.1)))
    for every in (False, True):
        show(make_console(), *tables(found, EN, every=every))
        shown, said = capsys.readouterr().out, terms(found, EN, every=every)
        assert ("noise reduction" in shown) == ("noise reduction" in said) == every
        assert ("1 y + 2 y stopped" in shown) == ("1 y + 2 y stopped: profit of 1 year and" in said)
    short = _comparison(default, *(_arm(_flat(n, weeks=8)) for n in (10, 30)))
    show(make_console(), *tables(short, EN, every=False))
    assert "stopped" not in capsys.readouterr().out + terms(short, EN, every=False)
