"""KPIs: pure functions of a ledger window, each defined once and used everywhere.

To add one, write a function and mark it with :func:`kpi`; it then appears in tables, intervals,
comparisons and ``gtm explain``. A function takes a :class:`Window` and returns one number per firm;
it must work for windows of any length. Undefined values (division by zero) are NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import accounts as acc
from sim.ledger.accounts import PAID_OUT, PARTS, VALUE_YEARS, YEARLY_DISCOUNT


@dataclass(frozen=True)
class Window:
    """Weeks of the ledger, added up.

    Attributes:
        flow, mean: every account's sum and weekly mean over the weeks, float64 [..., firm + market,
            account]; leading axes are windows side by side.
        weeks: length of each window.
        span: measurement window of repeat rate and churn, in weeks.
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


def side_by_side(runs: Sequence[np.ndarray], span: int) -> Window:
    """All weeks of each of some runs of equal length as a window; see :func:`over`."""
    flow = np.stack([accounts.sum(axis=0) for accounts in runs]).astype(np.float64)
    weeks = len(runs[0])
    return Window(flow, flow / max(1, weeks), weeks, span)


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
        of: whose KPI it is: firm, sales, market_department, marketing.
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
    """Revenue minus cost of goods, spend, sales payroll, screening of leads, rewards for referrals,
    overhead, serving, overtime, interest, and invoices written off; no terminal value."""
    costs = sum(w.sum(cost) for cost in (*PAID_OUT, acc.WRITTEN_OFF))
    return (w.sum(acc.REVENUE) - costs) / 100.0


@kpi("money", "revenue", "收入")
def revenue(w: Window) -> np.ndarray:
    """Orders at the price paid."""
    return w.sum(acc.REVENUE) / 100.0


@kpi("share", "awareness", "知名度", "market_department")
def awareness(w: Window) -> np.ndarray:
    """How likely the firm is to come to mind, 0 to 100 %: the mean over all people with a need. It
    rises with contacts, purchases and word of mouth, and fades with time."""
    return ratio(w.level(acc.AWARENESS) / PARTS, w.market(acc.PEOPLE))


@kpi("share", "repeat rate", "复购率", "marketing")
def repeat_rate(w: Window) -> np.ndarray:
    """Of those who bought from the firm in one period, the share who buy from it again in the next
    period; only known in weeks in which a period ends."""
    return ratio(w.sum(acc.WINDOW_REPEATERS), w.sum(acc.WINDOW_BUYERS))


@kpi("share", "penetration", "渗透率", "market_department")
def penetration(w: Window) -> np.ndarray:
    """Of all people with a need, the share who bought from the firm within a period; only known in
    weeks in which a period ends."""
    windows = w.weeks / w.span if w.weeks >= w.span else 1.0
    bought = w.sum(acc.WINDOW_CUSTOMERS)
    return ratio(np.where(bought > 0, bought, np.nan) / max(1, int(windows)), w.market(acc.PEOPLE))


@kpi("share", "churn", "流失率", "marketing", better=-1)
def churn(w: Window) -> np.ndarray:
    """Of the firm's active customers, the share who leave it within a period."""
    return per_span(ratio(w.sum(acc.LAPSED), w.sum(acc.ACTIVE)), w.span)


@kpi("share", "visible churn", "流失率（可见）", "marketing", better=-1)
def churn_seen(w: Window) -> np.ndarray:
    """Churn as the firm can see it: of its customers, the share who place no order for a whole
    period, whether or not they have left."""
    return per_span(ratio(w.sum(acc.SILENT), w.sum(acc.SILENT) + w.sum(acc.SEEN_ACTIVE)), w.span)


@kpi("share", "trust", "信任", "marketing")
def trust(w: Window) -> np.ndarray:
    """How far customers rely on the firm, 0 to 100 %: the mean over its active customers. It rises
    with good experiences, credible contacts and praise from others, falls with disappointment and
    with time, and makes customers choose the firm, stay with it and recommend it."""
    return ratio(w.level(acc.TRUST) / PARTS, w.level(acc.ACTIVE))


@kpi("share", "market share", "市场份额")
def market_share(w: Window) -> np.ndarray:
    """Revenue of the firm divided by the revenue of all firms in the market."""
    own = w.sum(acc.REVENUE)
    return ratio(own, own.sum(axis=-1, keepdims=True))


@kpi("count", "orders", "订单数", "sales")
def orders(w: Window) -> np.ndarray:
    """Number of orders."""
    return w.sum(acc.ORDERS)


@kpi("count", "active customers", "活跃客户")
def active_customers(w: Window) -> np.ndarray:
    """Active customers, mean over the weeks."""
    return w.level(acc.ACTIVE)


@kpi("count", "new customers", "新客户", "sales")
def new_customers(w: Window) -> np.ndarray:
    """Customers who bought from the firm for the first time."""
    return w.sum(acc.ACQUIRED)


@kpi("share", "consideration", "考虑率", "market_department")
def consideration(w: Window) -> np.ndarray:
    """Of all occasions on which somebody was about to buy, the share on which the firm came to
    mind."""
    return ratio(w.sum(acc.CONSIDERED), w.flow[..., -1:, acc.OCCASIONS])


@kpi("share", "preference", "偏好度", "market_department")
def preference(w: Window) -> np.ndarray:
    """Share of people with a need who trust the firm more than any other."""
    return ratio(w.level(acc.PREFERRED), w.market(acc.PEOPLE))


@kpi("count", "reserve of potential customers", "潜在客户储备量", "market_department")
def reserve(w: Window) -> np.ndarray:
    """Non-customers who know and trust the firm: the sum of awareness times trust over them."""
    return w.level(acc.RESERVE) / PARTS


@kpi("share", "content engagement", "内容互动率", "market_department")
def engagement(w: Window) -> np.ndarray:
    """Clicks per contact, over two-way activities."""
    return ratio(w.sum(acc.ENGAGED), w.sum(acc.ANSWERABLE))


@kpi("share", "inbound share", "主动来客占比")
def inbound_share(w: Window) -> np.ndarray:
    """Share of new customers who began the last contact before their first order themselves: by a
    search, a customer's recommendation, an inbound activity, or without any contact."""
    return ratio(w.sum(acc.INBOUND), w.sum(acc.ACQUIRED))


@kpi("money", "customer lifetime value", "客户生命周期价值", "marketing")
def lifetime_value(w: Window) -> np.ndarray:
    """Expected discounted margin of an active customer over five years, at the window's margin per
    customer and churn."""
    margin = ratio((w.sum(acc.REVENUE) - w.sum(acc.GOODS)) / 100.0, w.level(acc.ACTIVE) * w.weeks)
    stays = 1.0 - ratio(w.sum(acc.LAPSED), w.level(acc.ACTIVE) * w.weeks)
    keep = np.clip(stays, 0.0, 1.0) * (1.0 - YEARLY_DISCOUNT) ** (1 / 52)
    return margin * (1.0 - keep ** (52 * VALUE_YEARS)) / (1.0 - keep)


@kpi("money", "value per customer to date", "客户已实现价值", "marketing")
def realised_value(w: Window) -> np.ndarray:
    """Discounted margin to date of customers won since the first booked week, per customer."""
    return ratio(w.level(acc.VALUE_TO_DATE) / 100.0, w.level(acc.ACQUIRED_TO_DATE))


@kpi("share", "misalignment", "错位度", better=-1)
def misalignment(w: Window) -> np.ndarray:
    """Share of working hours that people of one function spend on tasks of another."""
    hours = w.sum(acc.HOURS) + w.sum(acc.MARKET_DEPARTMENT_HOURS) + w.sum(acc.MARKETING_HOURS)
    return ratio(w.sum(acc.MISPLACED), hours)


@kpi("share", "money controlled by sales", "销售支配的资金占比", better=0)
def power_sales(w: Window) -> np.ndarray:
    """Share of the firm's go-to-market budget, reps' pay included, that sales controls."""
    return w.level(acc.POWER_SALES) / PARTS


@kpi("share", "sales people in other departments", "其他部门中的销售出身占比", better=0)
def from_sales(w: Window) -> np.ndarray:
    """Share of people from sales in the market department and in marketing, mean of both."""
    return w.level(acc.FROM_SALES) / PARTS


@kpi("share", "weight of volume counts", "计数类指标权重", better=0)
def counted(w: Window) -> np.ndarray:
    """Weight of leads, clicks and impressions in the KPIs of the market department and marketing,
    mean of both."""
    return w.level(acc.COUNTED) / PARTS


@kpi("share", "blame", "内耗", better=-1)
def blame(w: Window) -> np.ndarray:
    """Of the possible buyers who were lost, the share whose loss sales and the market department
    blame on each other, mean of both sides."""
    return ratio(0.5 * (w.sum(acc.BLAMED_MARKET) + w.sum(acc.BLAMED_SALES)), w.sum(acc.LOST))


@kpi("share", "corrupted records", "交接失真率", better=-1)
def corrupted_records(w: Window) -> np.ndarray:
    """Of the notes on possible buyers (need, budget, fit, history), the share that is lost or wrong
    after they are handed over to sales."""
    return ratio(w.sum(acc.CORRUPTED), 4.0 * w.sum(acc.HANDED))


@kpi("share", "insight error", "洞察误差", "market_department", better=-1)
def insight_error(w: Window) -> np.ndarray:
    """Mean error of the firm's estimates of segments' tastes, on the scale of tastes."""
    return w.level(acc.INSIGHT_ERROR) / PARTS


@kpi("share", "choice rate", "选择率", "market_department")
def choice_rate(w: Window) -> np.ndarray:
    """Orders per occasion on which the firm came to mind."""
    return ratio(w.sum(acc.ORDERS), w.sum(acc.CONSIDERED))


@kpi("money", "order value", "订单额", "sales")
def order_value(w: Window) -> np.ndarray:
    """Value of the orders booked, whether collected yet or not."""
    return w.sum(acc.REVENUE) / 100.0


@kpi("share", "collection rate", "回款率", "sales")
def collection_rate(w: Window) -> np.ndarray:
    """Money collected per money due, from invoices and immediate payments; late payments may raise
    it above one."""
    return ratio(w.sum(acc.COLLECTED), w.sum(acc.DUE))


@kpi("share", "late payment", "逾期率", "sales", better=-1)
def late_payment(w: Window) -> np.ndarray:
    """Share of money due that was not paid in the week in which it was due."""
    return ratio(w.sum(acc.PAST_DUE), w.sum(acc.DUE))


@kpi("share", "conversion", "转化率", "sales")
def conversion(w: Window) -> np.ndarray:
    """Leads that ordered per lead worked."""
    return ratio(w.sum(acc.LEADS_WON), w.sum(acc.WORKED))


@kpi("share", "follow-up", "跟进率", "sales")
def follow_up(w: Window) -> np.ndarray:
    """Share of leads handed over that a rep contacted; the rest were rejected or never followed up.
    Reps' own leads are excluded."""
    worked = w.sum(acc.WORKED) - w.sum(acc.OWN_LEADS)
    return ratio(worked, worked + w.sum(acc.REJECTED) + w.sum(acc.NEVER_FOLLOWED))


@kpi("count", "response time in hours", "响应时长（小时）", "sales", better=-1)
def response_time(w: Window) -> np.ndarray:
    """Mean hours until a rep answers an enquiry, over answered enquiries, counted from the
    beginning of the week after the enquiry."""
    return ratio(w.sum(acc.ANSWER_HOURS) / PARTS, w.sum(acc.ANSWERED))


@kpi("share", "hunt share", "狩猎占比", "sales", better=0)
def hunt_share(w: Window) -> np.ndarray:
    """Share of reps' hours spent on people who are not yet customers."""
    return ratio(w.sum(acc.HUNT_HOURS), w.sum(acc.HOURS))


@kpi("share", "skill", "销售技能", "sales")
def skill(w: Window) -> np.ndarray:
    """Mean skill of reps, over hunting and farming."""
    return ratio(w.sum(acc.SKILL) / PARTS, w.sum(acc.REPS))


@kpi("share", "hunting share of skill", "技能中的狩猎占比", "sales", better=0)
def hunting_skill(w: Window) -> np.ndarray:
    """Share of hunting in reps' skill: one half if they hunt and farm equally well."""
    return ratio(0.5 * w.sum(acc.HUNT_SKILL), w.sum(acc.SKILL))


@kpi("money", "payroll", "销售薪酬", "sales", better=0)
def payroll(w: Window) -> np.ndarray:
    """Pay of reps, plus the cost of hiring and dismissing them."""
    return w.sum(acc.PAYROLL) / 100.0


@kpi("count", "leads", "线索数", "market_department")
def leads(w: Window) -> np.ndarray:
    """Captured contact details and enquiries, as the market department counts them; reps' own leads
    are excluded."""
    return w.sum(acc.LEADS) - w.sum(acc.OWN_LEADS)


@kpi("count", "accepted leads", "有效线索", "market_department")
def accepted_leads(w: Window) -> np.ndarray:
    """Leads that sales accepted; reps' own leads are excluded."""
    return w.sum(acc.ACCEPTED) - w.sum(acc.OWN_LEADS)


@kpi("money", "cost per lead", "线索成本", "market_department", better=-1)
def cost_per_lead(w: Window) -> np.ndarray:
    """Spend on all activities and on screening, per lead."""
    return ratio((w.sum(acc.SPEND) + w.sum(acc.SCREENING)) / 100.0, leads(w))


@kpi("share", "distribution", "铺货率", "sales")
def distribution(w: Window) -> np.ndarray:
    """Share of stores that carry the firm; undefined where firms sell directly."""
    return ratio(w.level(acc.LISTED), w.market(acc.STORES))


@kpi("money", "cash", "现金")
def cash(w: Window) -> np.ndarray:
    """Money collected minus money paid out."""
    paid_out = sum(w.sum(cost) for cost in PAID_OUT)
    return (w.sum(acc.COLLECTED) - paid_out) / 100.0


@kpi("money", "price paid", "成交价", better=0)
def price_paid(w: Window) -> np.ndarray:
    """Mean price of a unit after discount."""
    return ratio(w.sum(acc.REVENUE) / 100.0, w.sum(acc.UNITS))


@kpi("share", "gross margin", "毛利率")
def margin(w: Window) -> np.ndarray:
    """Revenue minus cost of goods, as a share of revenue."""
    return ratio(w.sum(acc.REVENUE) - w.sum(acc.GOODS), w.sum(acc.REVENUE))


@kpi("share", "reference price", "参考价", better=0)
def reference_price(w: Window) -> np.ndarray:
    """Geometric mean of the price that active customers remember, relative to the usual price."""
    return np.exp(ratio(w.level(acc.REMEMBERED) / PARTS, w.level(acc.ACTIVE)))


@kpi("share", "discount depth", "折扣深度", "sales", better=0)
def discount_depth(w: Window) -> np.ndarray:
    """Discount as a share of list value."""
    return ratio(w.sum(acc.LIST_VALUE) - w.sum(acc.REVENUE), w.sum(acc.LIST_VALUE))


@kpi("money", "spend", "支出", better=0)
def spend(w: Window) -> np.ndarray:
    """Money spent on activities."""
    return w.sum(acc.SPEND) / 100.0


@kpi("money", "spend per new customer", "获客成本", better=-1)
def acquisition_cost(w: Window) -> np.ndarray:
    """Spend on all activities per customer acquired."""
    return ratio(w.sum(acc.SPEND) / 100.0, w.sum(acc.ACQUIRED))


@kpi("money", "spend per aware person", "单位知名成本", "market_department", better=-1)
def awareness_cost(w: Window) -> np.ndarray:
    """Spend on all activities per person to whom the firm comes to mind, mean over the weeks."""
    return ratio(w.sum(acc.SPEND) / 100.0, w.level(acc.AWARENESS) / PARTS)


@kpi("count", "messages", "口碑传播数", "marketing")
def word_of_mouth(w: Window) -> np.ndarray:
    """Messages about the firm sent from customer to customer."""
    return w.sum(acc.TALKS)


@kpi("share", "referral rate", "推荐率", "marketing")
def referral_rate(w: Window) -> np.ndarray:
    """Share of new customers who name a referrer, a customer who told them of the firm before their
    first purchase."""
    return ratio(w.sum(acc.REFERRED), w.sum(acc.ACQUIRED))


@kpi("share", "good ratings", "好评率", "marketing")
def good_ratings(w: Window) -> np.ndarray:
    """Share of public ratings that are positive."""
    good = w.sum(acc.RATED_GOOD) + w.sum(acc.RATED_GOOD_GIVEN)
    return ratio(good, w.sum(acc.RATED) + w.sum(acc.RATED_GIVEN))


@kpi("count", "impressions", "曝光量", "market_department")
def impressions(w: Window) -> np.ndarray:
    """Contacts of all activities with people."""
    return w.sum(acc.CONTACTS)


@kpi("count", "clicks", "点击量", "market_department")
def clicks(w: Window) -> np.ndarray:
    """Number of people who clicked, counted by activity and week."""
    return w.sum(acc.CLICKS)


@kpi("share", "click rate", "点击率", "market_department")
def click_rate(w: Window) -> np.ndarray:
    """Clicks per contact of all activities."""
    return ratio(w.sum(acc.CLICKS), w.sum(acc.CONTACTS))


@kpi("share", "orders by last click", "末次点击订单占比", "market_department", better=0)
def last_click(w: Window) -> np.ndarray:
    """Share of orders credited to a click in the preceding weeks; many of them would have come
    anyway."""
    return ratio(w.sum(acc.CLICKED_ORDERS), w.sum(acc.ORDERS))


@kpi("share", "surveyed awareness", "知名度（调研）", "market_department", better=0)
def surveyed_awareness(w: Window) -> np.ndarray:
    """Share of surveyed people who recall the firm; NaN unless an activity surveys."""
    return ratio(w.sum(acc.SURVEYED_AWARE), w.sum(acc.SURVEYED))
