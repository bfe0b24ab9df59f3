"""Composes the declared parts into one configuration. The only file that knows Hydra."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from sim.market.activities import OWNERS, Activity
from sim.market.calendar import parse_start
from sim.market.experiments import AMONG, Era, Intervention, Log, Treatment
from sim.market.firms import INSTRUMENTS, REACTIONS, FirmSpec, Scorecard
from sim.market.population import Population
from sim.market.segments import Segment
from sim.params import ConfigError, check, declared, nearest, number, numbers, text
from sim.rules.attention import Attention
from sim.rules.choice import Choice
from sim.rules.credit import Credit
from sim.rules.flow import Flow
from sim.rules.information import Information
from sim.rules.loyalty import Loyalty
from sim.rules.media import Media
from sim.rules.organising import Organising
from sim.rules.pay import PayPlan
from sim.rules.pricing import Price
from sim.rules.selling import Selling
from sim.rules.shelf import Shelf
from sim.rules.stock import Stock
from sim.rules.talk import Talk

_HERE = Path(__file__).resolve().parent
FILES = next((p for p in (_HERE / "configs", _HERE.parent / "configs") if p.is_dir()), _HERE)
"""The shipped configuration: inside the package when installed, beside it in a checkout."""

ENGINES = ("columnar", "reference")


@dataclass(frozen=True)
class Mechanism:
    """A part of the model that can be switched off by name.

    ``neutral`` are the values that take it out; ``gone`` says what is no more.
    """

    neutral: dict[str, bool | int | float]
    gone: str


MECHANISMS = {
    "forgetting": Mechanism({"attention.retention": 1.0}, "awareness fades"),
    "trust_fading": Mechanism({"attention.trust_retention": 1.0}, "trust fades"),
    "intent": Mechanism({"attention.intent": 1.0}, "a need makes people click"),
    "outlets": Mechanism(
        {"media.outlets": 1, "media.habit": 64.0, "media.spread": 0.0},
        "media have audiences: one outlet reaches everybody",
    ),
    "crowding": Mechanism({"attention.crowding": 0.0}, "messages dull each other"),
    "irritation": Mechanism({"attention.irritation": 0.0}, "intrusive contacts cost trust"),
    "talk": Mechanism({"talk.rate": 0.0}, "customers tell acquaintances"),
    "homophily": Mechanism({"talk.homophily": 0.0}, "ties join people of a segment"),
    "valence": Mechanism({"talk.candour": 0.0}, "word of mouth can be bad"),
    "consideration": Mechanism({"choice.consideration": False}, "firms must come to mind"),
    "trust_in_choice": Mechanism({"choice.trust_weight": 0.0}, "trust sways choice"),
    "taste": Mechanism(
        {"choice.taste_spread": 0.0, "choice.misfit_weight": 0.0}, "firms suit people differently"
    ),
    "inertia": Mechanism({"choice.inertia": 0.0}, "the present firm has an edge"),
    "price_memory": Mechanism({"price.memory_share": 0.0}, "prices are felt against memory"),
    "loss_aversion": Mechanism({"price.loss_aversion": 1.0}, "rises weigh more than falls"),
    "deal_expectation": Mechanism({"price.patience": 0.0}, "customers wait for deals"),
    "stocks": Mechanism({"stock.stockup": 0.0}, "deals fill cupboards"),
    "looking_around": Mechanism({"information.reach": 0.0}, "offers and ratings are checked"),
    "ratings": Mechanism({"information.rating_rate": 0.0}, "buyers rate in public"),
    "experience": Mechanism(
        {"loyalty.experience_gain": 0.0, "loyalty.experience_loss": 0.0}, "purchases teach"
    ),
    "lapse": Mechanism({"loyalty.lapse_hazard": 0.0}, "relationships end by themselves"),
    "contagion": Mechanism({"loyalty.contagion": 0.0}, "leaving spreads"),
    "switching_cost": Mechanism({"loyalty.switching_cost": 0.0}, "switching costs"),
    "contracts": Mechanism({"loyalty.contract": 0}, "purchases bind"),
    "self_serve": Mechanism({"selling.self_serve": 1.0}, "buyers need an answer"),
    "deliberation": Mechanism({"selling.deliberation": 0.0}, "decisions take time"),
    "committee": Mechanism({"selling.buyers": 1}, "several people decide"),
    "persuasion": Mechanism({"selling.persuasion": 0.0}, "a talk sways the choice of the week"),
    "pulling_forward": Mechanism({"selling.advance": 0.0}, "reps' discounts make buy early"),
    "distribution": Mechanism({"shelf.stores": 0}, "outlets carry a firm or do not"),
    "relevance": Mechanism({"attention.relevance": 0.0}, "messages suit some more than others"),
    "skill_gap": Mechanism(
        {"organising.gap": 0.0}, "people are better at their own function's work"
    ),
    "handoff_loss": Mechanism(
        {
            "organising.handoff_loss": 0.0,
            "organising.handoff_error": 0.0,
            "organising.staleness": 0.0,
        },
        "records are lost, wrong or stale when leads are handed over",
    ),
    "self_serving": Mechanism({"organising.self_serving": 0.0}, "the other side is to blame"),
    "stretch": Mechanism({"organising.stretch": 0.0}, "number of names can be had for quality"),
    "practice": Mechanism(
        {"selling.learning": 0.0, "selling.fading": 0.0}, "skill grows by doing and fades"
    ),
    "late_payment": Mechanism({"credit.prompt": 100.0, "credit.spread": 0.0}, "invoices are late"),
    "inflow": Mechanism({"flow.inflow": 0.0}, "people arrive"),
    "exit": Mechanism({"flow.exit": 0.0}, "people leave for good"),
    "season": Mechanism({"flow.season": 0.0}, "demand has seasons"),
}
"""What ``off=[NAME, ...]`` can take out."""


@dataclass
class Measurement:
    """How outcomes are measured."""

    window: int = number(
        13,
        unit="weeks",
        low=1,
        high=520,
        meaning="Window of repeat rate and churn: two median interpurchase times of the market.",
        source="assumption: of the default market, tested against what the market shows",
    )
    credit: int = number(
        4,
        unit="weeks",
        low=1,
        high=520,
        meaning="An order is credited to a click in so many weeks up to it.",
        source="assumption: 28 days, a common setting of advertising platforms",
    )


@dataclass
class Config:
    """Everything a run needs to know, as plain declared values."""

    seed: int = number(
        1,
        unit="key",
        low=0,
        high=2**63 - 1,
        meaning="Seed of all luck; replicate r of a comparison uses seed + r.",
        source="assumption: any number, it has no size",
    )
    weeks: int = number(
        156,
        unit="weeks",
        low=1,
        high=5200,
        meaning="Length of the run.",
        source="assumption: three years, so that the long run can differ from the short",
    )
    warmup: int = number(
        52,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Weeks lived on declared budgets before the first week, so that firms that have "
        "always been there begin with customers.",
        source="assumption: a year",
    )
    threads: int = number(
        0,
        unit="threads",
        low=0,
        high=256,
        meaning="Threads of the columnar engine, 0 for all processors; never changes a result.",
        source="assumption: all there are",
    )
    pairs: int = number(
        80,
        unit="pairs of runs",
        low=2,
        high=10_000,
        meaning="Replicates of each arm of a comparison at most, on shared luck.",
        source="assumption: what one waits for",
    )
    matters: float = number(
        0.01,
        unit="share of revenue",
        low=0.0,
        high=1.0,
        meaning="Difference in profit that matters: replicates are added until it is known whether "
        "arms differ by more; 0 lives all of them.",
        source="assumption: a difference of 1 % of revenue would be noticed",
    )
    start: str = text("auto", meaning="Day of the first week, such as 2027-01-04, or auto.")
    off: list[str] = field(
        default_factory=list, metadata={"meaning": "Mechanisms switched off, by name."}
    )
    engine: str = text("columnar", meaning="columnar (fast) or reference (readable); same bits.")
    population: Population = field(default_factory=Population)
    attention: Attention = field(default_factory=Attention)
    media: Media = field(default_factory=Media)
    talk: Talk = field(default_factory=Talk)
    choice: Choice = field(default_factory=Choice)
    price: Price = field(default_factory=Price)
    stock: Stock = field(default_factory=Stock)
    information: Information = field(default_factory=Information)
    loyalty: Loyalty = field(default_factory=Loyalty)
    selling: Selling = field(default_factory=Selling)
    shelf: Shelf = field(default_factory=Shelf)
    credit: Credit = field(default_factory=Credit)
    organising: Organising = field(default_factory=Organising)
    flow: Flow = field(default_factory=Flow)
    log: Log = field(default_factory=Log)
    measurement: Measurement = field(default_factory=Measurement)
    segments: dict[str, Segment] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    firms: dict[str, FirmSpec] = field(default_factory=dict)
    pay: dict[str, PayPlan] = field(default_factory=dict)
    kpis: dict[str, Scorecard] = field(default_factory=dict)
    treatments: dict[str, Treatment] = field(default_factory=dict)
    interventions: dict[str, Intervention] = field(default_factory=dict)
    eras: dict[str, Era] = field(default_factory=dict)


ConfigStore.instance().store(
    name="declared", node=OmegaConf.to_container(OmegaConf.structured(Config))
)

NAMED: dict[str, type] = {
    "activities": Activity,
    "firms": FirmSpec,
    "segments": Segment,
    "pay": PayPlan,
    "kpis": Scorecard,
    "treatments": Treatment,
    "interventions": Intervention,
    "eras": Era,
}
"""Groups whose items the user names, with the declaration of an item."""

NEEDED = ("activities", "firms", "segments")
"""Those of them a market cannot do without."""

COLLECTED = ("pay", "kpis")
"""Those of them of which every shipped file is an item, called as the file is."""


def load_config(*overrides: str) -> Config:
    """Compose the shipped configuration with overrides and check every value.

    Hydra composes the files (the defaults list and choices such as ``market=toy``) and reads the
    overrides; their values are then merged into the declared types, which lets nothing unknown
    through, with ``+`` or without.

    Args:
        overrides: Hydra overrides, for example ``"market=toy"``, ``"talk.rate=0.1"``,
            ``"+firms.elm={id: 5}"`` (a further firm), ``"~firms.dogwood"``.

    Raises:
        ConfigError: one line that says what is wrong, where, and what is allowed.
    """
    parsed = _parse(overrides)
    choices = [o for o in parsed if o.key_or_group in _groups()]
    composed = _composed(FILES, _edition(), *(o.input_line for o in choices))
    return _finish(composed, [o for o in parsed if o not in choices])


def _edition() -> tuple[tuple[Path, int], ...]:
    """The shipped files and when each was last written, which one may do while a notebook runs."""
    return tuple((path, path.stat().st_mtime_ns) for path in sorted(FILES.rglob("*.yaml")))


@cache
def _composed(files: Path, _: tuple[tuple[Path, int], ...], *choices: str) -> DictConfig:
    """The shipped files of some choices as declared types. Not to be changed in place."""
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(files), version_base="1.3", job_name="gtm"):
            raw = compose("config", overrides=list(choices))
        shipped = {
            group: {name: OmegaConf.load(files / group / f"{name}.yaml") for name in options(group)}
            for group in COLLECTED
        }
        composed = OmegaConf.merge(
            OmegaConf.structured(Config), shipped, OmegaConf.to_container(raw)
        )
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_first_line(error)) from None
    assert isinstance(composed, DictConfig)
    return composed


def override(config: Config, *overrides: str) -> Config:
    """A checked copy of a configuration with ``key=value`` changes (no choices of files).

    Raises:
        ConfigError: one line that says what is wrong.
    """
    return _finish(_typed(config), _parse(overrides))


_kept: list[tuple[Config, DictConfig]] = []
"""Configurations last made or changed, and the same as declared types, the latest first."""


def _typed(config: Config) -> DictConfig:
    """A configuration as declared types, which take a while to make: those of the last few are
    kept, as arms change one configuration and campaigns change it again. Not to be changed in
    place."""
    for kept in tuple(_kept):  # threads may be at it at the same time
        if kept[0] == config:
            _kept[:] = [kept, *(other for other in _kept if other is not kept)]
            return kept[1]
    typed = OmegaConf.structured(config)
    assert isinstance(typed, DictConfig)
    _keep(config, typed)
    return typed


def _keep(config: Config, typed: DictConfig) -> None:
    _kept[:] = [(copy.deepcopy(config), typed), *_kept[:7]]


def _parse(overrides: Sequence[str]) -> list[Override]:
    """Read overrides and check those that choose a file."""
    out = []
    for word in overrides:
        try:
            parsed = OverridesParser.create().parse_override(word)
        except HydraException:
            raise ConfigError(f"{word}: not of the form key=value.") from None
        group, value = parsed.key_or_group, parsed.value()
        if parsed.is_sweep_override():
            raise ConfigError(f"{word}: several values at once; give one.")
        if group in _groups() and not isinstance(value, dict) and value not in options(group):
            allowed = options(group)
            raise ConfigError(
                f"{group}={value}: no such {group}; allowed {', '.join(allowed)}."
                f"{nearest(str(value), allowed)}"
            )
        out.append(parsed)
    return out


def _finish(composed: DictConfig, changes: Sequence[Override]) -> Config:
    """Merge value overrides into the declared types and check the whole."""
    if changes:
        try:
            composed = _changed(composed, changes)
        except ConfigError:
            for change in changes:  # one by one, to say which of them is wrong
                composed = _changed(composed, [change])
            raise
    config = OmegaConf.to_object(composed)
    assert isinstance(config, Config)
    _switch_off(config)
    validate(config)
    if not config.off:
        _keep(config, composed)
    return config


def _switch_off(config: Config) -> None:
    """Put the neutral values of the mechanisms that are off in place."""
    for name in config.off:
        if name not in MECHANISMS:
            raise ConfigError(
                f"off={name}: no such mechanism; allowed {', '.join(MECHANISMS)}."
                f"{nearest(name, MECHANISMS)}"
            )
        for key, value in MECHANISMS[name].neutral.items():
            group, _, field_name = key.partition(".")
            setattr(getattr(config, group), field_name, value)


def _changed(config: DictConfig, changes: Sequence[Override]) -> DictConfig:
    """A copy with changes, merged in one go: a merge copies the whole."""
    nested: list[dict[str, Any]] = []
    names = {group: set(config[group]) for group in NAMED}
    for change in changes:
        key = change.key_or_group
        path = key.split(".")
        if change.is_delete():
            config = _merged(config, nested, changes)
            nested = []
            _delete(config, key, path)
            names[path[0]] = set(config[path[0]])
            continue
        items = names.get(path[0], set())
        if len(path) > 1 and path[0] in NAMED and path[1] not in items and not change.is_add():
            raise ConfigError(
                f"unknown key {key}: no such name in {path[0]}; allowed {', '.join(sorted(items))}."
                f"{nearest(path[1], items)} A new one is added with +{key}=..."
            )
        if len(path) > 1:
            items.add(path[1])
        value: Any = change.value()
        for part in reversed(path):
            value = {part: value}
        nested.append(value)
    return _merged(config, nested, changes)


def _merged(
    config: DictConfig, nested: Sequence[dict[str, Any]], changes: Sequence[Override]
) -> DictConfig:
    """A copy with values in place; errors are told of the last change."""
    key, value = changes[-1].key_or_group, changes[-1].value()
    try:
        merged = OmegaConf.merge(config, *nested)
    except ConfigKeyError as error:
        wrong = error.full_key or key
        raise ConfigError(
            f"unknown key {wrong}.{_hint(wrong)} `gtm explain` lists every key."
        ) from None
    except OmegaConfBaseException as error:
        raise ConfigError(_wrong_value(error.full_key or key, value)) from None
    assert isinstance(merged, DictConfig)
    return merged


def _delete(config: DictConfig, key: str, path: Sequence[str]) -> None:
    """Take a named thing, or a line of a budget, away."""
    parent = OmegaConf.select(config, ".".join(path[:-1])) if len(path) > 1 else None
    if path[0] not in NAMED or len(path) not in (2, 4) or parent is None:
        raise ConfigError(f"~{key}: only a firm, an activity or a budget can be taken away.")
    if path[-1] not in parent:
        raise ConfigError(f"~{key}: there is none.{nearest(path[-1], list(parent))}")
    del parent[path[-1]]


def _wrong_value(key: str, value: Any) -> str:
    """What is allowed for a key that was given a value of the wrong type."""
    path = key.split(".")
    group: Any = Config
    for part in path[:-1]:
        if group in NAMED.values() or group is None:
            break
        kinds = {f.name: f.default_factory for f in fields(group)}
        group = NAMED.get(part) or kinds.get(part)
        if part in NAMED:
            path = path[path.index(part) + 1 :]
    known = declared(group).get(path[-1]) if isinstance(group, type) else None
    if known is None:
        return f"{key}={value}: a value of the wrong type; `gtm explain` says what is allowed."
    kind = {bool: "true or false", int: "a whole number"}.get(type(known.default), "a number")
    return (
        f"{key}={value}: needs {kind}, allowed {known.low:g} to {known.high:g} ({known.unit}); "
        f"default {known.default}."
    )


def to_yaml(config: Config) -> str:
    """The resolved configuration as YAML, every value spelled out."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def from_yaml(words: str) -> Config:
    """A configuration from :func:`to_yaml`."""
    config = OmegaConf.to_object(
        OmegaConf.merge(OmegaConf.structured(Config), OmegaConf.create(words))
    )
    assert isinstance(config, Config)
    return config


def options(group: str) -> list[str]:
    """The shipped files of a config group, for example the markets."""
    return sorted(p.stem for p in (FILES / group).glob("*.yaml"))


def _groups() -> list[str]:
    """Groups of which a run takes one file."""
    folders = (p.name for p in FILES.iterdir() if p.is_dir() and p.name not in COLLECTED)
    return sorted(name for name in folders if options(name))


def _names(group: Any = Config, prefix: str = "") -> list[str]:
    """Every dotted name that an override may use, with ``*`` for names the user gives."""
    out = []
    for f in fields(group):
        name = f"{prefix}{f.name}"
        out.append(name)
        if f.name in NAMED and group is Config:
            out += _names(NAMED[f.name], f"{name}.*.")
        elif is_dataclass(f.default_factory):
            out += _names(f.default_factory, f"{name}.")
    return out


def _hint(key: str) -> str:
    parts = key.split(".")
    named = parts[1] if len(parts) == 3 and parts[0] in NAMED else None
    pattern = ".".join([parts[0], "*", parts[2]]) if named else key
    hint = nearest(pattern, _names())
    return hint.replace("*", named) if named else hint


def _first_line(error: Exception) -> str:
    words = str(error.__cause__ or error)
    return next((line.strip() for line in words.splitlines() if line.strip()), "unknown error")


def validate(config: Config) -> None:
    """Check everything: bounds, and what bounds cannot say (words, ids, names that refer).

    Raises:
        ConfigError: one line about the first thing that is wrong.
    """
    _check_words(config)
    check(config)


def _check_era(where: str, era: Era, config: Config) -> None:
    """Check that an era is about a number, between its bounds."""
    known = {name: declared for name, declared, _ in numbers(config)}
    if era.key not in known or era.key.startswith(("eras.", "seed", "weeks", "warmup")):
        raise ConfigError(
            f"{where}.key={era.key}: no number that can change; `gtm explain` lists them."
            f"{nearest(era.key, known)}"
        )
    for end in ("start", "end"):
        number_is, value = known[era.key], getattr(era, end)
        if not number_is.low <= value <= number_is.high:
            raise ConfigError(
                f"{where}.{end}={value} is out of bounds: allowed {number_is.low:g} to "
                f"{number_is.high:g} ({number_is.unit}, {era.key})."
            )


def assign(config: Config, key: str, value: float) -> None:
    """Put a value in place, in the type of the one it replaces; the configuration is changed."""
    *path, last = key.split(".")
    item: Any = config
    for part in path:
        item = item[part] if isinstance(item, dict) else getattr(item, part)
    kind = type(getattr(item, last))
    setattr(item, last, round(value) if kind is int else kind(value))


def policies() -> list[str]:
    """Budget policies there are, one module each."""
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
                f"{where}.{key}={word}: no such thing; allowed {shown}.{nearest(word, allowed)}"
            )


def _check_words(config: Config) -> None:
    """Check what bounds cannot: words, keys and names that refer to each other."""
    if config.engine not in ENGINES:
        raise ConfigError(
            f"engine={config.engine}: no such engine; allowed {', '.join(ENGINES)}."
            f"{nearest(config.engine, ENGINES)}"
        )
    if config.start != "auto":
        parse_start(config.start)
    for kind in NAMED:
        items = getattr(config, kind)
        if not items and kind in NEEDED:
            raise ConfigError(f"{kind}: there are none; a market needs at least one.")
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
        raise ConfigError("segments: all shares are 0; at least one must be more.")
    for name, activity in config.activities.items():
        if activity.owner not in OWNERS:
            raise ConfigError(
                f"activities.{name}.owner={activity.owner}: no such function; allowed "
                f"{', '.join(OWNERS)}.{nearest(activity.owner, OWNERS)}"
            )
        if name in ("list_price", "discount"):
            raise ConfigError(
                f"activities.{name}: this name is a price; give the activity another."
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
    """Check the names a treatment refers to."""
    activities = [*config.activities, ""] if treatment.contacts == 0 else [*config.activities]
    for key, allowed in (("firm", [*config.firms]), ("among", [*AMONG]), ("activity", activities)):
        word = getattr(treatment, key)
        if word not in allowed:
            names = ", ".join(a for a in allowed if a)
            raise ConfigError(
                f"{where}.{key}={word or chr(39) * 2}: unknown; allowed {names}."
                f"{nearest(word, allowed)}"
            )
