"""Checks of a composed configuration: bounds, words, ids, and references between names."""

from __future__ import annotations

from importlib.util import find_spec
from pkgutil import iter_modules

from sim.config.renamed import new_name
from sim.config.schema import ENGINES, NAMED, NEEDED, Config
from sim.market.activities import OWNERS
from sim.market.calendar import parse_start
from sim.market.firms import INSTRUMENTS, REACTIONS, FirmSpec
from sim.market.interventions import AMONG, Era, Treatment
from sim.market.plan import AFTER
from sim.params import ConfigError, check, nearest, numbers


def validate(config: Config) -> None:
    """Check bounds, words, ids and references of a configuration.

    Raises:
        ConfigError: one line about the first error.
    """
    _check_words(config)
    check(config)


def _check_era(where: str, era: Era, config: Config) -> None:
    """Check that an era changes a declared number, within its bounds."""
    known = {name: declared for name, declared, _ in numbers(config)}
    if era.key not in known and (new := new_name(era.key)) is not None:
        raise ConfigError(f"{where}.key={era.key}: now called {new}.")
    if era.key not in known or era.key.startswith(("eras.", "seed", "weeks", "warmup")):
        raise ConfigError(
            f"{where}.key={era.key}: not a number that can change; `gtm explain` lists them."
            f"{nearest(era.key, known)}"
        )
    for end in ("start", "end"):
        number_is, value = known[era.key], getattr(era, end)
        if not number_is.low <= value <= number_is.high:
            raise ConfigError(
                f"{where}.{end}={value} is out of bounds: allowed {number_is.low:g} to "
                f"{number_is.high:g} ({number_is.unit}, {era.key})."
            )


def policies() -> list[str]:
    """Names of the budget policies, one module each."""
    places = find_spec("sim.agents.policies")
    assert places is not None
    return sorted(module.name for module in iter_modules(places.submodule_search_locations))


def _check_organisation(where: str, firm: FirmSpec, config: Config) -> None:
    """Check the words of a firm's organisation."""
    for key, allowed in (
        ("kpis", tuple(config.kpis)), ("policy", policies()), ("reaction", REACTIONS),
        ("instrument", INSTRUMENTS), ("target", ("", *config.segments)),
    ):  # fmt: skip
        word = getattr(firm.organisation, key)
        if word not in allowed:
            shown = ", ".join(name for name in allowed if name)
            raise ConfigError(
                f"{where}.{key}={word}: unknown; allowed {shown}.{nearest(word, allowed)}"
            )


def _check_words(config: Config) -> None:
    """Check words, ids and references between names."""
    if config.engine not in ENGINES:
        raise ConfigError(
            f"engine={config.engine}: no such engine; allowed {', '.join(ENGINES)}."
            f"{nearest(config.engine, ENGINES)}"
        )
    if config.after_plan not in AFTER:
        raise ConfigError(
            f"after_plan={config.after_plan}: unknown; allowed {', '.join(AFTER)}."
            f"{nearest(config.after_plan, AFTER)}"
        )
    if config.start != "auto":
        parse_start(config.start)
    for kind in NAMED:
        items = getattr(config, kind)
        if not items and kind in NEEDED:
            raise ConfigError(f"{kind}: none declared; a market needs at least one.")
        taken: dict[int, str] = {}
        for name, item in items.items():
            if not hasattr(item, "id"):
                continue
            if item.id in taken:
                raise ConfigError(
                    f"{kind}.{name}.id={item.id} is also the id of {taken[item.id]}; "
                    "ids must differ."
                )
            taken[item.id] = name
    if sum(s.share for s in config.segments.values()) <= 0.0:
        raise ConfigError("segments: all shares are 0; at least one must be positive.")
    for name, activity in config.activities.items():
        if activity.owner not in OWNERS:
            raise ConfigError(
                f"activities.{name}.owner={activity.owner}: no such function; allowed "
                f"{', '.join(OWNERS)}.{nearest(activity.owner, OWNERS)}"
            )
        if name in ("list_price", "discount"):
            raise ConfigError(
                f"activities.{name}: this name is reserved for a price; rename the activity."
            )
    for name, treatment in config.treatments.items():
        _check_treatment(f"treatments.{name}", treatment, config)
    for name, era in config.eras.items():
        _check_era(f"eras.{name}", era, config)
    for task in ("hunting", "farming"):
        word = getattr(config.selling, task)
        if word and word not in config.activities:
            raise ConfigError(
                f"selling.{task}={word}: unknown activity; allowed "
                f"{', '.join(config.activities)}.{nearest(word, config.activities)}"
            )
    for name, firm in config.firms.items():
        if firm.sales.reps > 0 and firm.sales.pay not in config.pay:
            raise ConfigError(
                f"firms.{name}.sales.pay={firm.sales.pay}: no such pay plan; allowed "
                f"{', '.join(config.pay)}.{nearest(firm.sales.pay, config.pay)}"
            )
        _check_organisation(f"firms.{name}.organisation", firm, config)
        for activity_name, money in firm.budget.items():
            if activity_name not in config.activities:
                raise ConfigError(
                    f"firms.{name}.budget.{activity_name}: unknown activity; allowed "
                    f"{', '.join(config.activities)}.{nearest(activity_name, config.activities)}"
                )
            if not 0 <= money <= 1e12:
                raise ConfigError(
                    f"firms.{name}.budget.{activity_name}={money} is out of bounds: allowed 0 to "
                    "1e12 (money per week)."
                )


def _check_treatment(where: str, treatment: Treatment, config: Config) -> None:
    """Check the names that a treatment refers to."""
    activities = [*config.activities, ""] if treatment.contacts == 0 else [*config.activities]
    for key, allowed in (("firm", [*config.firms]), ("among", [*AMONG]), ("activity", activities)):
        word = getattr(treatment, key)
        if word not in allowed:
            names = ", ".join(a for a in allowed if a)
            raise ConfigError(
                f"{where}.{key}={word or chr(39) * 2}: unknown; allowed {names}."
                f"{nearest(word, allowed)}"
            )
