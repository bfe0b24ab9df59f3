"""Sales forces: their effect on sales (E13, E47), their leads (E17, E30, E48), their pay (E41)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from sim.config.schema import Config
from sim.draws import rep_number
from sim.engines.protocol import NEEDS
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import (
    Trial,
    advance,
    elasticity,
    flows,
    mean,
    ratio,
    repeated,
)
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.model.world import World
from sim.outcomes.logs import LOGS, log_table
from sim.params import key_of
from sim.rules.units import YEAR

NAN = float("nan")

ByRep = dict[tuple[int, int], tuple[float, float]]
"""Two numbers of every rep, by (firm, rep)."""


def sales_force(firm: str, of: str, value: float | str) -> str:
    """A change of a number of a firm's sales force."""
    return f"{key_of(('firms', firm, 'sales', of))}={value}"


def with_reps(trial: Trial) -> list[str]:
    """The firms that have reps."""
    return [name for name in trial.world.names if trial.config.firms[name].sales.reps > 0]


def revenue(world: World, firm: str) -> float:
    """Last year's revenue of a firm, cents."""
    return float(flows(world)[world.names.index(firm), acc.REVENUE])


# Effect on sales

MORE_HOURS = 0.1
"""Step of selling hours."""


@measures("E13")
@repeated(6)
def selling_elasticity(trial: Trial) -> Figures:
    """Firm by firm, the hours of all reps of one firm are raised by ten per cent for a year. The
    figure is the log of the year's revenue over that of the same year without the change, divided
    by the log of 1.1; the mean over firms."""
    found = []
    for firm in with_reps(trial):
        hours = trial.config.firms[firm].sales.hours * (1.0 + MORE_HOURS)
        more = trial.branch(sales_force(firm, "hours", hours))
        found.append(elasticity(revenue(more, firm), revenue(trial.branch(), firm), MORE_HOURS))
    return {"elasticity": mean(found)}


@measures("E47")
def sales_kept(trial: Trial) -> Figures:
    """Firm by firm, all reps of one firm are dismissed. The figure is its revenue in the year
    after, over its revenue in the same year with the reps; the mean over firms."""
    kept = [
        ratio(
            revenue(trial.branch(sales_force(firm, "reps", 0)), firm),
            revenue(trial.branch(), firm),
        )
        for firm in with_reps(trial)
    ]
    return {"kept": mean(kept)}


# Leads


@measures("E48")
def funnel(trial: Trial) -> Figures:
    """All leads of a year of all firms that reps did not generate themselves are counted by stage:
    handed to sales (accepted or rejected, the marketing qualified leads of vendors' pages), found
    in need in a sales call (qualified), considering the offer (opportunities), and won. The figures
    are shares of the stage before."""
    leads = trial.branch().ledger.leads()[-YEAR:, :, :-1].sum(axis=(0, 1, 2))
    at = {account: float(leads[n]) for n, account in enumerate(LEAD_FLOWS)}
    return {
        "qualified": ratio(at[acc.QUALIFIED], at[acc.ACCEPTED] + at[acc.REJECTED]),
        "opportunity": ratio(at[acc.OPPORTUNITIES], at[acc.QUALIFIED]),
        "won": ratio(at[acc.LEADS_WON], at[acc.OPPORTUNITIES]),
    }


REFUSED = (acc.REJECTED, acc.NEVER_FOLLOWED)
"""Fates of leads that were not followed up."""

OUTSIDE = (acc.SCREENED, acc.UNAIDED)
"""Fates of leads that reps could not follow up."""

LOGGED = "log.leads=true"


def until_closed(config: Config) -> int:
    """Weeks of a branch: a year in which leads are created, and the time after which the last of
    them are given up. Leads are logged when they close, those never followed up last of all."""
    return YEAR + config.selling.lead_life


def logged(trial: Trial, *changes: str) -> World:
    """A branch in which all leads of the first year have closed and are logged."""
    return trial.branch(LOGGED, *changes, weeks=until_closed(trial.config))


def leads_of(world: World) -> dict[str, np.ndarray]:
    """All leads created in the first year of a branch (:func:`logged`), as columns of the log."""
    rows = log_table("leads", world.logs["leads"])
    table = dict(zip(LOGS["leads"], rows.T, strict=True))
    first = world.clock - until_closed(world.config)
    keep = (table["created"] >= first) & (table["created"] < first + YEAR)
    return {name: column[keep] for name, column in table.items()}


def marketing_leads(world: World) -> dict[str, np.ndarray]:
    """Of these, the leads that reps did not generate themselves and could follow up."""
    table = leads_of(world)
    keep = (table["source"] != world.sales.sources) & ~np.isin(table["fate"], OUTSIDE)
    return {name: column[keep] for name, column in table.items()}


def followed(world: World) -> float:
    """Share of marketing's leads that were followed up."""
    fates = marketing_leads(world)["fate"]
    return 1.0 - float(np.isin(fates, REFUSED).mean()) if len(fates) else NAN


@measures("E17")
@repeated(3)
def follow_up(trial: Trial) -> Figures:
    """Branches in which the leads of a year are logged, and followed until the last of them has
    ended or been given up (13 weeks, 90 days): as it is; half more money for activities that
    capture contact details; all captured leads checked for a need before the handoff (screening);
    managers tracking follow-up; and more leads of the reps' own, half of the people in need who
    have shown interest in rivals only. Follow-up is the share of marketing's leads that were
    called, of those called, rejected by sales, or not called by then. Its fall with more own leads
    is taken over the leads of marketing that are in both branches.

    Signs by rep are rank correlations, over reps, of the rep's response (leads worked for volume,
    share followed up for screening and tracking) with experience in weeks and with last year's
    sales relative to colleagues; positive where the published sign holds."""
    base, volume = logged(trial), logged(trial, *more_leads(trial, 1.5))
    screened, tracked = (
        logged(trial, *(sales_force(firm, what, 1) for firm in with_reps(trial)))
        for what in ("screening", "tracking")
    )
    traits, before, level = rep_traits(trial.world), by_rep(base), followed(base)
    by_volume = moderation(traits, before, by_rep(volume), 0)
    by_screening = moderation(traits, before, by_rep(screened), 1)
    by_tracking = moderation(traits, before, by_rep(tracked), 1)
    return {
        "untouched": 1.0 - level,
        "screening": followed(screened) - level,
        "tracking": followed(tracked) - level,
        "old_tracking": -by_tracking[0],
        "old_volume": -by_volume[0],
        "old_screening": by_screening[0],
        "good_volume": by_volume[1],
        "good_tracking": -by_tracking[1],
        "own_leads": crowded_out(base, with_own_leads(trial)),
    }


def more_leads(trial: Trial, factor: float) -> list[str]:
    """Changes that multiply all firms' spend on activities that capture contact details."""
    known, changes = trial.config.activities, []
    for name, firm in trial.config.firms.items():
        lines = [line for line in firm.budget if known[line].capture > 0.0]
        changes += trial.spending(name, lines, factor)
    return changes


OWN = 0.5
"""Chance that a firm's rep finds somebody in need who has shown interest in rivals only."""


def with_own_leads(trial: Trial) -> World:
    """A branch in which reps also find, every week, half of the people in need who have shown
    interest in rivals only; these become leads that reps generated themselves."""
    weeks, rng = until_closed(trial.config), np.random.default_rng(trial.seed)
    longer = max(trial.config.weeks, trial.world.week + weeks)
    world = trial.world.branch(LOGGED, f"weeks={longer}")
    for _ in range(weeks):
        world.step()
        signals = world.interest
        needing, found = signals[signals[:, 3] & NEEDS > 0, 0], [signals]
        for f in range(len(world.names)):
            who = np.setdiff1d(needing, signals[signals[:, 1] == f, 0])
            who = who[rng.random(len(who)) < OWN]
            found.append(np.array([(i, f, world.sales.sources, NEEDS) for i in who], np.int64))
        signals = np.concatenate([one.reshape(-1, 4) for one in found])
        world.interest = signals[np.lexsort((signals[:, 1], signals[:, 0]))]
    return world


def crowded_out(before: World, after: World) -> float:
    """Fall of the share followed up, over leads of marketing that are in both branches."""
    fates = [
        dict(zip(zip(*(table[name].tolist() for name in LEAD), strict=True), table["fate"].tolist(),
                 strict=True))
        for table in (marketing_leads(before), marketing_leads(after))
    ]  # fmt: skip
    both = sorted({*fates[0]} & {*fates[1]})
    old, new = (np.isin([fate[lead] for lead in both], REFUSED) for fate in fates)
    return float(new.mean() - old.mean()) if both else NAN


LEAD = ("firm", "customer", "created")
"""What identifies a lead in two branches."""


def by_rep(world: World) -> ByRep:
    """Number of marketing's leads worked, and share followed up."""
    table, out = marketing_leads(world), {}
    for f, r in {*zip(table["firm"].tolist(), table["rep"].tolist(), strict=True)}:
        mine = (table["firm"] == f) & (table["rep"] == r)
        worked = ~np.isin(table["fate"][mine], REFUSED)
        out[f, r] = float(worked.sum()), float(worked.mean())
    return out


def rep_traits(world: World) -> ByRep:
    """Experience in weeks, and last year's sales relative to colleagues."""
    out = {}
    for f, firm in enumerate(world.firms):
        usual = mean([rep.sold_year for rep in firm.sales.reps])
        for rep in firm.sales.reps:
            sold = ratio(rep.sold_year, usual)
            out[f, rep_number(rep.ident)] = float(world.clock - rep.hired), sold
    return out


def moderation(traits: ByRep, before: ByRep, after: ByRep, outcome: int) -> tuple[float, float]:
    """Rank correlation over reps of a response with experience and with past sales.

    Args:
        traits: of the reps.
        before, after: outcomes without and with the change.
        outcome: 0 for leads worked, 1 for the share followed up.
    """
    known = [rep for rep in traits if rep in before and rep in after]
    response = [after[rep][outcome] - before[rep][outcome] for rep in known]
    return (
        rank_correlation([traits[rep][0] for rep in known], response),
        rank_correlation([traits[rep][1] for rep in known], response),
    )


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Spearman's correlation, NaN where one side does not vary or fewer than three are known."""
    known = np.isfinite(x) & np.isfinite(y)
    a, b = np.asarray(x)[known], np.asarray(y)[known]
    if len(a) < 3 or not np.ptp(a) or not np.ptp(b):
        return NAN
    return float(stats.spearmanr(a, b).statistic)


# Time to answer

DELAYS = ((1.0, 1.0), (25.0, 1 / 2), (97.0, 1 / 3), (265.0, 1 / 4))
"""Response times in hours, and the chance of being drawn into each group; customers drawn into
several are in the last of them, so each group has a quarter."""

DAY_HOURS = 24.0

TESTED = 4
"""Firms whose answers are timed: there are sixteen treatments."""


@measures("E30")
@repeated(4)
def response_time(trial: Trial) -> Figures:
    """The enquiries of every customer are answered after 1, 25, 97 or 265 hours, drawn at random,
    from the beginning of the week after the enquiry. An enquiry is qualified if a sales call found
    a need. The first figures compare the four groups over the enquiries of a year, answered or not:
    the rate after 1 hour over that after 25 hours, and the rank correlation of rate and time, with
    its sign changed. The observed figures are from a year in which reps answer as they like: the
    rate of enquiries answered within an hour over that of those answered later, enquiries never
    answered being in neither; and the shares of all enquiries that are answered within 1 hour,
    after that within 24 hours, later, and never. All leads are followed until the last of the year
    has ended or been given up."""
    treated = logged(trial, *timed_answers(trial))
    rate = [mean(qualified(treated, n).tolist()) for n in range(len(DELAYS))]
    return {
        "hour": ratio(rate[0], rate[1]),
        "falls": -rank_correlation([hours for hours, _ in DELAYS], rate),
        **as_observed(enquiries(logged(trial))),
    }


def as_observed(table: dict[str, np.ndarray]) -> Figures:
    """What an observer finds among enquiries: how many are answered when, and how many of those
    answered early and late are qualified."""
    hours, good = table["hours"] / acc.PARTS, is_qualified(table)
    answered = hours >= 0.0
    soon, day = answered & (hours <= 1.0), (hours > 1.0) & (hours <= DAY_HOURS)
    late = hours > DAY_HOURS
    return {
        "observed": ratio(mean(good[soon].tolist()), mean(good[answered & ~soon].tolist())),
        "within_hour": mean(soon.tolist()),
        "within_day": mean(day.tolist()),
        "later": mean(late.tolist()),
        "never": mean((~answered).tolist()),
    }


def timed_answers(trial: Trial) -> list[str]:
    """Treatments that time answers: four groups of customers for each of the first firms."""
    week = trial.world.week + 1
    return [
        f"+treatments.f{f}d{n}={{id: {treatment(f, n)}, firm: {name}, week: {week}, "
        f"weeks: {until_closed(trial.config)}, share: {share}, delay: {hours}}}"
        for f, name in enumerate(trial.world.names[:TESTED])
        for n, (hours, share) in enumerate(DELAYS)
    ]


def treatment(firm: int, group: int) -> int:
    """Id of the treatment of a group of a firm's customers."""
    return 1 + group + len(DELAYS) * firm


def qualified(world: World, group: int) -> np.ndarray:
    """Whether enquiries of a group were qualified, over the first firms, bool [enquiry]."""
    table = enquiries(world)
    last = np.full(len(table["firm"]), -1)
    for n in range(len(DELAYS)):
        bit = 1 << (treatment(0, n) - 1 + len(DELAYS) * np.minimum(table["firm"], TESTED - 1))
        last[(table["tags"] & bit) > 0] = n
    return np.asarray(is_qualified(table)[(last == group) & (table["firm"] < TESTED)])


def enquiries(world: World) -> dict[str, np.ndarray]:
    """The leads of the year that asked for an answer, as columns of the log."""
    table = leads_of(world)
    return {name: column[table["asked"] >= 0] for name, column in table.items()}


def is_qualified(table: dict[str, np.ndarray]) -> np.ndarray:
    """Whether a sales call found a need, bool [lead]."""
    unmet = (*REFUSED, *OUTSIDE, acc.LOST_NO_NEED, acc.LOST_LEFT)
    return np.asarray(~np.isin(table["fate"], unmet))


# Pay

SIMPLE = tuple((salary, rate) for salary in (400, 800, 1200) for rate in (0.02, 0.05, 0.08))
"""Simple plans: salary in money per week, and commission as a share of order value."""

OTHER_SEED = 1_000_000
"""Added to the seed of the draws on which the best simple plan is chosen."""


@measures("E41")
@repeated(3)
def pay_plans(trial: Trial) -> Figures:
    """The firm with most reps pays them for a year by a quota that follows last year's sales, with
    a ceiling. Then it moves to the simple plan (salary and commission) that earned most on other
    random draws: its revenue in the year after, over that without the move. Separately, its reps
    have for a year a quarterly quota, an annual quota, and a quarterly quota without extra pay
    beyond it. Sales of the third of reps who sold least last year, relative to an annual quota, are
    compared with those of the third who sold most; and sales of the latter, relative to a quota
    without extra pay, with those of all others."""
    firms = trial.config.firms
    firm = max(trial.world.names, key=lambda name: firms[name].sales.reps)
    tied, simple = trial.branch(paid(firm, "ratchet_ceiling")), best_simple_plan(trial, firm)
    moved = advance(tied.branch(*simple), YEAR)
    kept = advance(tied.branch(), YEAR)
    quarterly = trial.branch(paid(firm, "quarterly_quota"))
    annual = trial.branch(paid(firm, "annual_quota"))
    plain = trial.branch(paid(firm, "quarterly_quota"), "pay.quarterly_quota.accelerator=0")
    past = sorted(sold_by_rep(trial.world, firm).items(), key=lambda one: one[1])
    reps, third = [rep for rep, _ in past], max(1, len(past) // 3)
    return {
        "redesign": ratio(revenue(moved, firm), revenue(kept, firm)) - 1.0,
        "weak": sales_change(annual, quarterly, firm, reps[:third])
        - sales_change(annual, quarterly, firm, reps[-third:]),
        "best": sales_change(plain, quarterly, firm, reps[-third:])
        - sales_change(plain, quarterly, firm, reps[:-third]),
    }


def paid(firm: str, plan: str) -> str:
    """A firm pays its reps by a plan."""
    return sales_force(firm, "pay", plan)


def best_simple_plan(trial: Trial, firm: str) -> list[str]:
    """Changes that introduce the simple plan under which the firm earns most, in a year after the
    quota with a ceiling, on random draws of another seed."""
    tied = trial.branch(paid(firm, "ratchet_ceiling"))

    def earned(plan: list[str]) -> float:
        year = flows(advance(tied.branch(*plan, seed=trial.seed + OTHER_SEED), YEAR))
        total = year[trial.world.names.index(firm)]
        return float(total[acc.REVENUE] - total[[*acc.PAID_OUT, acc.WRITTEN_OFF]].sum())

    plans = [
        [f"+pay.simple={{salary: {salary}, commission: {rate}}}", paid(firm, "simple")]
        for salary, rate in SIMPLE
    ]
    return max(plans, key=earned)


def sold_by_rep(world: World, firm: str) -> dict[int, float]:
    """Last year's sales of a firm by rep."""
    reps = world.firms[world.names.index(firm)].sales.reps
    return {rep.ident: rep.sold_year for rep in reps}


def sales_change(before: World, after: World, firm: str, reps: Sequence[int]) -> float:
    """Relative change of the sales of some reps, of those who stayed in both branches."""
    old, new = sold_by_rep(before, firm), sold_by_rep(after, firm)
    both = [rep for rep in reps if rep in old and rep in new]
    return ratio(sum(new[rep] for rep in both), sum(old[rep] for rep in both)) - 1.0
