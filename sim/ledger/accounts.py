"""Accounts of the ledger: every count and every amount of money that is booked, declared once.

An account is one line. ``account`` returns its column in the weekly counts, which kernels use.
Accounts are per week and firm; those marked ``market`` are booked once for the whole market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numba.extending import register_jitable

from sim.rules.units import QUARTER

PARTS = 65536
"""Sums of shares are booked as whole numbers of 1/65536, so they do not depend on order."""


@dataclass(frozen=True)
class Account:
    """An account: name, unit (count, cents, or parts of 1/65536), flow or stock, and meaning."""

    name: str
    unit: Literal["count", "cents", "parts"]
    kind: Literal["flow", "stock"]
    meaning: str
    market: bool = False


ACCOUNTS: list[Account] = []


def account(
    name: str,
    unit: Literal["count", "cents", "parts"],
    kind: Literal["flow", "stock"],
    meaning: str,
    market: bool = False,
) -> int:
    """Declare an account and return its column."""
    ACCOUNTS.append(Account(name, unit, kind, meaning, market))
    return len(ACCOUNTS) - 1


# The market
PEOPLE = account("people", "count", "stock", "customers with a need in the category", True)
OCCASIONS = account("occasions", "count", "flow", "buying occasions", True)
ARRIVED = account("arrived", "count", "flow", "people who entered the market", True)
LEFT = account("left", "count", "flow", "people who left the market", True)
SEARCHED = account("searched", "count", "flow", "occasions on which the customer searched", True)
UNBOUGHT = account("unbought", "count", "flow", "occasions on which nothing was bought", True)
WAITED = account("waited", "count", "flow", "occasions postponed to wait for a deal", True)
UNDECIDED = account(
    "undecided", "count", "flow", "occasions on which the decision stays open", True
)

# Mindset metrics of a firm, at the end of the week
AWARENESS = account("awareness", "parts", "stock", "sum of awareness over people")
TRUST = account("trust", "parts", "stock", "sum of trust over active customers")
PREFERRED = account("preferred", "count", "stock", "people who trust the firm more than any other")
RESERVE = account("reserve", "parts", "stock", "sum over non-customers of awareness times trust")
REMEMBERED = account(
    "remembered",
    "parts",
    "stock",
    "sum over active customers of the remembered log price, relative to the usual price",
)

# Relationships, at the end of the week
ACTIVE = account("active", "count", "stock", "active customers")
SEEN_ACTIVE = account(
    "seen_active", "count", "stock", "customers who bought within the last window"
)

# What happened in the week
CONSIDERED = account("considered", "count", "flow", "occasions on which the firm came to mind")
ENQUIRIES = account("enquiries", "count", "flow", "buyers who send the firm an enquiry")
CARDS = account("cards", "count", "flow", "people who leave contact details")
ACCELERATED = account(
    "accelerated", "count", "flow", "purchases pulled forward by a rep's discount"
)
ORDERS = account("orders", "count", "flow", "orders")
UNITS = account("units", "count", "flow", "units ordered")
RENEWALS = account("renewals", "count", "flow", "contracts that ended and were renewed")
ACQUIRED = account("acquired", "count", "flow", "customers who bought for the first time")
WON_BACK = account("won_back", "count", "flow", "lapsed customers who bought again")
LAPSED = account("lapsed", "count", "flow", "active customers who ended the relationship")
EXITED = account("exited", "count", "flow", "active customers who left the market")
REMOVED = account("removed", "count", "flow", "active customers made to leave by a treatment")
SILENT = account("silent", "count", "flow", "buyers whose last purchase is now one window old")
DISAPPOINTED = account("disappointed", "count", "flow", "orders that did not meet expectations")
REFERRED = account("referred", "count", "flow", "new customers who name a referrer")
RATED = account("rated", "count", "flow", "public ratings")
RATED_GOOD = account("rated_good", "count", "flow", "positive public ratings")
TALKS = account("talks", "count", "flow", "messages sent about the firm")
NOTICES = account("notices", "count", "flow", "messages that a customer has lapsed")
INJECTED = account("injected", "count", "flow", "messages sent by a treatment")
HEARD = account("heard", "count", "flow", "messages heard about the firm")
WINDOW_BUYERS = account("window_buyers", "count", "flow", "buyers of the window before last")
WINDOW_CUSTOMERS = account("window_customers", "count", "flow", "buyers of the window just ended")
WINDOW_REPEATERS = account("window_repeaters", "count", "flow", "of these, buyers who bought again")
CONTACTS = account("contacts", "count", "flow", "contacts of all activities with people")
CLICKS = account("clicks", "count", "flow", "people who clicked, by activity")
CLICKED_ORDERS = account("clicked_orders", "count", "flow", "orders credited to a recent click")
SURVEYED = account("surveyed", "count", "flow", "people surveyed")
SURVEYED_AWARE = account("surveyed_aware", "count", "flow", "surveyed people who recall the firm")

# Sales: leads, each with one fate, and the reps who work them
LEADS = account("leads", "count", "flow", "leads created: captured, enquiries, reps' own")
OWN_LEADS = account("own_leads", "count", "flow", "of these, generated by reps themselves")
SCREENED = account("screened", "count", "flow", "leads found without a need before the handoff")
ACCEPTED = account("accepted", "count", "flow", "leads that sales accepted")
REJECTED = account("rejected", "count", "flow", "leads that sales rejected: a fate")
WORKED = account("worked", "count", "flow", "leads called for the first time")
QUALIFIED = account("qualified", "count", "flow", "leads found in need by a sales call")
OPPORTUNITIES = account("opportunities", "count", "flow", "leads that considered the offer")
LEADS_WON = account("leads_won", "count", "flow", "leads that ordered after a sales call: a fate")
UNAIDED = account("unaided", "count", "flow", "leads that ordered without a sales call: a fate")
LOST_NO_NEED = account("lost_no_need", "count", "flow", "leads found without a need: a fate")
LOST_RIVAL = account("lost_rival", "count", "flow", "leads that ordered from a rival: a fate")
LOST_NOTHING = account("lost_nothing", "count", "flow", "leads that decided not to buy: a fate")
LOST_LEFT = account("lost_left", "count", "flow", "leads that left the market: a fate")
GIVEN_UP = account("given_up", "count", "flow", "leads worked, then given up: a fate")
NEVER_FOLLOWED = account("never_followed", "count", "flow", "leads that were never called: a fate")
PIPELINE = account("pipeline", "count", "stock", "open leads")
REP_TALKS = account("rep_talks", "count", "flow", "sales calls on prospects and customers")
ANSWERED = account("answered", "count", "flow", "enquiries answered by a rep")
ANSWER_HOURS = account("answer_hours", "parts", "flow", "sum of hours until these answers")
REPS = account("reps", "count", "stock", "sales reps employed")
HIRED = account("hired", "count", "flow", "reps hired")
QUIT = account("quit", "count", "flow", "reps who quit")
FIRED = account("fired", "count", "flow", "reps dismissed")
HOURS = account("hours", "parts", "flow", "hours reps worked")
HUNT_HOURS = account("hunt_hours", "parts", "flow", "of these, hours spent on hunting")
SKILL = account("skill", "parts", "stock", "sum over reps of the mean skill of both tasks")
HUNT_SKILL = account("hunt_skill", "parts", "stock", "sum over reps of the skill of hunting")

# The organisation
MARKET_DEPARTMENT_HOURS = account(
    "market_department_hours", "parts", "flow", "hours worked on the market department's tasks"
)
MARKETING_HOURS = account("marketing_hours", "parts", "flow", "hours worked on marketing's tasks")
MISPLACED = account(
    "misplaced", "parts", "flow", "hours on tasks of one function worked by people of another"
)
REVIEW_HOURS = account("review_hours", "parts", "flow", "hours spent in joint reviews")
CORRUPTED = account("corrupted", "count", "flow", "fields of records lost or wrong at the handoff")
HANDED = account("handed", "count", "flow", "leads handed over with a record")
LOST = account("lost", "count", "flow", "leads handed over that ended without an order")
BLAMED_MARKET = account("blamed_market", "count", "flow", "of these, blamed by sales on the others")
BLAMED_SALES = account("blamed_sales", "count", "flow", "of these, blamed by the others on sales")
POWER_SALES = account("power_sales", "parts", "stock", "share of the money that sales commands")
FROM_SALES = account(
    "from_sales", "parts", "stock", "people from sales in the other two departments"
)
COUNTED = account(
    "counted", "parts", "stock", "weight of leads, clicks and impressions in departments' KPIs"
)
INSIGHT_ERROR = account(
    "insight_error", "parts", "stock", "mean error of segments' believed tastes"
)
ENGAGED = account("engaged", "count", "flow", "clicks on two-way activities")
ANSWERABLE = account("answerable", "count", "flow", "contacts of two-way activities")
INBOUND = account("inbound", "count", "flow", "new customers won without an outbound contact")
ACQUIRED_TO_DATE = account(
    "acquired_to_date", "count", "stock", "customers acquired since the first week"
)
VALUE_TO_DATE = account(
    "value_to_date", "cents", "stock", "their margin so far, discounted to the week of acquisition"
)

STORES = account("stores", "count", "stock", "stores in the market", True)
LISTED = account("listed", "count", "stock", "stores that carry the firm")
LISTINGS_WON = account("listings_won", "count", "flow", "stores that listed the firm")
LISTINGS_LOST = account("listings_lost", "count", "flow", "stores that delisted the firm")
STORE_VISITS = account("store_visits", "parts", "flow", "visits of reps to stores")

# Money
LIST_VALUE = account("list_value", "cents", "flow", "units at list price")
REVENUE = account("revenue", "cents", "flow", "units at the price paid")
GOODS = account("goods", "cents", "flow", "cost of the goods sold")
SPEND = account("spend", "cents", "flow", "spend on activities")
PAYROLL = account("payroll", "cents", "flow", "pay, hiring and severance of reps")
SCREENING = account("screening", "cents", "flow", "cost of checking leads")
CREDIT_SALES = account("credit_sales", "cents", "flow", "revenue invoiced, to be paid later")
DUE = account("due", "cents", "flow", "invoices falling due, and sales paid at once")
COLLECTED = account(
    "collected", "cents", "flow", "payments received for these and for earlier invoices"
)
PAST_DUE = account("past_due", "cents", "flow", "invoices not paid in the week they were due")
WRITTEN_OFF = account("written_off", "cents", "flow", "invoices written off")
RECEIVABLES = account("receivables", "cents", "stock", "invoices not paid yet")
OVERDUE = account("overdue", "cents", "stock", "of these, past their due date")
CASH = account(
    "cash", "cents", "stock", "cash since the first week: collected and put in less paid out"
)
REDIRECTED = account(
    "redirected", "cents", "flow", "of the spend, money that found no audience and went to the twin"
)

DECLINED = account(
    "declined", "count", "flow", "invitations to gatherings that people did not follow"
)

# Experiments: what an experimenter does beyond what firms and customers do
GIVEN = account("given", "count", "flow", "of the contacts, given by an experiment")
WITHHELD = account("withheld", "count", "flow", "contacts bought that an experiment withheld")
CLICKS_GIVEN = account("clicks_given", "count", "flow", "of the clicks, injected by an experiment")
NEWS_GIVEN = account(
    "news_given", "count", "flow", "news of lapsed customers, injected by an experiment"
)
RATED_GIVEN = account("rated_given", "count", "flow", "public ratings posted by an experiment")
RATED_GOOD_GIVEN = account("rated_good_given", "count", "flow", "of these, positive")
EXPERIENCED = account(
    "experienced", "count", "flow", "experiences without an order, injected by an experiment"
)
LEADS_GIVEN = account(
    "leads_given", "count", "flow", "people who become leads or enquire by an experiment"
)
JOINED = account("joined", "count", "flow", "people made active customers by an experiment")

# A new category
ADOPTED = account(
    "adopted", "count", "stock", "of the people, buyers in the category so far, if it has hurdles",
    True,
)  # fmt: skip
UNCONVINCED = account(
    "unconvinced", "count", "flow", "occasions that did not arise for lack of belief in the "
    "category", True,
)  # fmt: skip

# Finance: costs that no customer, activity or rep causes, and cash from outside
OVERHEAD = account("overhead", "cents", "flow", "fixed costs: administration, research, rent")
SERVING = account(
    "serving", "cents", "flow", "cost of serving orders, which grows with the customers served"
)
OVERTIME = account("overtime", "cents", "flow", "additional cost of units beyond capacity")
INTEREST = account("interest", "cents", "flow", "interest on the credit drawn")
FUNDED = account("funded", "cents", "flow", "cash that owners put in when a firm begins")
OWED = account("owed", "cents", "stock", "credit drawn, at the beginning of the week")

REWARDS = account("rewards", "cents", "flow", "rewards to customers whom new ones name")

FINANCE = (OVERHEAD, SERVING, OVERTIME, INTEREST, FUNDED, OWED)
"""Accounts that are 0 while firms have no such costs and no limits of cash."""

EXPERIMENTAL = (
    GIVEN, WITHHELD, CLICKS_GIVEN, NEWS_GIVEN, RATED_GIVEN, RATED_GOOD_GIVEN, EXPERIENCED,
    LEADS_GIVEN, JOINED,
)  # fmt: skip
"""Accounts that are 0 in a run without an experiment."""

# Accounts that are also split by customer: quarter of acquisition, source and segment

CUSTOMER_FLOWS = (
    ACQUIRED, WON_BACK, ORDERS, UNITS, LAPSED, EXITED, REMOVED, TALKS, WINDOW_BUYERS,
    WINDOW_REPEATERS, JOINED,
)  # fmt: skip
"""Accounts that are also split by customer, in the order of the split's last axis."""

(
    BY_ACQUIRED, BY_WON_BACK, BY_ORDERS, BY_UNITS, BY_LAPSED, BY_EXITED, BY_REMOVED, BY_TALKS,
    BY_WINDOW_BUYERS, BY_WINDOW_REPEATERS, BY_JOINED,
) = range(len(CUSTOMER_FLOWS))  # fmt: skip
"""Positions on that axis."""

TOUCH_NOTHING, TOUCH_TALK, TOUCH_SEARCH, TOUCH_ACTIVITY = 0, 1, 2, 3
"""Sources: a firm's last touch with a customer; activity k has the code TOUCH_ACTIVITY + k."""

LEAD_FLOWS = (
    LEADS, SCREENED, ACCEPTED, REJECTED, WORKED, QUALIFIED, OPPORTUNITIES, LEADS_WON, UNAIDED,
    LOST_NO_NEED, LOST_RIVAL, LOST_NOTHING, LOST_LEFT, GIVEN_UP, NEVER_FOLLOWED,
)  # fmt: skip
"""Accounts of leads, which are also split by source, in the order of the split's last axis."""

FATES = (
    SCREENED, REJECTED, LEADS_WON, UNAIDED, LOST_NO_NEED, LOST_RIVAL, LOST_NOTHING, LOST_LEFT,
    GIVEN_UP, NEVER_FOLLOWED,
)  # fmt: skip
"""Of these, the accounts that close a lead; a lead has exactly one, or is in the pipeline."""

PAID_OUT = (GOODS, SPEND, PAYROLL, SCREENING, OVERHEAD, SERVING, OVERTIME, INTEREST, REWARDS)
"""Accounts that cash is paid out for."""

YEARLY_DISCOUNT = 0.10
"""Discount rate of customer value, 10 % a year, as the product brief states."""

VALUE_YEARS = 5
"""Years over which a customer's value is counted."""

SAMPLED = (
    PIPELINE, REP_TALKS, ANSWERED, ANSWER_HOURS, CORRUPTED, HANDED, LOST, BLAMED_MARKET,
    BLAMED_SALES,
)  # fmt: skip
"""Accounts of a sales force in simulated customers, each of whom stands for several people. Its
other accounts (reps, hours, money) need no scaling."""


@register_jitable  # type: ignore[untyped-decorator]
def cohort_of(first_order: int, opening: int) -> int:
    """Acquisition quarter of a customer: 0 before the first booked week ``opening``, then 1, 2,
    ..."""
    return 0 if first_order < opening else 1 + (first_order - opening) // QUARTER
