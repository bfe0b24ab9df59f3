"""Declarations of firms, their sales forces and organisations. No firm is the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.params import number, text


@dataclass
class SalesForceSpec:
    """A firm's sales force: its size and management."""

    reps: int = number(
        0,
        unit="people",
        low=0,
        high=20_000,
        meaning="Number of positions for sales reps; new positions are filled at once, vacated "
        "ones after selling.vacancy weeks.",
        source="assumption: none",
    )
    pay: str = text("salary", meaning="Pay plan, by name (configs/pay).")
    hours: float = number(
        40.0,
        unit="hours per week",
        low=0.0,
        high=100.0,
        meaning="Paid hours of a rep.",
        source="assumption: a working week",
    )
    hunt_share: float = number(
        -1.0,
        unit="share of hours",
        low=-1.0,
        high=1.0,
        meaning="Share of hours spent on prospects; below 0: each rep chooses.",
        source="assumption: reps choose",
    )
    authority: float = number(
        0.0,
        unit="share of the price",
        low=0.0,
        high=0.9,
        meaning="Deepest discount a rep may give without approval.",
        source="assumption: none",
    )
    tracking: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=10.0,
        meaning="Additional worth to a new rep of following up a lead that management tracks, "
        "relative to the worth of a cold call.",
        source="assumption: management does not track leads",
    )
    screening: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of captured leads that are checked for a need before they are handed to "
        "sales.",
        source="assumption: none",
    )
    screening_cost: float = number(
        10.0,
        unit="money per lead",
        low=0.0,
        high=100_000.0,
        meaning="Cost of checking a lead.",
        source="assumption: a quarter of an hour of an assistant",
    )
    answer_hours: float = number(
        8.0,
        unit="hours",
        low=0.0,
        high=1000.0,
        meaning="Mean time for a lead to reach its rep and be answered, beyond waiting its turn.",
        source="assumption: firms audited by Oldroyd, McElheran & Elkington 2011 (HBR 89(3):28) "
        "took 42 hours on average, waiting included",
    )
    hiring_cost: float = number(
        5_000.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of filling a position.",
        source="assumption: some weeks of pay",
    )
    severance: float = number(
        5_000.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of dismissing a rep.",
        source="assumption: some weeks of pay",
    )
    fire_below: float = number(
        0.0,
        unit="share of the mean",
        low=0.0,
        high=1.0,
        meaning="Share of colleagues' mean yearly sales below which a rep is dismissed.",
        source="assumption: no rep is dismissed",
    )


@dataclass
class Scorecard:
    """KPI weights by which the departments of a firm are measured."""

    market_department: dict[str, float] = field(
        default_factory=dict, metadata={"meaning": "Weights of the market department, by KPI."}
    )
    marketing: dict[str, float] = field(
        default_factory=dict, metadata={"meaning": "Weights of marketing, by KPI."}
    )


@dataclass
class OrganisationSpec:
    """Organisation and management of a firm."""

    role_mixing: float = number(
        0.0,
        unit="share of work",
        low=0.0,
        high=1.0,
        meaning="Share of every function's work that people of the other two functions do, half "
        "each.",
        source="assumption: every function does its own work",
    )
    power_hiring: float = number(
        0.0,
        unit="share of hires",
        low=0.0,
        high=1.0,
        meaning="Share of vacancies filled from all functions in proportion to the money they "
        "command; the others are filled from the department's own function.",
        source="assumption: none",
    )
    kpis: str = text("own", meaning="Scorecard of the departments, by name (configs/kpis).")
    kpi_response: float = number(
        0.25,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="Movement of a department's money in a quarter towards the tasks its KPIs reward.",
        source="assumption: money follows by two thirds within a year",
    )
    kpi_reweighting: float = number(
        0.0,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="Movement of the departments' KPI weights in a quarter towards the KPI most "
        "correlated with the executive's credit, among KPIs that can be attributed to budget "
        "lines.",
        source="assumption: weights stay constant",
    )
    policy: str = text("fixed", meaning="Budget policy of the executive (sim/agents/policies).")
    objective: str = text(
        "profit",
        meaning="What a policy that learns by trial tries to raise: profit, relationships or "
        "customer_scores (sim/agents/objectives.py).",
    )
    pace: float = number(
        0.25,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="Movement of money in a quarter towards the lines that the executive credits.",
        source="assumption: as for departments, two thirds within a year",
    )
    reviews: int = number(
        0,
        unit="weeks",
        low=0,
        high=104,
        meaning="Weeks between joint reviews of sales, market department and marketing; 0: none.",
        source="assumption: none",
    )
    review_hours: float = number(
        2.0,
        unit="hours",
        low=0.0,
        high=40.0,
        meaning="Hours that a review costs each participant.",
        source="assumption: the usual length of a meeting with an agenda",
    )
    closed_loop_feedback: bool = number(
        True,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether reviews show the fates of leads that were handed over.",
        source="assumption: the purpose of reviews",
    )
    target: str = text("", meaning="Segment that messages address; empty: everybody.")
    adapt: float = number(
        0.0,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="Movement of the firm's offer (its position) in a quarter towards the taste that "
        "surveys report of the people whom its messages address; it stays without surveys.",
        source="assumption: the offer stays constant",
    )
    reaction: str = text(
        "passive", meaning="Reaction to a noticed loss: passive, imitate, retaliate."
    )
    instrument: str = text("price", meaning="Instrument of the reaction: price or spend.")
    step: float = number(
        0.1,
        unit="share",
        low=0.0,
        high=0.9,
        meaning="Size of a retaliation: additional discount, or additional spend.",
        source="assumption: a tenth: small beside the whole, large enough to be noticed",
    )


OBJECTIVES = ("profit", "relationships", "customer_scores")
REACTIONS = ("passive", "imitate", "retaliate")
INSTRUMENTS = ("price", "spend")


@dataclass
class FirmSpec:
    """Declaration of a firm, as it stands before the first week."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=60_000,
        meaning="Key of the firm's random draws; must differ between firms. The name is a label "
        "only.",
        source="assumption: arbitrary, since it only identifies",
        level="run",
    )
    list_price: float = number(
        40.0,
        unit="money per unit",
        low=0.01,
        high=10_000_000.0,
        meaning="List price until a plan changes it.",
        source="assumption: any amount; it counts only relative to price.usual, which is equal",
    )
    discount: float = number(
        0.0,
        unit="share of list price",
        low=0.0,
        high=0.9,
        meaning="Discount for all customers until a plan changes it.",
        source="assumption: none unless a market or a plan says so",
    )
    unit_cost: float = number(
        18.0,
        unit="money per unit",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of the goods of one unit.",
        source="assumption: a gross margin of 55 %",
    )
    position: float = number(
        0.5,
        unit="position",
        low=0.0,
        high=1.0,
        meaning="Position of the firm on the scale of customers' tastes.",
        source="assumption: the middle of the scale",
    )
    quality: float = number(
        0.9,
        unit="share of purchases",
        low=0.0,
        high=1.0,
        meaning="Share of purchases that meet the buyer's expectations.",
        source="assumption: one purchase in ten disappoints",
    )
    lapse_ratio: float = number(
        1.0,
        unit="ratio",
        low=0.01,
        high=100.0,
        meaning="Chance that active customers of the firm lapse, relative to what it is otherwise; "
        "where there are contracts, their odds of not renewing.",
        source="assumption: no firm keeps customers by decree; a number for experiments",
        drawn=False,
    )
    awareness: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Awareness of the firm among all customers when it enters, or before the first "
        "week.",
        source="assumption: a new firm; a market sets it for established firms",
        level="run",
    )
    trust: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Trust in the firm among all customers when it enters, or before the first week.",
        source="assumption: a new firm; a market sets it for established firms",
        level="run",
    )
    enters: int = number(
        0,
        unit="week",
        low=0,
        high=5200,
        meaning="Week in which the firm enters the market; 0: it has always been there. Until then "
        "it can change, also by an intervention.",
        source="assumption: established unless a market says otherwise",
    )
    distribution: float = number(
        1.0,
        unit="share of stores",
        low=0.0,
        high=1.0,
        meaning="Share of stores that carry the firm when it enters, the largest first.",
        source="assumption: carried everywhere unless a market says otherwise",
    )
    overhead: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=1e12,
        meaning="Fixed costs of the firm beyond those of finance.overhead.",
        source="assumption: none unless a market says otherwise",
        drawn=False,
    )
    referral_reward: float = number(
        0.0,
        unit="share of the list price",
        low=0.0,
        high=1.0,
        meaning="Reward that the firm pays to a customer whom a new customer names as referrer.",
        source="assumption: none unless a market says otherwise",
        drawn=False,
    )
    terms: int = number(
        0,
        unit="weeks",
        low=0,
        high=52,
        meaning="Payment terms: weeks until an invoice is due; 0: payment at once.",
        source="assumption: consumers pay at once",
    )
    sales: SalesForceSpec = field(default_factory=SalesForceSpec)
    organisation: OrganisationSpec = field(default_factory=OrganisationSpec)
    budget: dict[str, float] = field(
        default_factory=dict,
        metadata={"meaning": "Money per week by activity, for a firm that the plan does not name."},
    )
