"""Checks of a composed configuration: bounds, words, ids, and references between names."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from sim.config.renamed import new_name
from sim.config.schema import ENGINES, NAMED, NEEDED, Config
from sim.market.activities import OWN, OWNERS, Activity
from sim.market.calendar import parse_start
from sim.market.firms import INSTRUMENTS, OBJECTIVES, REACTIONS, FirmSpec
from sim.market.interventions import AMONG, FIRM, OF_REPS, OF_UNIT, UNITS, Era, Treatment
from sim.market.plan import AFTER, MOST_MONEY, refuse_sum
from sim.market.population import BUYERS
from sim.params import (
    MOST_SEED,
    ConfigError,
    Message,
    as_message,
    check,
    is_within,
    key_of,
    level_of,
    nearest,
    numbers,
    one_of,
    path_of,
    shown,
    split_key,
)
from sim.rules.stock import MOST_EXTRA
from sim.rules.units import CENTS

ERAS_FROM_THE_START = ("flow.inflow",)
"""Numbers that are settled before the first week, for all weeks at once, so that an era may change
them."""

ALSO_IN_A_BRANCH = ("weeks", "log")
"""Settings of a whole comparison that a branch, which is a run of its own, may change as well."""

MOST_ROWS = 2**31 - 1
"""Largest number of simulated customers over a run: what a whole number of 32 bits holds."""

MOST_WEIGHT = 1e6
"""Largest weight of a KPI in a scorecard."""

MOST_ACTIVITIES = 252
"""Largest number of activities: last touches are stored in 8 bits, and three are no activities."""


def validate(config: Config, changed: Collection[str] = ()) -> None:
    """Check bounds, words, ids and references of a configuration.

    Args:
        changed: names of its groups whose numbers alone have changed since it was checked; none if
            it was not.

    Raises:
        ConfigError: one line about the first error.
    """
    groups = [getattr(config, name) for name in changed]
    if not groups or not all(map(is_dataclass, groups)):  # a number that others may refer to
        _check_words(config)
        check(config)
    elif not all(map(is_within, groups)):
        check(config)
    check_amounts(config)


def check_amounts(config: Config) -> None:
    """Check that sums over a run fit into the whole numbers that hold them.

    Raises:
        ConfigError: one line about the first that does not.
    """
    weeks = config.warmup + config.weeks
    inflow = max(
        [config.flow.inflow]
        + [max(e.start, e.end) for e in config.eras.values() if e.key == "flow.inflow"]
    )
    rows = config.population.customers * (1.0 + inflow * weeks) + config.population.bystanders
    if rows > MOST_ROWS:
        raise ConfigError(
            "population.customers={customers}: {rows:.3g} simulated customers arrive over the run; "
            "allowed {most:.3g} (flow.inflow and weeks add to them).",
            customers=config.population.customers, rows=rows, most=MOST_ROWS,
        )  # fmt: skip
    units = config.population.weight * rows * (1 + MOST_EXTRA) * weeks
    for name, firm in config.firms.items():
        where = key_of(("firms", name))
        for key, money in (
            ("list_price", firm.list_price), ("unit_cost", firm.unit_cost),
            ("sales.screening_cost", firm.sales.screening_cost),
        ):  # fmt: skip
            when = Message("if everybody buys every week")
            refuse_sum(f"{where}.{key}={money:g}", units * money * CENTS, when)
        spent = sum(firm.budget.values()) * weeks
        refuse_sum(f"{where}.budget", spent * CENTS, Message("over the run"))


def refuse_fixed(before: Config, after: Config, *, branch: bool = False) -> None:
    """Refuse changes that cannot act once a run has begun.

    Args:
        before: the configuration until now.
        after: the changed configuration.
        branch: whether the change makes a branch, which may also change the settings of
            :data:`ALSO_IN_A_BRANCH`.

    Raises:
        ConfigError: one line that names what was changed.
    """
    changed = [f for f in fields(before) if getattr(before, f.name) != getattr(after, f.name)]
    was, will = (dict(_fixed(config, changed)) for config in (before, after))
    for key in dict.fromkeys([*was, *will]):
        if was.get(key) == will.get(key):
            continue
        level, value = will.get(key) or was[key]
        if level == "run":
            raise ConfigError(
                "{key}: cannot change once a run has begun, it was settled at the start.", key=key
            )
        if not (branch and path_of(key)[0] in ALSO_IN_A_BRANCH):
            raise ConfigError(
                "{key}={value}: has no effect here, it is set once for a whole comparison; give "
                "{key}=... for all arms together.",
                key=key, value=shown(value),
            )  # fmt: skip
    for name, era in after.eras.items():
        if era.key in ERAS_FROM_THE_START and before.eras.get(name) != era:
            raise ConfigError(
                "{where}: {key} cannot change once a run has begun, it was settled at the start.",
                where=key_of(("eras", name)), key=era.key,
            )  # fmt: skip


def _fixed(
    item: Any, some: Sequence[Field[Any]], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Key, level and value of all in some fields that does not change from week to week."""
    for f in some:
        value, here = getattr(item, f.name), (*path, f.name)
        if is_dataclass(value):
            yield from _fixed(value, fields(value), here)
        elif isinstance(value, dict):
            for name, one in value.items():
                if is_dataclass(one):
                    yield from _fixed(one, fields(one), (*here, name))
        elif (level := level_of(f)) != "week":
            yield key_of(here), (level, value)


def refuse_past(before: Config, after: Config, week: int) -> None:
    """Refuse interventions, treatments and an end of the run in weeks that are over.

    Args:
        before: the configuration until now.
        after: the changed configuration.
        week: weeks simulated so far.

    Raises:
        ConfigError: one line that names what was changed.
    """
    if before.weeks != after.weeks < week:
        raise ConfigError(
            "weeks={weeks}: {week} weeks have passed already.", weeks=after.weeks, week=week
        )
    for kind in ("interventions", "treatments"):
        old: dict[str, Any] = getattr(before, kind)
        new: dict[str, Any] = getattr(after, kind)
        for name, one in new.items():
            if old.get(name) != one and one.week <= week:
                raise ConfigError(
                    "{key}={value}: has no effect, {week} weeks have passed already.",
                    key=f"{key_of((kind, name))}.week", value=one.week, week=week,
                )  # fmt: skip


def refuse_entries(before: Config, after: Config, first: int) -> None:
    """Refuse changes of the week in which a firm enters, once it has entered or that week is over.

    Args:
        before: the configuration until now.
        after: the changed configuration.
        first: first week in which changes hold.

    Raises:
        ConfigError: one line that names what was changed.
    """
    for name, firm in after.firms.items():
        was = before.firms[name].enters if name in before.firms else firm.enters
        if was == firm.enters:
            continue
        key = f"{key_of(('firms', name))}.enters"
        if was < first:
            raise ConfigError(
                "{key}={value}: the firm is in the market already, and cannot enter again.",
                key=key, value=firm.enters,
            )  # fmt: skip
        if firm.enters < first:
            raise ConfigError(
                "{key}={value}: has no effect, {week} weeks have passed already.",
                key=key, value=firm.enters, week=first - 1,
            )  # fmt: skip


def refuse_last_seeds(seed: int, count: int) -> None:
    """Refuse a first seed after which there are not enough seeds for all replicates.

    Raises:
        ConfigError: one line with the largest first seed.
    """
    if seed > MOST_SEED - count:
        raise ConfigError(
            "seed={seed}: {count} replicates use the seeds from this one on; allowed up to {most}.",
            seed=seed, count=count, most=MOST_SEED - count,
        )  # fmt: skip


def refuse_eras(overrides: Sequence[str], changed: Config) -> None:
    """Refuse to set a number that an era will set again.

    Raises:
        ConfigError: one line that names the era.
    """
    eras = {path_of(era.key): name for name, era in changed.eras.items()}
    for word in overrides:
        path = split_key(word.lstrip(" +~"))[0]
        if path in eras:
            raise ConfigError(
                "{word}: {era} changes {key} week by week; change the era instead.",
                word=word, era=key_of(("eras", eras[path])), key=key_of(path),
            )  # fmt: skip


def _check_era(where: str, era: Era, config: Config) -> None:
    """Check that an era changes a declared number, within its bounds and within the run."""
    known = {path_of(name): declared for name, declared, _ in numbers(config)}
    try:
        path = path_of(era.key)
    except ConfigError as error:
        raise ConfigError("{where}: {error}", where=f"{where}.key", error=error) from None
    if path not in known and (new := new_name(era.key)) is not None:
        raise ConfigError("{key}: now called {new}.", key=f"{where}.key={era.key}", new=new)
    if path not in known or path[0] in ("eras", "interventions", "treatments"):
        raise ConfigError(
            "{where}.key={key}: not a number that can change; `gtm explain` lists them.{hint}",
            where=where, key=shown(era.key), hint=nearest(era.key, map(key_of, known)),
        )  # fmt: skip
    number_is = known[path]
    if number_is.level != "week" and era.key not in ERAS_FROM_THE_START:
        raise ConfigError(
            "{where}.key={key}: an era cannot change it, it is settled before the first week.",
            where=where, key=era.key,
        )  # fmt: skip
    if era.first > config.weeks:
        raise ConfigError(
            "{key}={week} lies beyond the end of the run (weeks={weeks}).",
            key=f"{where}.first", week=era.first, weeks=config.weeks,
        )  # fmt: skip
    if era.last < era.first:
        raise ConfigError(
            "{where}.last={last} lies before {where}.first={first}.",
            where=where, last=era.last, first=era.first,
        )  # fmt: skip
    for end in ("start", "end"):
        value = getattr(era, end)
        if not number_is.low <= value <= number_is.high:
            raise ConfigError(
                "{where}.{end}={value} is out of bounds: allowed {low:g} to {high:g} ({unit}, "
                "{key}).",
                where=where, end=end, value=value, low=number_is.low, high=number_is.high,
                unit=as_message(number_is.unit), key=era.key,
            )  # fmt: skip


def policies() -> list[str]:
    """Names of the budget policies, one module each."""
    places = find_spec("sim.agents.policies")
    assert places is not None
    folders = tuple(places.submodule_search_locations or ())
    return _modules(folders, tuple(os.stat(folder).st_mtime_ns for folder in folders))


@cache
def _modules(folders: tuple[str, ...], _: tuple[int, ...]) -> list[str]:
    """Names of the modules in folders, which may change during a session."""
    return sorted(module.name for module in iter_modules(folders))


def _check_relatives(name: str, activity: Activity, config: Config) -> None:
    """Check the activities that an activity is like, or the twin of."""
    where, items = key_of(("activities", name)), config.activities
    for key in ("like", "twin"):
        word = getattr(activity, key)
        if word and word not in items:
            raise _unknown_activity(f"{where}.{key}={shown(word)}", word, config)
    if activity.like and items[activity.like].like:
        raise ConfigError(
            "{where}.like={like}: that one is itself like {other}; name {other}.",
            where=where, like=activity.like, other=items[activity.like].like,
        )  # fmt: skip
    if activity.twin and (items[activity.twin].twin != name or activity.twin == name):
        raise ConfigError(
            "{where}.twin={twin}: twins name each other; set {other}.twin={name}.",
            where=where, twin=activity.twin, other=key_of(("activities", activity.twin)), name=name,
        )  # fmt: skip
    if activity.like:
        for field in fields(activity):
            if field.name not in OWN and getattr(activity, field.name) != field.default:
                raise ConfigError(
                    "{where}.{key}: it has that of {like}; allowed of its own: {allowed}.",
                    where=where, key=field.name, like=activity.like, allowed=OWN,
                )  # fmt: skip


def _check_organisation(where: str, firm: FirmSpec, config: Config) -> None:
    """Check the words of a firm's organisation."""
    for key, allowed in (
        ("kpis", tuple(config.kpis)), ("policy", policies()), ("objective", OBJECTIVES),
        ("reaction", REACTIONS), ("instrument", INSTRUMENTS), ("target", ("", *config.segments)),
    ):  # fmt: skip
        word = getattr(firm.organisation, key)
        if word not in allowed:
            raise _unknown(f"{where}.{key}", word, allowed)


def _unknown(key: str, word: str, allowed: Sequence[str]) -> ConfigError:
    return ConfigError(
        "{key}={word}: unknown; allowed {allowed}.{hint}",
        key=key, word=shown(word) or "''", allowed=[name for name in allowed if name],
        hint=nearest(word, allowed),
    )  # fmt: skip


def _unknown_activity(key: str, word: str, config: Config) -> ConfigError:
    return ConfigError(
        "{key}: unknown activity; allowed {allowed}.{hint}",
        key=key, allowed=[*config.activities], hint=nearest(word, config.activities),
    )  # fmt: skip


def _check_words(config: Config) -> None:
    """Check words, ids and references between names."""
    one_of(config.engine, "engine", ENGINES)
    if config.after_plan not in AFTER:
        raise _unknown("after_plan", config.after_plan, AFTER)
    if config.start != "auto":
        parse_start(config.start)
    for kind in NAMED:
        items = getattr(config, kind)
        if not items and kind in NEEDED:
            raise ConfigError("{kind}: none declared; a market needs at least one.", kind=kind)
        taken: dict[int, str] = {}
        for name, item in items.items():
            if not hasattr(item, "id"):
                continue
            if item.id in taken:
                raise ConfigError(
                    "{key}.id={id} is also the id of {other}; ids must differ.",
                    key=key_of((kind, name)), id=item.id, other=taken[item.id],
                )  # fmt: skip
            taken[item.id] = name
    if sum(s.share for s in config.segments.values()) <= 0.0:
        raise ConfigError("segments: all shares are 0; at least one must be positive.")
    one_of(config.population.buyers, "population.buyers", BUYERS)
    for name, activity in config.activities.items():
        if activity.owner not in OWNERS:
            raise ConfigError(
                "{key}.owner={owner}: no such function; allowed {allowed}.{hint}",
                key=key_of(("activities", name)), owner=shown(activity.owner), allowed=OWNERS,
                hint=nearest(activity.owner, OWNERS),
            )  # fmt: skip
        _check_relatives(name, activity, config)
    for name, card in config.kpis.items():
        for side in ("market_department", "marketing"):
            for kpi, weight in getattr(card, side).items():
                if not abs(weight) <= MOST_WEIGHT:
                    key = key_of(("kpis", name, side, kpi))
                    raise _out_of_bounds(key, weight, -MOST_WEIGHT, MOST_WEIGHT, "weight")
    for name, treatment in config.treatments.items():
        _check_treatment(key_of(("treatments", name)), treatment, config)
    for name, era in config.eras.items():
        _check_era(key_of(("eras", name)), era, config)
    for task in ("hunting", "farming"):
        word = getattr(config.selling, task)
        if word and word not in config.activities:
            raise _unknown_activity(f"selling.{task}={shown(word)}", word, config)
    if len(config.activities) > MOST_ACTIVITIES:
        raise ConfigError(
            "activities: {count} declared; allowed {most}.",
            count=len(config.activities), most=MOST_ACTIVITIES,
        )  # fmt: skip
    for name, firm in config.firms.items():
        where = key_of(("firms", name))
        if firm.sales.reps > 0 and firm.sales.pay not in config.pay:
            raise ConfigError(
                "{where}.sales.pay={pay}: no such pay plan; allowed {allowed}.{hint}",
                where=where, pay=shown(firm.sales.pay), allowed=[*config.pay],
                hint=nearest(firm.sales.pay, config.pay),
            )  # fmt: skip
        _check_organisation(f"{where}.organisation", firm, config)
        for activity_name, money in firm.budget.items():
            key = f"{where}.budget.{key_of([activity_name])}"
            if activity_name not in config.activities:
                raise _unknown_activity(key, activity_name, config)
            if not 0 <= money <= MOST_MONEY:
                raise _out_of_bounds(key, money, 0, MOST_MONEY, "money per week")


def _out_of_bounds(key: str, value: float, low: float, high: float, unit: str) -> ConfigError:
    return ConfigError(
        "{key}={value} is out of bounds: allowed {low:g} to {high:g} ({unit}).",
        key=key, value=value, low=low, high=high, unit=as_message(unit),
    )  # fmt: skip


def _check_treatment(where: str, treatment: Treatment, config: Config) -> None:
    """Check the names that a treatment refers to, its week, and that it suits its unit."""
    if treatment.week > config.weeks:
        raise ConfigError(
            "{key}={week} lies beyond the end of the run (weeks={weeks}).",
            key=f"{where}.week", week=treatment.week, weeks=config.weeks,
        )  # fmt: skip
    if treatment.unit not in UNITS:
        raise _unknown(f"{where}.unit", treatment.unit, UNITS)
    _check_unit(where, treatment)
    activities = [*config.activities, ""] if treatment.contacts == 0 else [*config.activities]
    firms = [*config.firms] if treatment.unit == "customer" else [*config.firms, ""]
    for key, allowed in (("firm", firms), ("among", [*AMONG]), ("activity", activities)):
        word = getattr(treatment, key)
        if word not in allowed:
            raise _unknown(f"{where}.{key}", word, allowed)
    for word in treatment.withheld:
        if word not in config.activities:
            raise _unknown_activity(f"{where}.withheld={shown(word)}", word, config)
    if treatment.withheld and treatment.withhold == 0.0:
        raise ConfigError(
            "{where}.withheld={names}: nothing is withheld, since {key} is 0; allowed up to 1, "
            "which withholds all contacts.",
            where=where, names=treatment.withheld, key=f"{where}.withhold",
        )  # fmt: skip


def _check_unit(where: str, treatment: Treatment) -> None:
    """Refuse what a treatment cannot do to its unit."""
    usual = Treatment()
    mine = OF_UNIT[treatment.unit]
    others = [key for unit in UNITS for key in OF_UNIT[unit] if key not in mine]
    for key in others if treatment.unit == "customer" else [*others, "among"]:
        if getattr(treatment, key) != getattr(usual, key):
            raise ConfigError(
                "{where}.{key}: not for {where}.unit={unit}; allowed {allowed}.",
                where=where, key=key, unit=treatment.unit, allowed=mine,
            )  # fmt: skip
    for word in treatment.set:
        key = word.partition("=")[0].strip()
        if treatment.unit == "rep" and key not in OF_REPS:
            raise _unknown(f"{where}.set", key, OF_REPS)
        if treatment.unit == "firm" and FIRM not in word:
            raise ConfigError(
                "{where}: {word}: needs {name} in place of the name of the firm that is drawn, as "
                "in {example}.",
                where=f"{where}.set", word=shown(word), name=FIRM,
                example=f"firms.{FIRM}.quality=0.8",
            )  # fmt: skip
