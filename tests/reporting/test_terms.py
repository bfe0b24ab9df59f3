"""``gtm explain TERM``: every term of tables, sentences and figures, in either language."""

from __future__ import annotations

import pytest

from sim import files
from sim.cli.app import main
from sim.cli.choices import keys
from sim.config.compose import load_config
from sim.kpis import KPIS
from sim.reporting import explain, terms
from sim.reporting.words import Words, languages
from tests.chinese import english_words

HEADINGS = """
arm, profit, chance best, expected regret, mean of worst tenth, variance ratio, with run-off, KPI,
period, B - A, 95 % interval, B better, target, published, at declared values, mean over settings,
spread, verdict, inside, near, outside, wrong sign, undecided, coverage, contain the true
difference, stopped before the maximum, claim, effect, smallest effect of interest, left without
the mechanism, the mechanism carries it, rival theory, holds, fails, region, reversed, firm, not
due yet, overdue, leads, accepted, followed up, qualified, opportunities, won, aware, considered,
bought, bought again, word of mouth, search, double jeopardy, orders per buyer, four-week mean,
KPI weights, internal friction, last touch, clicks, money spent, function, paired runs, common
random numbers, interim looks, seed noise, rank correlation, setting, scenario, question, last
verdicts, new customers per week, media outlets, switching cost, price of prospecting, hunter,
farmer, observed, simulated, forecast, BG/NBD, cohort, repeat orders, profit to date, funnel,
phase, seed, middle 90 %
""".replace("\n", " ")
CHINESE = """
方案，利润，最优概率，选它平均少赚多少，最差 10% 情形，配对降噪倍数，停投后的后续收益，指标，
时期，95% 区间，事实，已发表范围，设定值，各组取值的均值，判定，符合，接近，不符，方向相反，
尚无定论，覆盖率，包含真实差异，提前停止，论断，效应，值得在意的最小差异，去掉该机制后还剩，
是否由该机制传导，对立理论，成立，不成立，成立范围，企业，未到期，逾期，线索，有效线索，已跟进，
确认有需求，商机，赢单，知晓，考虑，购买，复购，口碑，客户自己搜寻，双重危机，每位购买者订单数，
一个统计期内的购买者占比，四周均值，内部摩擦，末次触点，点击量，支出，职能，配对模拟，
共同随机数，期中检视，随机波动，哪些假设最影响结果，情景，问题，最近判定，媒体数量，转换成本，
获客触达价格，狩猎型，农耕型，实际，模拟，预测，客群，累计利润，漏斗，阶段，种子，中间 90%，
余效，期望后悔值，方差比
""".replace("\n", "")
NAMES = {"KPI", "CSV", "Excel", "Fader", "Hardie", "Lee", "cdnow", "reference", "columnar", "off",
         "talk", "replicates", "uncertainty", "BG", "NBD", "Dask", "PRIM", "PAWN", "delta", "Sobol",
         "Saltelli", "Morris", "Campolongo", "McKay", "Beckman", "Conover", "Pianosi", "Wagener",
         "Friedman", "Fisher", "Bryant", "Lempert", "Borgonovo"}  # fmt: skip


def _by_name() -> dict[str, set[str]]:
    """The KPI, or an empty string, that each name of a term leads to."""
    found: dict[str, set[str]] = {}
    for term in terms.terms():
        for name in term.spellings:
            found.setdefault(terms.bare(name), set()).add(term.kpi)
    return found


def test_every_heading_of_a_table_is_explained():
    known = _by_name()
    for heading in (*HEADINGS.split(","), *CHINESE.split("，")):
        name = terms.bare(heading)
        assert not name or {name, name.removesuffix("s")} & set(known), heading


def test_every_kpi_is_explained_by_its_name_and_its_label_in_either_language():
    known = _by_name()
    for kpi in KPIS.values():
        for name in (kpi.name, *kpi.label.values()):
            assert kpi.name in known[terms.bare(name)], name


@pytest.mark.parametrize(
    "name",
    ["run-off", "Run off", "RUN_OFF", "runoff", "余效", "1 y + 2 y stopped", "3 年＋停投后 2 年"],
)
def test_case_spaces_and_hyphens_do_not_matter(name):
    assert [term.names["en"] for term in terms.find(name)] == ["run-off"]


def test_a_term_is_complete_and_its_names_lead_to_nothing_else(default):
    tables = explain.sheets(default)
    known = {*keys(), *explain.names(tables)}
    verbs = {*Words("en").verbs(), terms.DOCUMENTS}
    owner: dict[str, str] = {}
    for term in terms.terms():
        english = term.names["en"]
        assert set(term.names) == set(languages()), english
        assert term.kpi or set(term.says) == set(languages()), english
        assert term.seen, english
        assert set(term.seen) <= verbs, english
        assert not term.key or term.key in known, english
        for name in (*term.names.values(), *term.also):
            assert owner.setdefault(terms.bare(name), english) == english, name
    for entry in files.glossary():
        assert set(entry) <= {
            "en",
            "zh",
            "says_en",
            "says_zh",
            "seen",
            "also",
            "key",
            "kpi",
            "sorts_as",
        }


def test_definitions_in_chinese_have_no_english_but_names():
    for term in terms.terms():
        assert english_words(term.definition(Words("zh")), NAMES) == [], term.names["zh"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("run off", ["its rivals go on", "停投后的后续收益", "gtm compare"]),
        ("expected_regret --lang zh", ["选它平均少赚多少", "总是最好则为 0"]),
        (
            "复购率 --lang zh",
            ["再次购买的比例", "消费品牌 13 周", "比例", "repeat_rate"],
        ),
        ("smallest-effect", ["fixed before the first run", "gtm run smallest_effect=0.01"]),
        ("trust", ["How far customers rely on the firm", "It rises with", "in Chinese"]),
        ("trust --all", ["How far customers rely on the firm", "trust in the firm, 0 to 1"]),
        ("window --all", ["twice the median time", "gtm run measurement.window=13"]),
        ("churn", ["13 weeks in the consumer brand", "104 in subscription"]),
        ("loyalty", ["Staying with a firm", "loyalty.lapse_hazard"]),
        (
            "word_of_mouth --all",
            ["Messages between customers", "sent from customer to customer", "talk.ties"],
        ),
        ("好找好买 --lang zh", ["好找好买", "findability"]),
        ("Performance ads", ["owner", "market_department"]),
        ("白桦", ["birch", "list_price"]),
    ],
)
def test_terms_are_explained(capsys, call, said):
    assert main(["explain", *call.split()]) == 0
    shown = "".join(capsys.readouterr().out.replace("│", " ").split())
    for text in said:
        assert "".join(text.split()) in shown, text


@pytest.mark.parametrize("name", ["trust", "awareness", "信任"])
def test_a_term_shows_its_page_alone_unless_all_is_asked_for(capsys, name):
    assert main(["explain", name]) == 0
    page = capsys.readouterr().out
    assert "float32" not in page
    assert page.count("┌") == 1
    assert f"gtm explain {name} --all" in page
    assert main(["explain", name, "--all"]) == 0
    assert capsys.readouterr().out.count("┏") > 0


@pytest.mark.parametrize("market", ["brand", "packaged", "industrial", "subscription"])
def test_the_periods_of_churn_are_those_of_the_markets(market):
    weeks = str(load_config(f"market={market}").measurement.window)
    (term,) = terms.find("churn")
    for language in languages():
        assert weeks in term.definition(Words(language))


def test_a_kpi_is_not_defined_twice(capsys):
    assert main(["explain", "profit"]) == 0
    assert capsys.readouterr().out.count("Revenue minus cost of goods") == 1


@pytest.mark.parametrize(
    ("call", "near"),
    [
        ("runn-off", "Did you mean 'run-off'?"),
        ("expected regrett", "Did you mean 'expected regret'?"),
        ("复构率 --lang zh", "是否想输入“复购率”？"),
    ],
)
def test_an_unknown_term_gets_the_nearest(capsys, call, near):
    assert main(["explain", *call.split()]) == 2
    shown = capsys.readouterr().err
    assert near in shown
    assert shown.count("\n") == 1
