"""Titles of figures state what the data say, and panels without data are not drawn."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import sim
from sim.experiments.compare import Comparison
from sim.experiments.uncertainty import Uncertainty
from sim.kpis import over
from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger, WeekCounts, WeekRecord
from sim.outcomes.run import Run
from sim.reporting import level
from sim.reporting import run as sentences
from sim.reporting.figures import customers, findings, organisation, style
from sim.reporting.figures.comparison import arms_figure, compare_figure, uncertainty_figure
from sim.reporting.figures.customers import customers_figure
from sim.reporting.figures.organisation import OF_FUNCTION, _is_disputed, organisation_figure
from sim.reporting.figures.run import run_figure
from sim.reporting.figures.sales import sales_figure
from sim.reporting.words import Words
from sim.runs.record import ArmResult
from tests.conftest import keep_firms

EN, ZH = Words("en").in_currency("$"), Words("zh").in_currency("$")
FIRMS = ("alder", "birch", "cedar")


def _run(weeks=60, firms=3, sources=((3, 40), (4, 60)), **accounts):
    """A run whose ledger holds the given accounts, each an array [week, firm or firm + market].

    Args:
        sources: new customers of the first firm by last touch, in the first week.
    """
    config = keep_firms(sim.load_config("population.customers=1000"), firms)
    config.population.people = config.population.customers  # each stands for one
    names = tuple(config.firms)
    ledger = Ledger(names, tuple(config.activities))
    for week in range(weeks):
        counts = WeekCounts.empty(firms, len(config.activities), 1, 1, 0)
        for name, values in accounts.items():
            row = np.atleast_1d(values[week])
            counts.accounts[: len(row), getattr(acc, name)] = row
        cells = [(0, 1, s, 0, acc.BY_ACQUIRED, n) for s, n in sources] if week == 0 else []
        ledger.append(WeekRecord(
            counts.accounts, counts.contacts, counts.clicks, counts.contacts.copy(),
            counts.touched, counts.surveyed, np.array(cells, np.int64).reshape(-1, 6),
            np.zeros((0, 4), np.int64),
        ))  # fmt: skip
    return Run(config, 1, "", dt.date(2026, 1, 5), names, ledger)


def _texts(figure):
    shown = [t.get_text() for t in figure.findobj(Text) if t.get_visible()]
    return [text for text in shown if text.strip()]


def _title(figure):
    return figure.texts[0].get_text()


def _panels(figure):
    return [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]


def _flat(*values, weeks=60):
    return np.tile(np.array(values, np.int64), (weeks, 1))


# Findings


def test_who_is_ahead_and_since_when():
    weeks = np.arange(80.0)
    rising, flat = weeks, np.full(80, 40.5)
    found = findings.lead(np.column_stack([rising, flat]))
    assert (found.first, found.second, found.row, found.before) == (0, 1, 41, 1)
    assert not found.is_level
    swapped = findings.lead(np.column_stack([flat, rising]))
    assert (swapped.first, swapped.before) == (1, 0)


def test_nobody_is_ahead_by_a_hair_or_alone():
    level = findings.lead(np.column_stack([np.full(9, 100.0), np.full(9, 99.0)]))
    assert level.is_level
    assert findings.lead(np.full((9, 1), 5.0)) is None
    assert findings.lead(np.column_stack([np.full(9, 1.0), np.full(9, np.nan)])) is None


def test_a_change_of_the_lead_at_either_end_is_noise():
    for week in (3, 77):
        other = np.where(np.arange(80) < week, 2.0, 0.5)
        found = findings.lead(np.column_stack([np.ones(80), other]))
        assert found.before is None, week


def test_a_title_says_who_overtook_whom_and_when():
    weeks = np.arange(80.0)
    values = np.column_stack([weeks / 100, np.full(80, 0.405)])
    title = findings.about_lines("awareness", values, ["Alder", "Birch"], 0, EN)
    assert title == "Awareness: Alder overtakes Birch in week 42"
    later = findings.about_lines("awareness", values[::-1], ["Alder", "Birch"], 0, EN)
    assert later == "Awareness: Birch overtakes Alder in week 40"
    alone = findings.about_lines("awareness", values[:, :1], ["Alder"], 0, EN)
    assert alone == "Awareness: from 0 % to 79 %"


def test_quarterly_values_are_points_at_their_weeks():
    values = np.full((52, 2), np.nan)
    values[12::13] = [[0.5, 0.2], [0.5, 0.3], [0.5, 0.6], [0.5, 0.7]]
    assert style.is_sparse(values)
    assert not style.is_sparse(np.ones((52, 2)))
    title = findings.about_lines("repeat_rate", values, ["Alder", "Birch"], 0, EN)
    assert title == "Repeat rate: Birch overtakes Alder in week 39"


def test_shares_within_a_point_and_values_within_two_per_cent_are_level():
    assert level.is_level(0.305, 0.297, share=True)
    assert not level.is_level(0.305, 0.29, share=True)
    assert not level.is_level(0.03, 0.02)
    assert level.is_level(1000.0, 981.0)
    assert not level.is_level(1000.0, 979.0)
    assert level.leaders(np.array([0.1, 0.45, 0.445])) == [1, 2]
    assert level.leaders(np.array([0.5, 0.3, np.nan])) == [0]


def test_a_lead_smaller_than_the_usual_change_is_none():
    swing = 0.04 * np.where(np.arange(9) % 2, 1.0, -1.0)
    noisy = np.column_stack([0.5 + swing, np.full(9, 0.5), np.full(9, 0.4)])[1:]
    noisy[-1, 0] = 0.54
    title = findings.about_lines("repeat_rate", noisy, ["Alder", "Birch", "Cedar"], 2, EN)
    assert title == "Repeat rate: Alder and Birch about the same; Cedar 40 %"
    assert findings.noise(np.arange(20.0)) == 0.0, "a trend is no noise"


def test_only_the_firm_in_focus_is_said_to_overtake():
    weeks = np.arange(80.0)
    values = np.column_stack([weeks / 100, np.full(80, 0.405), np.full(80, 0.1)])
    title = findings.about_lines("awareness", values, ["Alder", "Birch", "Cedar"], 2, EN)
    assert title == "Awareness: Alder leads with 79 %; Cedar 10 %"


# A run


def test_the_title_of_a_run_names_the_leader():
    ahead = _run(REVENUE=_flat(100, 500, 400))
    assert _title(run_figure(ahead, EN)) == (
        "Birch leads with 50 % of all revenue in the last year; Alder 10 %"
    )
    other = _run(REVENUE=_flat(600, 200, 200))
    assert _title(run_figure(other, EN)) == (
        "Alder leads with 60 % of all revenue in the last year"
    )
    level = _run(REVENUE=_flat(100, 450, 450), weeks=8)
    assert _title(run_figure(level, EN)) == (
        "Birch and Cedar lead with 45 % each of all revenue in 8 weeks; Alder 10 %"
    )
    assert "没有企业取得收入" in _title(run_figure(_run(), ZH))


def test_the_sentence_and_the_title_name_the_same_leaders():
    for revenue, few in (
        ((100, 452, 448), "Birch and Cedar lead"), ((100, 500, 400), "Birch leads"),
        ((300, 298, 296), "Alder, Birch and Cedar lead"),
    ):  # fmt: skip
        run = _run(REVENUE=_flat(*revenue))
        assert _title(run_figure(run, EN)).startswith(few)
        assert sentences.answer(run, EN)[0].startswith(few)


def test_a_rival_s_loss_is_told_where_the_firm_has_none():
    panels = _panels(run_figure(_run(REVENUE=_flat(500, 0, 0), SPEND=_flat(0, 1000, 0)), EN))
    assert "Profit to date: Birch has lost $600.00; Alder has earned $300.00" in panels


def test_a_single_firm_leads_nobody():
    title = _title(run_figure(_run(firms=1, REVENUE=_flat(200_00)), EN))
    assert title == "Alder: revenue $10 k, profit $10 k in the last year"


def test_profit_breaks_even_or_is_in_the_red():
    income = np.zeros((60, 3), np.int64)
    income[10:] = 2_000_00
    spend = np.zeros((60, 3), np.int64)
    spend[:10] = 5_000_00
    panels = _panels(run_figure(_run(REVENUE=income, SPEND=spend), EN))
    assert "Profit to date: Alder breaks even in week 35" in panels
    poor = _panels(run_figure(_run(REVENUE=income, SPEND=4 * spend), EN))
    assert "Profit to date: Alder has lost $100 k" in poor
    rich = _panels(run_figure(_run(REVENUE=income), EN))
    assert "Profit: Alder and Birch about the same" in rich


@pytest.mark.parametrize(
    ("last", "said"),
    [(150, "up 50 %"), (50, "down 50 %"), (101, "about as in the year before")],
)
def test_revenue_is_compared_with_the_year_before(last, said):
    money = np.repeat([100, last], 52)[:, None] * np.ones((1, 3), np.int64)
    panels = _panels(run_figure(_run(weeks=104, REVENUE=money), EN))
    assert panels[0] == f"Revenue: Alder {said}" + (" on the year before" if "%" in said else "")


def test_panels_without_data_are_not_drawn():
    assert len(run_figure(_run(REVENUE=_flat(1, 1, 1)), EN).axes) == 2
    nothing = _run(sources=())
    assert customers_figure(nothing, EN) is None
    assert sales_figure(nothing, EN) is None
    assert organisation_figure(nothing, EN) is None


def test_credit_that_one_function_takes_alone_is_no_panel():
    alone, shared = np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.2, 0.8, 0.0, 0.0])
    assert not _is_disputed({"by_touch": alone, "by_money": alone})
    assert _is_disputed({"by_touch": alone, "by_money": shared})
    assert not _is_disputed({"by_money": shared})


# Customers


def _occasions(considered, ordered, new=(0, 0, 0), **more):
    market = _flat(*considered, 100)
    market[:, :3] = 0
    orders = {"CONSIDERED": _flat(*considered), "ORDERS": _flat(*ordered), "ACQUIRED": _flat(*new)}
    return _run(OCCASIONS=market, **orders, **more)


def test_the_funnel_is_of_one_base_and_can_only_narrow():
    run = _occasions((40, 20, 10), (20, 10, 5), (5, 5, 5))
    stages = customers.occasions(run.window())
    assert np.allclose(stages, [[0.4, 0.2, 0.15], [0.2, 0.1, 0.05], [0.1, 0.05, 0.0]])
    figure = customers_figure(run, EN)
    assert _title(figure) == (
        "Alder comes to mind on 40 % of buying occasions and gets the order on 20 %"
    )
    shown = _texts(figure)
    for number in ("40 %", "20 %", "15 %"):
        assert number in shown


@pytest.mark.parametrize("market", ["brand", "industrial", "packaged", "subscription"])
def test_the_funnel_narrows_in_every_market(market):
    config = sim.load_config(f"market={market}", "population.customers=200", "weeks=20", "warmup=0")
    accounts = sim.simulate(config, seed=1).ledger.accounts()
    for weeks in (accounts, accounts[:1], accounts[5:9]):
        stages = customers.occasions(over(weeks, 13))
        known = stages[np.isfinite(stages).all(axis=1)]
        assert (known <= 1.0).all()
        assert (np.diff(known, axis=1) <= 0.0).all()


def test_last_touches_are_shown_with_numbers_and_small_ones_together():
    many = tuple((s, n) for s, n in enumerate((40, 20, 10, 10, 8, 5, 4, 3)))
    shown = _texts(customers_figure(_occasions((9, 9, 9), (3, 3, 3), sources=many), EN))
    assert "Alder: 40 % of new customers came by no contact" in shown
    assert "others" in shown
    assert "12 %" in shown
    shares, names = customers.largest(np.array([[1.0, 3.0], [0.0, 0.0]]), ["a", "b"], EN)
    assert names == ["b", "a"]
    assert np.allclose(shares[0], [0.75, 0.25])
    assert np.isnan(shares[1]).all()


def test_a_single_source_is_no_panel():
    one = customers_figure(_occasions((9, 9, 9), (3, 3, 3), sources=((3, 50),)), EN)
    two = customers_figure(_occasions((9, 9, 9), (3, 3, 3)), EN)
    assert len(two.axes) == len(one.axes) + 1


def test_shares_of_few_leads_are_not_told():
    def drawn(won):
        counts = {"LEADS": _flat(20), "WORKED": _flat(10), "LEADS_WON": np.full((60, 1), 0)}
        counts["LEADS_WON"][-1] = won
        return sales_figure(_run(**counts), EN)

    assert (
        _title(drawn(29)) == "Alder won 29 of 1.04 k leads in the last year (few simulated cases)"
    )
    assert "29 (few simulated cases)" in _texts(drawn(29))
    assert _title(drawn(30)) == "Alder won 30 of 1.04 k leads (2.9 %) in the last year"


def test_shares_of_few_orders_are_not_told():
    def figure(orders):
        last = np.zeros((60, 3), np.int64)
        last[-1] = orders
        market = _flat(0, 0, 0, 100)
        return customers_figure(_run(OCCASIONS=market, CONSIDERED=_flat(9, 9, 9), ORDERS=last), EN)

    assert _title(figure(29)) == "Alder got 29 orders in the last year (few simulated cases)"
    assert _panels(figure(29))[0] == "From coming to mind to the order"
    assert _title(figure(30)).startswith("Alder comes to mind on 9.0 % of buying occasions")


def test_friction_says_what_it_is_a_share_of():
    lost = {"LOST": _flat(10), "BLAMED_MARKET": _flat(8), "BLAMED_SALES": _flat(8)}
    figure = organisation_figure(_run(**lost), EN)
    assert _panels(figure) == ["80 % of lost leads are blamed on the other department"]
    assert "share of lost leads that one department blames on the other" in " ".join(
        _texts(figure)
    ).replace("\n", " ")


def test_a_peak_of_the_first_weeks_is_cut_off():
    money = np.full(60, 10.0)
    assert organisation._cut(money) is None
    money[:2] = 100.0
    assert np.isclose(organisation._cut(money), 11.0)


def test_small_cohorts_are_hidden_and_said():
    small = customers_figure(_occasions((9, 9, 9), (3, 3, 3), sources=((3, 29),)), EN)
    large = customers_figure(_occasions((9, 9, 9), (3, 3, 3), sources=((3, 30),)), EN)
    assert "Retention is hidden" in " ".join(_texts(small))
    assert any("keeps 100 % of new customers" in title for title in _panels(large))


def test_retention_follows_the_same_customers_as_long_as_all_can_be_followed():
    kept = np.array([[1.0, 0.5, 0.7], [1.0, 0.9, np.nan]])
    mean = customers.mean_retention(kept, np.array([300.0, 100.0]))
    assert np.allclose(mean, [1.0, 0.6, np.nan], equal_nan=True)


def _windows(people, orders):
    """Four equal windows: share of a thousand people who bought, and orders per buyer."""
    one = np.column_stack([np.array(people) / 1000, np.array(orders) / np.array(people)])
    return np.tile(one, (4, 1, 1))


def _jeopardy_title(windows):
    run = replace(_run(), firms=("alder", "birch", "cedar", "dogwood", "elm"))
    axes = Figure().add_subplot()
    with mpl.rc_context(style.style_of(EN)):
        customers._jeopardy(axes, style.Room(5, 2), run, windows, EN)
    return axes.get_title(loc="left")


def test_double_jeopardy_is_told_where_it_is_seen():
    people = [500, 400, 300, 200, 100]
    seen = _windows(people, [1000, 760, 540, 340, 150])
    assert _jeopardy_title(seen) == "Firms with fewer buyers are also bought less often"
    reverse = _windows(people, [600, 520, 420, 320, 200])
    assert _jeopardy_title(reverse) == "How many buy, and how often, by firm"
    assert customers._has_pattern(seen)
    assert not customers._has_pattern(seen[:3]), "too few windows"
    assert not customers._has_pattern(seen[:, :3]), "too few firms"


# A comparison


def _comparison(gaps, weeks=60, names=("ad_blitz", "community_building")):
    """A comparison of two arms with profit in dollars a week; ``gaps`` are the second arm's lead
    in each replicate."""
    config = keep_firms(sim.load_config("population.customers=1000"), 3)
    config.weeks = weeks

    def arm(profit):
        accounts = np.zeros((weeks, 4, len(acc.ACCOUNTS)), np.int64)
        accounts[:, :3, acc.REVENUE] = profit
        accounts[:, :3, acc.CASH] = accounts[:, :3, acc.REVENUE].cumsum(axis=0)
        sources = np.zeros((3, 3 + len(config.activities)), np.int64)
        return ArmResult(accounts, sources, np.zeros(0), np.full((1, 1), 100, np.int64))

    runs = (tuple(arm(100_000) for _ in gaps), tuple(arm(100_000 + 100 * gap) for gap in gaps))
    return Comparison(config, names, ("alder",), FIRMS, tuple(range(len(gaps))), runs,
                      (len(gaps),), 1, "cap")  # fmt: skip


@pytest.mark.parametrize(
    ("gaps", "title", "panel"),
    [
        ((90, 100, 110), "Alder, 60 weeks: Community building earns $6,000 more than Ad blitz",
         "Community building is ahead of Ad blitz from the start"),
        ((-90, -100, -110), "Alder, 60 weeks: Ad blitz earns $6,000 more than Community"
         " building", "Ad blitz is ahead of Community building from the start"),
        ((-900, 100, 1100), "Alder, 60 weeks: whether Community building or Ad blitz earns more is"
         " not known yet", "Whether Community building or Ad blitz is ahead is not certain"),
        ((0, 0, 0), "Alder, 60 weeks: Ad blitz and Community building earn exactly the same, $60 k",
         "The arms never differ"),
    ],
)  # fmt: skip
def test_the_title_of_a_comparison_is_the_answer(gaps, title, panel):
    figure = compare_figure(_comparison(gaps), "alder", EN)
    assert _title(figure).replace("\n", " ") == title
    assert _panels(figure)[0] == panel


def _horizon_title(after_one_year, with_runoff, least=0.0):
    """Title of the panel on horizons; profit of the second arm less that of the first."""
    found = replace(_comparison(after_one_year), smallest_effect={"alder": least})
    runs = tuple(
        tuple(replace(one, runoff=np.array([[100_000 + 100 * (gap if n else 0)]]))
              for one, gap in zip(arm, with_runoff, strict=True))
        for n, arm in enumerate(found.runs)
    )  # fmt: skip
    return _panels(arms_figure(replace(found, runs=runs), "alder", EN))[0]


def test_run_off_changes_the_order_only_where_that_is_certain():
    sure, unsure = (90, 100, 110), (-900, 100, 1100)
    ahead = "After 1 year Community building is ahead of Ad blitz"
    assert _horizon_title(sure, sure) == f"{ahead}, and still 2 years after stopping"
    turned = [-gap for gap in sure]
    assert _horizon_title(sure, turned) == f"{ahead}; 2 years after stopping Ad blitz is"
    level = f"{ahead}; 2 years after stopping they are about level"
    assert _horizon_title(sure, [-gap for gap in unsure]) == level
    assert _horizon_title(sure, turned, least=101.0) == level
    assert "not certain" in _horizon_title(unsure, sure)
    assert "about the same" in _horizon_title(sure, sure, least=10_000.0)


def _with_customers(found, *levels):
    """A comparison whose arms have these active customers, each [week, firm] or one number."""
    accounts = [[replace(one, accounts=one.accounts.copy()) for one in arm] for arm in found.runs]
    for arm, customers_of in zip(accounts, levels, strict=True):
        for n, one in enumerate(arm):
            one.accounts[:, :3, acc.ACTIVE] = np.asarray(customers_of) + n
    return replace(found, runs=tuple(tuple(arm) for arm in accounts))


def test_a_small_panel_says_the_period_or_since_when():
    found = _comparison((90, 100, 110), weeks=104)

    def title(first, second):
        panels = _panels(compare_figure(_with_customers(found, first, second), "alder", EN))
        return next(panel for panel in panels if panel.startswith("Active"))

    assert title(1000, 2000) == (
        "Active customers, last year: Community building 2 k, Ad blitz 1 k"
    )
    assert (
        title(1010, 1000)
        == "Active customers, last year: about the same, Community building 1 k, Ad blitz 1.01 k"
    )
    found = _comparison((90, 100, 110), weeks=52)
    assert title(1000, 2000).startswith("Active customers, last year: ")
    found = _comparison((90, 100, 110), weeks=20)
    assert title(1000, 2000).startswith("Active customers, 20 weeks: ")
    found = _comparison((90, 100, 110), weeks=104)
    rising = np.linspace(0, 2000, 104)[:, None] * np.ones(3)
    crossed = title(1000, rising)
    assert crossed == "Active customers: Ad blitz until week 52, then Community building"


def test_a_small_loss_of_a_rival_is_no_title():
    found = _comparison((90, 100, 110))

    def title(rival):
        levels = _with_customers(found, [1000, 1000, 1000], [1000, rival, 1000])
        return _panels(arms_figure(levels, "alder", EN))[-1]

    assert title(900).startswith("Birch loses most: 100 customers fewer under Community building")
    assert title(990).startswith("No rival clearly loses")


def test_titles_are_about_the_last_pair_that_was_asked_about():
    two = _comparison((90, 100, 110))
    more = tuple(replace(one, accounts=one.accounts + 1000) for one in two.runs[1])
    asked = replace(two, arms=("a", "b", "c"), runs=(*two.runs, more), contrasts=(("a", "b"),))
    figure = compare_figure(asked, "alder", EN)
    assert _panels(figure)[0] == "b is ahead of a from the start"
    assert "Titles of small panels compare b with a." in " ".join(_texts(figure)).replace("\n", " ")
    assert _title(arms_figure(asked, "alder", EN)) == _title(figure)


def test_the_range_over_the_seeds_is_told_by_its_size():
    def about(spread, gaps):
        values = np.zeros((2, 4, 2))
        values[1] = np.array(gaps)[:, None] + [0.0, spread]
        setting = np.arange(4.0)[:, None]
        found = Uncertainty(("a", "b"), "alder", "profit", ("talk.rate",), setting, values,
                            sim.load_config())  # fmt: skip
        return uncertainty_figure(found, EN)

    wide, narrow = about(50.0, (-100, 1, 2, 3)), about(0.1, (-100, 1, 2, 3))
    assert _title(wide) == "Alder: b earns more than a in 3 of 4 settings"
    assert wide.texts[1].get_text().endswith("line: range over the seeds")
    assert narrow.texts[1].get_text().endswith("the range over the seeds is smaller than a point")
    assert wide.axes[0].get_xlabel() == "4 settings of the assumed numbers, sorted"


def test_arms_have_their_names_and_no_firm_s_colour():
    assert not set(style.FIRM_COLOURS) & set(style.COLOURS)
    assert set(OF_FUNCTION.values()) <= set(style.COLOURS)
    shown = " ".join(_texts(compare_figure(_comparison((1, 2, 3)), "alder", EN)))
    assert "ad_blitz" not in shown
    assert "alder" not in shown


def test_figures_in_chinese_have_no_english_words():
    run = _occasions((40, 20, 10), (20, 10, 5), (5, 5, 5), REVENUE=_flat(1000, 500, 300))
    drawn = [run_figure(run, ZH), customers_figure(run, ZH)]
    found = _comparison((90, 100, 110))
    drawn += [compare_figure(found, "alder", ZH), arms_figure(found, "alder", ZH)]
    for figure in drawn:
        for text in _texts(figure):
            assert not re.search(r"[A-Za-z]{2,}", text.replace("KPI", "")), text


# Type


def test_lines_break_between_words_and_never_within_a_number():
    assert style.wrapped("aaa bbb ccc", 0.6, 9.0, EN) == ["aaa bbb", "ccc"]
    for words in (EN, ZH):
        for room in np.arange(0.3, 3.0, 0.1):
            lines = style.wrapped("利润：社群经营 3.2 万美元，广告 25%", float(room), 9.0, words)
            assert all(line[0] not in style.NO_BREAK for line in lines)
            assert any("3.2 万美元" in line for line in lines)
            assert any("25%" in line for line in lines)


def test_shares_are_whole_or_have_one_decimal():
    shown = [style.percent(v, EN) for v in (0.0, 0.004, 0.0995, 0.1, 0.5, 1.0, float("nan"))]
    assert shown == ["0 %", "0.4 %", "10 %", "10 %", "50 %", "100 %", "-"]
    assert [style.percent(v, EN) for v in (0.0003, -0.0003, 0.02)] == ["0 %", "0 %", "2.0 %"]
    assert style.percent(0.34, ZH) == "34%"


def test_numbers_of_one_table_have_one_unit_and_equally_many_decimals():
    values = np.array([[28e6, 9.7e6], [8.98e6, np.nan]])
    texts = style.alike(values, EN)
    assert [texts(v) for v in (28e6, 9.7e6, 8.98e6)] == ["28.0 M", "9.7 M", "9.0 M"]
    assert style.alike(np.array([5.0, 1.25]), EN)(5.0) == "5.00"


def test_a_name_moved_from_the_end_of_its_line_has_a_line_to_it():
    def leaders_of(*heights):
        axes = Figure().add_subplot()
        axes.set_ylim(0, 1)
        style.label_ends(axes, [("a", h, "black") for h in heights], style.Room(3, 2))
        return sum(t.arrow_patch is not None for t in axes.texts)

    assert leaders_of(0.2, 0.8) == 0
    assert leaders_of(0.5, 0.5) >= 1
