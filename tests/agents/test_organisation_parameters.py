"""Every parameter of the organisation has an effect, and the organisation works as documented."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import sim
from sim.config.checks import policies
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS
from sim.market.interventions import Era
from sim.params import ConfigError, numbers

FIRM = "firms.birch.organisation."
LED = (
    "market=industrial", "population.customers=600", "population.people=600", "weeks=66",
    "warmup=13", "threads=1", "firms.birch.sales.reps=6", "+firms.birch.budget.research=500",
    f"{FIRM}policy=last_touch", f"{FIRM}kpis=lead_count", f"{FIRM}reviews=8",
    f"{FIRM}role_mixing=0.3", f"{FIRM}power_hiring=0.5", f"{FIRM}kpi_reweighting=0.3",
    "firms.birch.organisation.reaction=retaliate", "organising.reaction_threshold=0.5",
)  # fmt: skip
"""A firm in whose organisation all mechanisms are active."""

BLIND = (f"{FIRM}closed_loop_feedback=false",)

STAGES = {
    "organising.self_serving": BLIND,
    "organising.distrust": BLIND,
    "organising.wrong_offer": ("organising.handoff_error=0.9",),
    "organising.recheck_time": (f"{FIRM}policy=fixed",),
    "organising.skill_gap": (f"{FIRM}policy=fixed",),
    "organising.volume_pressure": (f"{FIRM}policy=fixed", f"{FIRM}kpi_reweighting=0"),
    f"{FIRM}adapt": (f"{FIRM}target=choosy", "firms.birch.budget.research=90000"),
    "activities.findability.inbound": ("firms.birch.budget.findability=3000",),
}
"""Conditions under which a parameter has an effect."""

CHANGES = [
    ("organising.wage=400", "market_department_hours", -1),
    ("organising.skill_gap=1", "contacts", -1),
    ("organising.turnover=4", "misplaced", 1),
    ("organising.handoff_loss=0.9", "corrupted", 1),
    ("organising.handoff_error=0.8", "corrupted", 1),
    ("organising.staleness=0.9", "rep_talks", None),
    ("organising.recheck_time=4", "worked", -1),
    ("organising.handoff_care_learning=1", "corrupted", -1),
    ("organising.handoff_care_fading=1", "corrupted", 1),
    ("organising.self_serving=0", "blamed_market", -1),
    ("organising.distrust=1", "rejected", 1),
    ("organising.wrong_offer=1", "orders", None),
    ("organising.volume_pressure=9", "leads", 1),
    ("organising.survey_lag=30", "insight_error", None),
    ("organising.insight_keep=0.2", "insight_error", None),
    ("organising.insight_prior=5000", "insight_error", None),
    ("organising.seen_delay=20", "spend", None),
    ("organising.seen_error=0.9", "spend", None),
    ("organising.last_touch=0", "spend", None),
    ("organising.reaction_threshold=10", "list_value", None),
    ("organising.price_step=0.1", "list_value", None),
    ("organising.reaction_weeks=2", "revenue", None),
    ("organising.loss_weeks=1", "revenue", None),
    ("organising.loss_periods=3", "revenue", None),
    ("organising.work_week=20", "review_hours", 1),
    ("attention.relevance=3", "awareness", None),
    (f"{FIRM}role_mixing=0.9", "misplaced", 1),
    (f"{FIRM}power_hiring=1", "misplaced", 1),
    (f"{FIRM}kpi_response=1", "cards", None),
    (f"{FIRM}kpi_reweighting=1", "cards", None),
    (f"{FIRM}pace=1", "payroll", None),
    (f"{FIRM}reviews=2", "review_hours", 1),
    (f"{FIRM}review_hours=20", "review_hours", 1),
    (f"{FIRM}closed_loop_feedback=false", "corrupted", 1),
    (f"{FIRM}step=0.5", "revenue", None),
    (f"{FIRM}kpis=vanity", "cards", None),
    (f"{FIRM}kpis=accepted_leads", "screened", 1),
    (f"{FIRM}policy=click_credit", "spend", None),
    (f"{FIRM}target=keen", "awareness", None),
    (f"{FIRM}adapt=0.5", "units", None),
    (f"{FIRM}reaction=passive", "revenue", None),
    (f"{FIRM}instrument=spend", "spend", None),
    ("activities.trade_shows.labour=0", "market_department_hours", -1),
    ("activities.findability.inbound=false", "inbound", None),
]


@lru_cache
def _sums(words: tuple[str, ...]) -> dict[str, int]:
    """Accounts of birch summed over a run."""
    run = sim.simulate(sim.load_config(*words), seed=1)
    total = run.ledger.accounts().sum(axis=0)[run.firms.index("birch")]
    return {a.name: int(total[n]) for n, a in enumerate(ACCOUNTS)}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "account", "sign"), CHANGES)
def test_every_number_of_the_organisation_matters_in_its_direction(change, account, sign):
    stage = STAGES.get(change.partition("=")[0], ())
    before, after = _sums((*LED, *stage)), _sums((*LED, *stage, change))
    assert after[account] != before[account]
    if sign is not None:
        assert (after[account] > before[account]) == (sign > 0)


def test_every_number_of_the_organisation_is_in_the_list_above():
    listed = {change.partition("=")[0] for change, _, _ in CHANGES}
    declared = {
        name
        for name, _, _ in numbers(sim.load_config("market=industrial"))
        if name.startswith(("organising.", FIRM))
    }
    assert declared <= listed


# Documented behaviour


def test_every_policy_is_a_file_and_can_be_chosen():
    assert {"fixed", "last_touch", "oracle", "human", "trial"} <= set(policies())
    with pytest.raises(ConfigError, match="Did you mean 'last_touch'"):
        sim.load_config(f"{FIRM}policy=last_tuch")


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["click_credit", "last_touch", "relationship_value", "trial"])
def test_policies_move_money_and_add_none(policy):
    words = ("population.customers=1500", "weeks=40", "threads=1", "organising.seen_error=0")
    config = sim.load_config(*words, "firms.birch.sales.reps=0", f"{FIRM}policy={policy}")
    moved, fixed = (
        sim.simulate(c, seed=1).ledger.spend()
        for c in (config, sim.load_config(*words, "firms.birch.sales.reps=0"))
    )
    was, now = fixed[-1, 1], moved[-1, 1]
    assert (was != now).any()
    assert abs(int(was.sum()) - int(now.sum())) <= len(was), "up to a cent a line"
    assert (moved[:13] == fixed[:13]).all(), "nothing moves before a quarter is over"


def test_lead_credit_moves_money_to_where_leads_are_captured():
    words = ("market=industrial", "population.customers=800", "weeks=60", "threads=1")
    run = sim.simulate(sim.load_config(*words, f"{FIRM}policy=lead_count"), seed=1)
    shows = run.ledger.spend()[:, 1, list(run.ledger.activities).index("trade_shows")]
    assert shows[-1] > 1.2 * shows[0]


@pytest.mark.slow
def test_an_oracle_moves_money_to_its_most_profitable_use():
    """A firm moves money away from an activity without any effect."""
    words = (
        "population.customers=1000", "weeks=27", "threads=1", "firms.birch.sales.reps=0",
        "+firms.birch.budget.sampling=30000", "activities.sampling.salience=0",
        "activities.sampling.credibility=0", f"{FIRM}policy=oracle", f"{FIRM}pace=1",
        "~firms.cedar", "~firms.dogwood",
    )  # fmt: skip
    run = sim.simulate(sim.load_config(*words), seed=1)
    wasted = run.ledger.spend()[:, 1, list(run.ledger.activities).index("sampling")]
    assert wasted[-1] < wasted[0] / 2


@pytest.mark.slow
def test_a_game_can_be_replayed_from_its_table_of_decisions():
    config = sim.load_config("population.customers=500", "weeks=39", f"{FIRM}policy=human")
    table = [(1, "birch", "broadcast", 1000.0), (1, "birch", "discount", 0.2)]
    waiting = sim.simulate(config, 1, decisions=table)
    assert waiting.waiting == ("birch", 14)
    assert waiting.ledger.weeks == 13
    table += [(14, "birch", "keep", 0.0), (27, "birch", "reps", 1.0)]
    once, again = (sim.simulate(config, 1, decisions=table) for _ in range(2))
    assert once.waiting is None
    assert (once.ledger.accounts() == again.ledger.accounts()).all()
    birch = once.weekly[once.weekly.firm == "birch"]
    assert birch.discount_depth.dropna().iloc[0] == pytest.approx(0.2)
    assert birch.spend.iloc[20] < 30_000
    for row, named in (
        ((1, "brich", "broadcast", 1.0), "'birch'"),
        ((1, "birch", "brodcast", 1.0), "'broadcast'"),
        ((1, "birch", "discount", 2.0), "0.9"),
    ):
        with pytest.raises(ConfigError, match=named):
            sim.simulate(config, 1, decisions=[row])


@pytest.mark.slow
def test_a_rivals_price_cut_is_noticed_late_and_answered_for_a_while():
    """Birch loses sales to alder's price cut, notices it a month later, and cuts its own price for
    the duration of a reaction. Without alder's cut, or if birch is passive, it does not."""
    words = (
        "population.customers=8000", "weeks=50", "flow.season=0", "organising.reaction_threshold=4",
        "firms.alder.awareness=0.4",
    )  # fmt: skip
    sale = (
        "+interventions.sale={week: 20, set: ['firms.alder.discount=0.6']}",
        "+interventions.over={week: 28, set: ['firms.alder.discount=0']}",
    )

    def cuts(*more):
        run = sim.simulate(sim.load_config(*words, *more), 1)
        return run.weekly[run.weekly.firm == "birch"].discount_depth.to_numpy()

    cut = cuts(*sale, f"{FIRM}reaction=retaliate")
    first = int(np.argmax(cut > 0.0))
    assert 22 <= first <= 36
    assert cut[first : first + 13] == pytest.approx([0.1] * 13, abs=0.01)
    assert cuts(f"{FIRM}reaction=retaliate").max() == 0.0
    assert cuts(*sale).max() == 0.0


def test_vacancies_are_filled_from_the_powerful_function():
    words = ("population.customers=300", "weeks=104", "threads=1", f"{FIRM}power_hiring=1")
    world = sim.start(sim.load_config(*words, "organising.turnover=2"), 1)
    for _ in range(104):
        world.step()
    organisation = world.firms[1].organisation
    strongest = int(np.argmax(organisation.power))
    for department in organisation.departments:
        assert department.people.sum() == pytest.approx(1.0)
        assert department.people[strongest] == pytest.approx(organisation.power[strongest], abs=0.1)
    assert world.firms[0].organisation.departments[1].people.tolist() == [0.0, 1.0, 0.0], (
        "other firms are unchanged"
    )


@pytest.mark.slow
def test_reviews_improve_handoffs_and_reduce_blame_only_with_closed_loop_feedback():
    words = [w for w in LED if "reviews" not in w]
    none = _sums((*words, f"{FIRM}reviews=0"))
    empty = _sums((*words, f"{FIRM}reviews=8", *BLIND))
    shown = _sums((*words, f"{FIRM}reviews=8"))
    rate = [s["corrupted"] / s["handed"] for s in (none, empty, shown)]
    blame = [(s["blamed_market"] + s["blamed_sales"]) / s["lost"] for s in (none, empty, shown)]
    assert rate[2] < 0.8 * min(rate[:2])
    assert blame[2] < min(blame[:2])
    assert empty["review_hours"] == pytest.approx(shown["review_hours"], rel=0.2)
    assert none["review_hours"] == 0


def test_larger_surveys_reduce_the_insight_error():
    words = ("market=industrial", "population.customers=2000", "weeks=40", "threads=1")
    errors = []
    for money in (0, 20_000):
        run = sim.simulate(sim.load_config(*words, f"+firms.birch.budget.research={money}"), 1)
        errors.append(run.kpi("insight_error", 30, 40)["birch"])
    assert errors[1] < 0.5 * errors[0]


def test_an_offer_moves_towards_the_surveyed_taste():
    words = (
        "market=industrial", "population.customers=1000", "weeks=53", "threads=1",
        "+firms.birch.budget.research=50000", f"{FIRM}target=choosy", f"{FIRM}adapt=0.5",
    )  # fmt: skip
    world = sim.start(sim.load_config(*words), 1)
    assert world.firms[1].position == 0.45
    for _ in range(53):
        world.step()
    assert world.firms[1].position == pytest.approx(0.7, abs=0.07), "the mean taste of the choosy"
    assert world.branch().engine.setup.position[1] == world.firms[1].position


def test_volume_kpis_bring_more_leads_of_lower_quality():
    number, quality = (_sums((*LED, f"{FIRM}kpis={k}")) for k in ("lead_count", "accepted_leads"))
    assert number["leads"] > quality["leads"]
    taken = [s["accepted"] / max(1, s["accepted"] + s["rejected"]) for s in (number, quality)]
    assert taken[1] > taken[0]


def test_a_branch_can_change_what_departments_are_measured_by():
    world = sim.start(sim.load_config(*LED, f"{FIRM}kpis=own", f"{FIRM}kpi_reweighting=0"), 1)
    twin = world.branch(f"{FIRM}kpis=lead_count")
    assert twin.firms[1].organisation.departments[1].weights == {"leads": 1.0}
    assert world.firms[1].organisation.departments[1].weights != {"leads": 1.0}
    for one in (world, twin):
        for _ in range(26):
            one.step()
    cards = [one.ledger.accounts()[:, 1, acc.CARDS].sum() for one in (world, twin)]
    assert cards[1] > cards[0]
    era = "+eras.talk={key: talk.rate, first: 1, last: 9, start: 0.1, end: 0.2}"
    changing = sim.start(sim.load_config("population.customers=100", "weeks=9", era), 1)
    with pytest.raises(ConfigError, match=r"eras\.talk changes talk\.rate"):
        changing.branch("talk.rate=0")


def test_executives_reweight_kpis_towards_those_that_move_with_credit():
    config = sim.load_config(*LED, f"{FIRM}kpis=own", f"{FIRM}kpi_reweighting=0.8")
    run = sim.simulate(config, 1)
    from sim.kpis import KPIS

    weights = run.organisation["weights"][:, 1, 0]
    counts = [n for n, k in enumerate(KPIS.values()) if k.unit == "count" and k.better > 0]
    assert weights[0, counts].sum() == pytest.approx(0.25), "the reserve, and no other count"
    assert weights[-1, counts].sum() > 0.5
    assert weights[-1].sum() == pytest.approx(1.0)


def test_eras_change_parameters_gradually():
    era = Era(key="talk.rate", first=10, last=20, start=0.1, end=0.3)
    assert [era.value(w) for w in (1, 10, 15, 20, 99)] == pytest.approx([0.1, 0.1, 0.2, 0.3, 0.3])
    words = ("population.customers=400", "weeks=60", "threads=1", "talk.rate=0")
    boom = "+eras.boom={key: flow.inflow, first: 1, last: 50, start: 0.05, end: 0}"
    talk = "+eras.talk={key: talk.rate, first: 20, last: 60, start: 0, end: 0.5}"
    flows = sim.simulate(sim.load_config(*words, boom, talk), 1).ledger.accounts()
    arrived, talks = flows[:, -1, acc.ARRIVED], flows[:, :-1, acc.TALKS].sum(axis=1)
    assert arrived[:13].sum() > 2 * arrived[26:39].sum() > arrived[52:].sum() == 0
    assert talks[:19].sum() == 0 < talks[30:40].sum() < talks[50:].sum()
    for wrong, named in (("key: talk.rat", "'talk.rate'"), ("key: talk.rate, end: 9", "out of")):
        with pytest.raises(ConfigError, match=named):
            sim.load_config(f"+eras.x={{{wrong}}}")


def test_realised_value_counts_every_cent_of_margin_once():
    run = sim.simulate(sim.load_config("population.customers=800", "weeks=26", "warmup=0"), 1)
    flows = run.ledger.accounts()
    margin = (flows[:, :-1, acc.REVENUE] - flows[:, :-1, acc.GOODS]).sum(axis=0)
    assert flows[-1, :-1, acc.VALUE_TO_DATE] == pytest.approx(margin, rel=0.02)
    assert (flows[-1, :-1, acc.ACQUIRED_TO_DATE] == flows[:, :-1, acc.ACQUIRED].sum(axis=0)).all()
