"""KPIs: pure functions of a ledger window, one definition each, used everywhere.

To add one, write a function and mark it with :func:`kpi`; it then appears in tables, intervals,
comparisons and ``gtm explain``. A function gets a :class:`Window` and gives one number per firm;
it must not care how long the window is. Undefined values (nobody to divide by) are NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.ledger import accounts as book
from sim.ledger.accounts import PAID_OUT, PARTS, VALUE_YEARS, YEARLY_DISCOUNT


@dataclass(frozen=True)
class Window:
    """Booked weeks, added up.

    ``flow`` and ``mean`` hold every account's sum and weekly mean over the weeks, float64
    [..., firm + market, account]; leading axes are windows side by side. ``weeks`` is the length
    of each, ``span`` the measurement window of repeat rate and churn.
    """

    flow: np.ndarray
    mean: np.ndarray
    weeks: int
    span: int

    def sum(self, account: int) -> np.ndarray:
        """An account's sum over the window, [..., firm]."""
        return self.flow[..., :-1, account]

    def level(self, account: int) -> np.ndarray:
        """An account's mean over the window's weeks, [..., firm]."""
        return self.mean[..., :-1, account]

    def market(self, account: int) -> np.ndarray:
        """A market account's mean over the window's weeks, [..., 1]."""
        return self.mean[..., -1:, account]


def weekly(accounts: np.ndarray, span: int) -> Window:
    """Every week as a window of its own; ``accounts`` as in :meth:`Ledger.accounts`."""
    out = accounts.astype(np.float64)
    return Window(out, out, 1, span)


def over(accounts: np.ndarray, span: int) -> Window:
    """All weeks of ``accounts`` as one window."""
    flow = accounts.sum(axis=0).astype(np.float64)
    return Window(flow, flow / max(1, len(accounts)), len(accounts), span)


@dataclass(frozen=True)
class Kpi:
    """A named outcome: ``function`` maps a window to one value per firm."""

    name: str
    function: Callable[[Window], np.ndarray]
    unit: str
    label: dict[str, str]
    function_of: str
    better: int

    @property
    def meaning(self) -> str:
        """The definition in words."""
        return " ".join((self.function.__doc__ or "").split())


KPIS: dict[str, Kpi] = {}


def kpi(
    unit: str, en: str, zh: str, of: str = "firm", better: int = 1
) -> Callable[[Callable[[Window], np.ndarray]], Callable[[Window], np.ndarray]]:
    """Register a KPI.

    Args:
        unit: money, share, count, or another word.
        en, zh: label in English and Chinese.
        of: whose KPI it is: firm, sales, market, marketing.
        better: 1 if more is better, -1 if less is, 0 if neither.
    """

    def register(function: Callable[[Window], np.ndarray]) -> Callable[[Window], np.ndarray]:
        name = function.__name__
        KPIS[name] = Kpi(name, function, unit, {"en": en, "zh": zh}, of, better)
        return function

    return register


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole != 0.0, part / whole, np.nan)


def per_span(weekly_rate: np.ndarray, span: int) -> np.ndarray:
    """Share lost in ``span`` weeks at a weekly rate."""
    return 1.0 - (1.0 - weekly_rate) ** span


@kpi("money", "profit", "利润")
def profit(w: Window) -> np.ndarray:
    """Revenue less cost of goods, spend, sales payroll, checking of leads, and invoices written
    off; no terminal value."""
    costs = sum(w.sum(cost) for cost in (*PAID_OUT, book.WRITTEN_OFF))
    return (w.sum(book.REVENUE) - costs) / 100.0


@kpi("money", "revenue", "收入")
def revenue(w: Window) -> np.ndarray:
    """Orders at the price paid."""
    return w.sum(book.REVENUE) / 100.0


@kpi("share", "awareness", "知名度", "market")
def awareness(w: Window) -> np.ndarray:
    """Mean chance, over people with a need, that the firm comes to mind."""
    return ratio(w.level(book.AWARENESS) / PARTS, w.market(book.PEOPLE))


@kpi("share", "repeat rate", "复购率", "marketing")
def repeat_rate(w: Window) -> np.ndarray:
    """Buyers of a window who buy again in the next; known in weeks in which a window ends."""
    return ratio(w.sum(book.WINDOW_REPEATERS), w.sum(book.WINDOW_BUYERS))


@kpi("share", "penetration", "渗透率", "market")
def penetration(w: Window) -> np.ndarray:
    """People with a need who bought in a window; known in weeks in which a window ends."""
    windows = w.weeks / w.span if w.weeks >= w.span else 1.0
    bought = w.sum(book.WINDOW_CUSTOMERS)
    return ratio(np.where(bought > 0, bought, np.nan) / max(1, int(windows)), w.market(book.PEOPLE))


@kpi("share", "churn", "流失率", "marketing", better=-1)
def churn(w: Window) -> np.ndarray:
    """Active customers who end the relationship within a window, as it is."""
    return per_span(ratio(w.sum(book.LAPSED), w.sum(book.ACTIVE)), w.span)


@kpi("share", "churn as seen", "流失率（可见）", "marketing", better=-1)
def churn_seen(w: Window) -> np.ndarray:
    """Churn as the firm sees it: customers who fall silent for a whole window."""
    return per_span(ratio(w.sum(book.SILENT), w.sum(book.SILENT) + w.sum(book.SEEN_ACTIVE)), w.span)


@kpi("share", "trust", "信任", "marketing")
def trust(w: Window) -> np.ndarray:
    """Mean trust of active customers."""
    return ratio(w.level(book.TRUST) / PARTS, w.level(book.ACTIVE))


@kpi("share", "market share", "市场份额")
def market_share(w: Window) -> np.ndarray:
    """Share of all firms' revenue."""
    own = w.sum(book.REVENUE)
    return ratio(own, own.sum(axis=-1, keepdims=True))


@kpi("count", "orders", "订单数", "sales")
def orders(w: Window) -> np.ndarray:
    """Orders booked."""
    return w.sum(book.ORDERS)


@kpi("count", "active customers", "活跃客户")
def active_customers(w: Window) -> np.ndarray:
    """Active customers, mean over the weeks."""
    return w.level(book.ACTIVE)


@kpi("count", "new customers", "新客户", "sales")
def new_customers(w: Window) -> np.ndarray:
    """Customers who bought from the firm for the first time."""
    return w.sum(book.ACQUIRED)


@kpi("share", "consideration", "考虑率", "market")
def consideration(w: Window) -> np.ndarray:
    """Buying occasions on which the firm came to mind."""
    return ratio(w.sum(book.CONSIDERED), w.flow[..., -1:, book.OCCASIONS])


@kpi("share", "preference", "偏好度", "market")
def preference(w: Window) -> np.ndarray:
    """People with a need who trust the firm more than any other."""
    return ratio(w.level(book.PREFERRED), w.market(book.PEOPLE))


@kpi("count", "reserve of potential customers", "潜在客户储备量", "market")
def reserve(w: Window) -> np.ndarray:
    """People who know and trust the firm and are no customers: the sum of awareness times trust."""
    return w.level(book.RESERVE) / PARTS


@kpi("share", "content engagement", "内容互动率", "market")
def engagement(w: Window) -> np.ndarray:
    """Clicks per contact with activities that people can answer."""
    return ratio(w.sum(book.ENGAGED), w.sum(book.ANSWERABLE))


@kpi("share", "inbound share", "主动来客占比")
def inbound_share(w: Window) -> np.ndarray:
    """New customers whose last contact before the first order they began themselves: they looked
    around, heard of the firm from a customer, searched, or had met nothing."""
    return ratio(w.sum(book.INBOUND), w.sum(book.ACQUIRED))


@kpi("money", "customer lifetime value", "客户生命周期价值", "marketing")
def lifetime_value(w: Window) -> np.ndarray:
    """Expected discounted margin of an active customer over five years, if margin per customer and
    churn stay as they are in the window."""
    margin = ratio(
        (w.sum(book.REVENUE) - w.sum(book.GOODS)) / 100.0, w.level(book.ACTIVE) * w.weeks
    )
    stays = 1.0 - ratio(w.sum(book.LAPSED), w.level(book.ACTIVE) * w.weeks)
    keep = np.clip(stays, 0.0, 1.0) * (1.0 - YEARLY_DISCOUNT) ** (1 / 52)
    return margin * (1.0 - keep ** (52 * VALUE_YEARS)) / (1.0 - keep)


@kpi("money", "value per customer to date", "客户已实现价值", "marketing")
def realised_value(w: Window) -> np.ndarray:
    """Discounted margin so far of customers won since the books opened, per customer."""
    return ratio(w.level(book.VALUE_TO_DATE) / 100.0, w.level(book.ACQUIRED_TO_DATE))


@kpi("share", "misalignment", "错位度", better=-1)
def misalignment(w: Window) -> np.ndarray:
    """Hours of work on tasks of a function done by people of another."""
    hours = w.sum(book.HOURS) + w.sum(book.MARKET_HOURS) + w.sum(book.MARKETING_HOURS)
    return ratio(w.sum(book.MISPLACED), hours)


@kpi("share", "money commanded by sales", "销售支配的资金占比", better=0)
def power_sales(w: Window) -> np.ndarray:
    """Share of the firm's money for going to market, pay of reps included, that sales commands."""
    return w.level(book.POWER_SALES) / PARTS


@kpi("share", "people from sales elsewhere", "其他部门中的销售出身占比", better=0)
def from_sales(w: Window) -> np.ndarray:
    """People from sales among those of the market department and marketing, mean of both."""
    return w.level(book.FROM_SALES) / PARTS


@kpi("share", "weight of mere counts", "计数类指标权重", better=0)
def counted(w: Window) -> np.ndarray:
    """Weight of leads, clicks and impressions in the KPIs of the market department and marketing,
    mean of both."""
    return w.level(book.COUNTED) / PARTS


@kpi("share", "blame", "内耗", better=-1)
def blame(w: Window) -> np.ndarray:
    """Lost leads that a side books to the other, mean of both sides."""
    return ratio(0.5 * (w.sum(book.BLAMED_MARKET) + w.sum(book.BLAMED_SALES)), w.sum(book.LOST))


@kpi("share", "spoilt records", "交接失真率", better=-1)
def spoilt_records(w: Window) -> np.ndarray:
    """Fields of leads' records (need, budget, fit, history) lost or wrong when handed over."""
    return ratio(w.sum(book.SPOILT), 4.0 * w.sum(book.HANDED))


@kpi("share", "error of insight", "洞察误差", "market", better=-1)
def insight_error(w: Window) -> np.ndarray:
    """Mean error of what the firm believes of the tastes of segments, on the scale of tastes."""
    return w.level(book.INSIGHT_ERROR) / PARTS


@kpi("share", "choice rate", "选择率", "market")
def choice_rate(w: Window) -> np.ndarray:
    """Orders per occasion on which the firm came to mind."""
    return ratio(w.sum(book.ORDERS), w.sum(book.CONSIDERED))


@kpi("money", "order value", "订单额", "sales")
def order_value(w: Window) -> np.ndarray:
    """Orders booked, in money; what is collected of them comes later."""
    return w.sum(book.REVENUE) / 100.0


@kpi("share", "collection rate", "回款率", "sales")
def collection_rate(w: Window) -> np.ndarray:
    """Money collected per money due, invoices and sales paid at once; late payers may bring it
    above one."""
    return ratio(w.sum(book.COLLECTED), w.sum(book.DUE))


@kpi("share", "late payment", "逾期率", "sales", better=-1)
def late_payment(w: Window) -> np.ndarray:
    """Money due that was not paid in the week in which it was due."""
    return ratio(w.sum(book.PAST_DUE), w.sum(book.DUE))


@kpi("share", "conversion", "转化率", "sales")
def conversion(w: Window) -> np.ndarray:
    """Leads that ordered per lead worked."""
    return ratio(w.sum(book.LEADS_WON), w.sum(book.WORKED))


@kpi("share", "follow-up", "跟进率", "sales")
def follow_up(w: Window) -> np.ndarray:
    """Leads handed over that a rep talked to; the rest was turned down or forgotten. Reps' own
    leads do not count."""
    worked = w.sum(book.WORKED) - w.sum(book.OWN_LEADS)
    return ratio(worked, worked + w.sum(book.REJECTED) + w.sum(book.NEVER_FOLLOWED))


@kpi("count", "hours to answer", "响应时长（小时）", "sales", better=-1)
def response_time(w: Window) -> np.ndarray:
    """Mean hours until an enquiry is answered by a rep, of those that are, from the beginning of
    the week after it was made."""
    return ratio(w.sum(book.ANSWER_HOURS) / PARTS, w.sum(book.ANSWERED))


@kpi("share", "hunt share", "狩猎占比", "sales", better=0)
def hunt_share(w: Window) -> np.ndarray:
    """Reps' hours on people who are no customers yet."""
    return ratio(w.sum(book.HUNT_HOURS), w.sum(book.HOURS))


@kpi("share", "skill", "销售技能", "sales")
def skill(w: Window) -> np.ndarray:
    """Mean skill of reps, hunting and farming alike."""
    return ratio(w.sum(book.SKILL) / PARTS, w.sum(book.REPS))


@kpi("share", "hunting in skill", "技能中的狩猎占比", "sales", better=0)
def hunting_skill(w: Window) -> np.ndarray:
    """Share of hunting in reps' skill: a half where they farm as well as they hunt."""
    return ratio(0.5 * w.sum(book.HUNT_SKILL), w.sum(book.SKILL))


@kpi("money", "payroll", "销售薪酬", "sales", better=0)
def payroll(w: Window) -> np.ndarray:
    """Pay of reps, and what hiring them and letting them go costs."""
    return w.sum(book.PAYROLL) / 100.0


@kpi("count", "leads", "线索数", "market")
def leads(w: Window) -> np.ndarray:
    """Names and enquiries, as the market department counts them; reps' own leads are not among
    them."""
    return w.sum(book.LEADS) - w.sum(book.OWN_LEADS)


@kpi("count", "accepted leads", "有效线索", "market")
def accepted_leads(w: Window) -> np.ndarray:
    """Leads that sales took on; reps' own leads are not among them."""
    return w.sum(book.ACCEPTED) - w.sum(book.OWN_LEADS)


@kpi("money", "cost per lead", "线索成本", "market", better=-1)
def cost_per_lead(w: Window) -> np.ndarray:
    """Spend on all activities and on checking names, per lead."""
    return ratio((w.sum(book.SPEND) + w.sum(book.SCREENING)) / 100.0, leads(w))


@kpi("share", "distribution", "铺货率", "sales")
def distribution(w: Window) -> np.ndarray:
    """Outlets that carry the firm; undefined where firms sell directly."""
    return ratio(w.level(book.LISTED), w.market(book.STORES))


@kpi("money", "cash", "现金")
def cash(w: Window) -> np.ndarray:
    """Money collected less money paid out."""
    paid_out = sum(w.sum(cost) for cost in PAID_OUT)
    return (w.sum(book.COLLECTED) - paid_out) / 100.0


@kpi("money", "price paid", "成交价", better=0)
def price_paid(w: Window) -> np.ndarray:
    """Mean price of a unit after discount."""
    return ratio(w.sum(book.REVENUE) / 100.0, w.sum(book.UNITS))


@kpi("share", "gross margin", "毛利率")
def margin(w: Window) -> np.ndarray:
    """Revenue less cost of goods, of revenue."""
    return ratio(w.sum(book.REVENUE) - w.sum(book.GOODS), w.sum(book.REVENUE))


@kpi("share", "reference price", "参考价", better=0)
def reference_price(w: Window) -> np.ndarray:
    """Price that active customers remember, geometric mean, relative to the usual price."""
    return np.exp(ratio(w.level(book.REMEMBERED) / PARTS, w.level(book.ACTIVE)))


@kpi("share", "discount depth", "折扣深度", "sales", better=0)
def discount_depth(w: Window) -> np.ndarray:
    """Discount as a share of list value."""
    return ratio(w.sum(book.LIST_VALUE) - w.sum(book.REVENUE), w.sum(book.LIST_VALUE))


@kpi("money", "spend", "支出", better=0)
def spend(w: Window) -> np.ndarray:
    """Money spent on activities."""
    return w.sum(book.SPEND) / 100.0


@kpi("money", "spend per new customer", "获客成本", better=-1)
def acquisition_cost(w: Window) -> np.ndarray:
    """Spend on all activities per customer acquired."""
    return ratio(w.sum(book.SPEND) / 100.0, w.sum(book.ACQUIRED))


@kpi("money", "spend per aware person", "单位知名成本", "market", better=-1)
def awareness_cost(w: Window) -> np.ndarray:
    """Spend on all activities per person to whom the firm comes to mind, mean over the weeks."""
    return ratio(w.sum(book.SPEND) / 100.0, w.level(book.AWARENESS) / PARTS)


@kpi("count", "messages", "口碑传播数", "marketing")
def word_of_mouth(w: Window) -> np.ndarray:
    """Messages about the firm sent from customer to customer."""
    return w.sum(book.TALKS)


@kpi("share", "referral rate", "推荐率", "marketing")
def referral_rate(w: Window) -> np.ndarray:
    """New customers who name a customer, somebody who told them before their first purchase."""
    return ratio(w.sum(book.REFERRED), w.sum(book.ACQUIRED))


@kpi("share", "good ratings", "好评率", "marketing")
def good_ratings(w: Window) -> np.ndarray:
    """Public ratings that praise."""
    return ratio(w.sum(book.RATED_GOOD), w.sum(book.RATED))


@kpi("count", "impressions", "曝光量", "market")
def impressions(w: Window) -> np.ndarray:
    """Contacts of all activities with people."""
    return w.sum(book.CONTACTS)


@kpi("count", "clicks", "点击量", "market")
def clicks(w: Window) -> np.ndarray:
    """People who clicked on what they met, by activity and week."""
    return w.sum(book.CLICKS)


@kpi("share", "click rate", "点击率", "market")
def click_rate(w: Window) -> np.ndarray:
    """Clicks per contact of all activities."""
    return ratio(w.sum(book.CLICKS), w.sum(book.CONTACTS))


@kpi("share", "orders by last click", "末次点击订单占比", "market", better=0)
def last_click(w: Window) -> np.ndarray:
    """Orders credited to a click in the weeks before; many of them would have come anyway."""
    return ratio(w.sum(book.CLICKED_ORDERS), w.sum(book.ORDERS))


@kpi("share", "awareness as surveyed", "知名度（调研）", "market", better=0)
def surveyed_awareness(w: Window) -> np.ndarray:
    """Surveyed people who recall the firm; NaN unless an activity surveys."""
    return ratio(w.sum(book.SURVEYED_AWARE), w.sum(book.SURVEYED))
