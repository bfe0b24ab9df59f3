"""The record of a finished run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.schema import Config
from sim.kpis import KPIS, Window, over, weekly
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS, LEAD_FLOWS, PARTS
from sim.ledger.ledger import Ledger
from sim.outcomes.logs import EVENTS, LOGS
from sim.params import ConfigError, in_id_order, nearest, one_of
from sim.rules.talk import VALENCE_UNIT
from sim.rules.units import QUARTER, YEAR

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = ("profit", "revenue", "market_share", "awareness", "churn")
"""KPIs that a notebook shows of a run."""

MOST_SHOWN = 8
"""Firms that a notebook shows of a run."""

TOUCHES = ("nothing", "word of mouth", "search")
"""Touches other than activities, by their code (:mod:`sim.engines.protocol`)."""


@dataclass(frozen=True)
class Run:
    """A finished run. All tables are derived from ``ledger``, which they do not change.

    Attributes:
        config: as resolved.
        seed: of all random draws.
        plan: name of the plan, or ``""`` for declared budgets alone.
        start: Monday of the first week.
        firms: names in order of ids, as in the ledger's arrays.
        ledger: the accounts of all weeks.
        logs: logged events, as integers (:data:`sim.outcomes.logs.LOGS`).
        people: identity of every customer by row, arrival week * 2**32 + slot.
        organisation: state of the firms' organisations at the beginning of each quarter, by name:
            ``week``; ``power`` [quarter, firm, function], share of the money; ``people`` [quarter,
            firm, function, home function], shares; ``weights`` [quarter, firm, market department or
            marketing, KPI]; ``credited`` [quarter, firm, line], credit given by the policy, reps
            last.
        waiting: firm and week of the first decision missing from a human player, if that ended the
            run.
        seconds: time spent in each row of the week's table, if measured.
    """

    config: Config
    seed: int
    plan: str
    start: dt.date
    firms: tuple[str, ...]
    ledger: Ledger
    logs: dict[str, np.ndarray] = field(default_factory=dict)
    people: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    organisation: dict[str, np.ndarray] = field(default_factory=dict)
    waiting: tuple[str, int] | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def window(self, first: int = 0, last: int | None = None) -> Window:
        """Weeks ``first`` to ``last`` - 1 (from 0) as one window."""
        return over(self._accounts[first:last], self.config.measurement.window)

    def kpi(self, name: str, first: int = 0, last: int | None = None) -> dict[str, float]:
        """A KPI over a window, by firm.

        Raises:
            ConfigError: there is no such KPI.
        """
        values = KPIS[one_of(name, "kpi", KPIS)].function(self.window(first, last))
        return dict(zip(self.firms, values.tolist(), strict=True))

    @cached_property
    def _accounts(self) -> np.ndarray:
        return self.ledger.accounts()

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per (week, firm), one column per KPI; weeks count from 1."""
        import pandas as pd

        weeks, firms = self.ledger.weeks, len(self.firms)
        window = weekly(self._accounts, self.config.measurement.window)
        mondays = [self.start + dt.timedelta(days=7 * w) for w in range(weeks)]
        frame = {
            "week": np.repeat(np.arange(1, weeks + 1), firms),
            "date": np.repeat(np.array(mondays, "datetime64[s]"), firms),
            "firm": list(self.firms) * weeks,
        }
        frame |= {name: k.function(window).reshape(-1) for name, k in KPIS.items()}
        return pd.DataFrame(frame)

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """One row per (year, firm), one column per KPI; ``weeks`` is 52, or fewer in a last year
        that is not complete. The whole run is in :attr:`total`."""
        import pandas as pd

        rows = [
            {"year": year, "weeks": last - first} | row
            for year, first, last in years(self.ledger.weeks)
            for row in self._by_firm(first, last)
        ]
        return pd.DataFrame(rows)

    @cached_property
    def total(self) -> pd.DataFrame:
        """The whole run: one row per firm, one column per KPI."""
        import pandas as pd

        weeks = self.ledger.weeks
        return pd.DataFrame([{"weeks": weeks} | row for row in self._by_firm(0, weeks)])

    def _by_firm(self, first: int, last: int) -> list[dict[str, Any]]:
        """Every KPI over a window, one row per firm."""
        window = self.window(first, last)
        values = {name: k.function(window) for name, k in KPIS.items()}
        return [
            {"firm": firm} | {name: value[f] for name, value in values.items()}
            for f, firm in enumerate(self.firms)
        ]

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self._summary()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>\n{self._summary().to_html()}"

    def _heading(self) -> str:
        plan = self.plan or "declared budgets"
        return f"Run: {plan}, {self.ledger.weeks} weeks, seed {self.seed}"

    def _summary(self) -> pd.DataFrame:
        """A few KPIs of the whole run, by firm."""
        return self.total.set_index("firm")[[*SUMMARY]].head(MOST_SHOWN).round(3)

    @property
    def focus(self) -> str:
        """The firm shown where there is room for only one: the last to enter, else the first."""
        specs = self.config.firms
        return max(self.firms, key=lambda name: (specs[name].enters, -specs[name].id))

    @property
    def touches(self) -> tuple[str, ...]:
        """Names of the last touches that customers are attributed to, in the ledger's order."""
        return (*TOUCHES, *self.ledger.activities)

    @property
    def lead_sources(self) -> tuple[str, ...]:
        """Names of the sources of leads, in the ledger's order; the last is reps' own leads."""
        return (*self.touches, "own")

    @cached_property
    def ledger_table(self) -> pd.DataFrame:
        """The ledger as a tidy table: week, firm, account, kind, unit, segment, source, cohort,
        count, cents.

        Rows of the ``kind`` ``flow`` add up over weeks; those of the kind ``stock`` are levels at
        the end of a week, which must not be added up over weeks. A ``unit`` of ``parts`` counts
        parts of 1/65536. The firm ``market`` holds the accounts of the whole market.
        ``source`` is the activity of contacts, clicks and spend, and the last touch of customers
        and leads. ``cohort`` is the quarter of acquisition (0: before the first week). A split
        account appears in its parts only, so the sum over its rows is its total.
        """
        import pandas as pd

        names, accounts = np.array([*self.firms, "market"]), np.array([x.name for x in ACCOUNTS])
        whole = self._accounts.copy()
        split = (*CUSTOMER_FLOWS, *LEAD_FLOWS, acc.CONTACTS, acc.CLICKS, acc.SPEND)
        whole[:, :-1, split] = 0
        w, f, a = np.nonzero(whole)
        money = np.array([x.unit == "cents" for x in ACCOUNTS])[a]
        value = whole[w, f, a]
        frames = [_rows(w, names[f], accounts[a], value, money)]
        by_activity = {
            "contacts": self.ledger.contacts(),
            "clicks": self.ledger.clicks(),
            "spend": self.ledger.spend(),
        }
        for name, values in by_activity.items():
            w, f, k = np.nonzero(values)
            activity = np.array(self.ledger.activities)[k]
            frames.append(
                _rows(w, names[f], name, values[w, f, k], name == "spend", source=activity)
            )
        w, f, cohort, source, segment, flow, number = self.ledger.cells().T
        segments = list(in_id_order(self.config.segments))
        frames.append(
            _rows(
                w, names[f], accounts[np.array(CUSTOMER_FLOWS)[flow]], number, False,
                source=np.array(self.touches)[source], segment=np.array(segments)[segment],
                cohort=cohort,
            )
        )  # fmt: skip
        leads = self.ledger.leads()
        w, f, source, flow = np.nonzero(leads)
        frames.append(
            _rows(
                w, names[f], accounts[np.array(LEAD_FLOWS)[flow]], leads[w, f, source, flow], False,
                source=np.array(self.lead_sources)[source],
            )
        )  # fmt: skip
        table = pd.concat(frames).sort_values(["week", "firm"], kind="stable", ignore_index=True)
        after = list(table.columns).index("account") + 1
        for at, name in enumerate(("kind", "unit"), start=after):
            of_account = {account.name: getattr(account, name) for account in ACCOUNTS}
            table.insert(at, name, table["account"].map(of_account))
        return table

    def log(self, name: str) -> pd.DataFrame:
        """A log as a table: ``purchases``, ``customers``, ``messages`` or ``leads``.

        Leads are logged when they end. Their ``created`` and ``asked`` are the weeks of creation
        and of the enquiry; ``hours`` is the response time, NaN without an answer. Reps are
        numbered, earlier reps lower. Customers are given by identity; firms, sources and events by
        name. Of a purchase, ``source`` is how the customer first came to the firm, and ``touch``
        the last touch before this order, to which it is credited. The valence of a message is 0 to
        1, and -1 for the news that a customer has lapsed.

        Raises:
            ConfigError: there is no such log, or it was not kept (``log.purchases=true``).
        """
        import pandas as pd

        if name not in LOGS:
            raise ConfigError(
                "log {name}: no such log; allowed {allowed}.{hint}",
                name=name, allowed=[*LOGS], hint=nearest(name, LOGS),
            )  # fmt: skip
        if not getattr(self.config.log, name):
            raise ConfigError("log {name}: it was not kept; run with log.{name}=true.", name=name)
        table = pd.DataFrame(self.logs[name], columns=[*LOGS[name]])
        for column in {"customer", "from", "to", "referrer"} & set(table):
            row = table[column].to_numpy()
            table[column] = np.where(row >= 0, self.people[row].astype(np.int64), -1)
        words = {
            "firm": self.firms, "source": self.lead_sources, "touch": self.touches,
            "event": EVENTS,
        }  # fmt: skip
        if name == "leads":
            words["fate"] = tuple(a.name for a in ACCOUNTS)
            for column in ("created", "asked"):
                known = table[column] >= 0
                table[column] = np.where(known, table[column] - self.config.warmup + 1, np.nan)
            table["hours"] = np.where(table["hours"] >= 0, table["hours"] / PARTS, np.nan)
        for column, by_code in words.items():
            if column in table:
                table[column] = np.array(by_code)[table[column]]
        if name == "messages":
            said = table["valence"].to_numpy()
            table["valence"] = np.where(said < 0, -1.0, said / VALENCE_UNIT)
        if name == "purchases":
            table["first"] = table["first"] > 0
        return table

    def retention(self, firm: str) -> np.ndarray:
        """Share of each acquisition quarter's customers still active at later quarters' ends.

        Returns:
            float64 [quarter of acquisition, quarters later], NaN where the run has ended or
            nobody was acquired.
        """
        quarters = self.ledger.weeks // QUARTER
        change = np.zeros((quarters, quarters))
        w, f, cohort, _, _, flow, number = self.ledger.cells().T
        signs = np.zeros(len(CUSTOMER_FLOWS))
        signs[[acc.BY_ACQUIRED, acc.BY_WON_BACK, acc.BY_JOINED]] = 1.0
        signs[[acc.BY_LAPSED, acc.BY_EXITED, acc.BY_REMOVED]] = -1.0
        mine = (f == self.firms.index(firm)) & (cohort >= 1) & (w < quarters * QUARTER)
        at = (cohort[mine] - 1, w[mine] // QUARTER)
        np.add.at(change, at, signs[flow[mine]] * number[mine])
        new = np.zeros(quarters)
        bought = mine & (flow == acc.BY_ACQUIRED)
        np.add.at(new, cohort[bought] - 1, number[bought])
        active = change.cumsum(axis=1)
        out = np.full((quarters, quarters), np.nan)
        for q in range(quarters):
            if new[q] > 0:
                out[q, : quarters - q] = active[q, q:] / new[q]
        return out


def _rows(
    week: np.ndarray,
    firm: np.ndarray,
    account: np.ndarray | str,
    value: np.ndarray,
    money: np.ndarray | bool,
    *,
    source: np.ndarray | str = "",
    segment: np.ndarray | str = "",
    cohort: np.ndarray | int = -1,
) -> pd.DataFrame:
    """Rows of the tidy ledger; ``money`` says which values are cents."""
    import pandas as pd

    return pd.DataFrame(
        {
            "week": week + 1, "firm": firm, "account": account, "segment": segment,
            "source": source, "cohort": cohort, "count": np.where(money, 0, value),
            "cents": np.where(money, value, 0),
        }
    )  # fmt: skip


def years(weeks: int) -> list[tuple[int, int, int]]:
    """(year, first week, week after the last) for every year begun."""
    return [(n // YEAR + 1, n, min(n + YEAR, weeks)) for n in range(0, weeks, YEAR)]


def periods(weeks: int) -> list[tuple[int | None, int, int]]:
    """The years, as :func:`years` has them, then (None, 0, weeks) for the whole run."""
    return [*years(weeks), (None, 0, weeks)]
