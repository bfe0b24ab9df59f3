"""The command line: ``gtm VERB [NAME ...] [--option VALUE] [key=value ...]``.

Heavy libraries are imported once the verb is known.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.params import ConfigError, nearest

if TYPE_CHECKING:
    from rich.console import Console

    from sim.config.schema import Config
    from sim.market.plan import Plan
    from sim.reporting.words import Words

USAGE = """\
gtm: who wins, when, and why. An agent-based simulation of how firms go to market.

  gtm run [PLAN]              one run: KPIs by firm and year, pictures, the ledger
  gtm run cdnow               a real cohort of customers, simulated and forecast
  gtm calibrate cdnow         infer again how these customers differ (20 minutes)
  gtm compare ARM ARM ...     which arm wins, when, and how sure that is
  gtm scenarios               the scenarios there are, with their questions
  gtm compare SCENARIO        the arms of a scenario against each other
  gtm claims [SCENARIO ...]   what is claimed of them: does it hold, and what carries it? (all in
                              45 minutes; --quick in five, nothing ablated)
  gtm claims SCENARIO --points N   also in how much of the parameter space, and what decides it
  gtm map                     where does the hunter win and where the farmer? (ten minutes)
  gtm validate [TARGET ...]   published facts measured on the model, misses included (4 minutes)
  gtm validate coverage       do the intervals of comparisons hold what they say? (5 minutes)
  gtm explain [NAME]          the week's table, every parameter with its source, KPIs, accounts
  gtm plan template [FILE]    write a plan to start from (default plan.csv)
  gtm plan list               plans that come with the package

A PLAN is a name (gtm plan list) or a CSV file; an ARM is a plan, or is given with changes of its
own by --arm "NAME: PLAN key=value ...". Every number can be changed for all arms as key=value:
  gtm compare ad_blitz mine.csv weeks=104 talk.rate=0.1 population.customers=50000
  gtm compare ad_blitz --arm "dearer: ad_blitz firms.alder.list_price=44" --doubt 60

Replicates are added until the question is settled for a difference that matters (matters=0.01 of
revenue) or pairs=80 are lived. They are kept in FOLDER/.replicates and never lived twice.

Options: --lang en|zh   --out FOLDER (default results)   --version   --help
Of compare: --arm "NAME: ..." (may be repeated)   --doubt N (also at N settings of the numbers we do
not know)   --world NAME (of a scenario)   --all (every KPI)   --json (for programs)
Of claims: --quick   --points N   Of map: --points N (default 200)
Of validate: --settings N (default 30)
"""

CDNOW = "cdnow"
"""The cohort that comes with the package; no plan may be called so."""

COVERAGE = "coverage"

OPTIONS = {
    "lang": "en",
    "out": "results",
    "doubt": "0",
    "settings": "30",
    "points": "0",
    "world": "",
}
FLAGS = ("json", "all", "quick")


@dataclass
class Call:
    """What the user asked for."""

    verb: str
    names: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=lambda: dict(OPTIONS))
    flags: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(FLAGS, False))
    arms: list[str] = field(default_factory=list)


def parse(words: Sequence[str]) -> Call:
    """Sort the words of a command line.

    Raises:
        ConfigError: an option is unknown or lacks its value.
    """
    call = Call("")
    rest = iter(words)
    for word in rest:
        if word in ("-h", "--help"):
            return Call("help")
        if word == "--version":
            return Call("version")
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if word[2:] in FLAGS:
                call.flags[word[2:]] = True
                continue
            if name not in OPTIONS and name != "arm":
                allowed = [f"--{o}" for o in (*OPTIONS, "arm", *FLAGS, "help", "version")]
                raise ConfigError(
                    f"{word}: no such option; allowed {', '.join(allowed)}.{nearest(word, allowed)}"
                )
            value = value if equals else next(rest, "")
            if not value:
                raise ConfigError(f"--{name} needs a value.")
            if name == "arm":
                call.arms.append(value)
            else:
                call.options[name] = value
        elif "=" in word or word[:1] in ("~", "+"):
            call.overrides.append(word)
        elif not call.verb:
            call.verb = word
        else:
            call.names.append(word)
    return call


def _exactly(call: Call, low: int, high: int, what: str) -> None:
    if not low <= len(call.names) <= high:
        raise ConfigError(f"gtm {call.verb} takes {what}; found {len(call.names)} names"
                          f"{': ' + ', '.join(call.names) if call.names else ''}.")  # fmt: skip


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, gone when it is done."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, advance=done)


def run(call: Call) -> None:
    """``gtm run [PLAN]``."""
    _exactly(call, 0, 1, "at most one plan")
    if call.names == [CDNOW]:
        _run_cdnow(call)
        return
    from sim.config.compose import load_config, to_yaml
    from sim.ledger import accounts as book
    from sim.market.plan import find_plan
    from sim.model import simulate
    from sim.outcomes import store
    from sim.outcomes.run import LOGS
    from sim.reporting import figures, organisation, sales, terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    config = load_config(*call.overrides)
    plan = find_plan(call.names[0], config) if call.names else None
    with store.folder(f"run-{plan.name if plan else 'declared'}", Path(call.options["out"])) as (
        draft,
        publish,
    ):
        with _progress(plan.name if plan else "run", config.weeks) as advance:
            result = simulate(config, plan=plan, progress=lambda _: advance(1))
        (draft / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
        store.write_provenance(
            draft / "provenance.json", verb="run", plan=result.plan, seed=result.seed,
            overrides=call.overrides,
        )  # fmt: skip
        store.write_table(result.weekly, draft / "weekly")
        store.write_table(result.yearly, draft / "yearly")
        store.write_table(result.book, draft / "ledger")
        for name in LOGS:
            if getattr(config.log, name):
                store.write_table(result.log(name), draft / name)
        figures.save(figures.run_figure(result, words), draft / "figure")
        figures.save(figures.customers_figure(result, words), draft / "customers")
        if result.ledger.accounts()[..., book.REPS].any():
            figures.save(sales.sales_figure(result, words), draft / "sales")
        figures.save(organisation.organisation_figure(result, words), draft / "organisation")
        place = publish()
    notes = _mind(words, config, [plan])
    terminal.show(_console(), terminal.run_table(result, words), *notes, _saved(words, place))


def _run_cdnow(call: Call) -> None:
    """``gtm run cdnow``."""
    import pandas as pd

    from sim.config.compose import load_config, to_yaml
    from sim.experiments import cdnow
    from sim.outcomes import store
    from sim.reporting import figures, terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    config = load_config("market=cdnow", *call.overrides)
    cdnow.check(config)
    with store.folder("run-cdnow", Path(call.options["out"])) as (draft, publish):
        with _progress("cdnow", cdnow.REPLICATES) as advance:
            found = cdnow.study(config, progress=advance)
        (draft / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
        store.write_provenance(
            draft / "provenance.json", verb="run", study="cdnow",
            seeds=[config.seed, config.seed + cdnow.REPLICATES - 1], overrides=call.overrides,
        )  # fmt: skip
        store.write_table(pd.DataFrame(found.weeks()), draft / "weeks")
        answer = terminal.cdnow_answer(found, words)
        (draft / "answer.txt").write_text("\n".join(answer) + "\n", encoding="utf-8")
        figures.save(figures.cdnow_figure(found, words), draft / "figure")
        place = publish()
    tables = terminal.cdnow_tables(found, words)
    terminal.show(_console(), *tables, *answer, _saved(words, place))


def calibrate(call: Call) -> None:
    """``gtm calibrate cdnow``."""
    if call.names != [CDNOW]:
        word = " ".join(call.names)
        raise ConfigError(f"gtm calibrate {word}: allowed {CDNOW}.{nearest(word, [CDNOW])}")
    from sim.config.compose import load_config
    from sim.experiments import cdnow
    from sim.outcomes import store

    config = load_config("market=cdnow", *call.overrides)
    cdnow.check(config)
    with store.folder("calibrate-cdnow", Path(call.options["out"])) as (draft, publish):
        with _progress("cdnow", cdnow.ROUNDS) as advance:
            values, badness = cdnow.infer(config, progress=advance)
        lines = [f"{name}: {value}" for name, value in values.items()]
        lines.append(
            f"# deviance {badness:.1f}; the values now in use have {cdnow.misfit(config):.1f}"
        )
        (draft / "values.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        store.write_provenance(
            draft / "provenance.json", verb="calibrate", study="cdnow", overrides=call.overrides
        )
        place = publish()
    print("\n".join([*lines, str(place)]))


def compare(call: Call) -> None:
    """``gtm compare ARM ARM ...``."""
    from sim.config.compose import load_config, to_yaml
    from sim.experiments import compare as experiment
    from sim.experiments import scenarios
    from sim.experiments.arms import arm, arms, parse_arm
    from sim.experiments.doubt import doubt
    from sim.kpis import KPIS
    from sim.outcomes import store
    from sim.reporting import comparison as report
    from sim.reporting import figures, terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    settings = _whole(call, "doubt", 0, 100_000)
    given = [parse_arm(line) for line in call.arms]
    scenario = scenarios.find(call.names[0]) if len(call.names) == 1 else None
    if scenario:
        world = call.options["world"]
        config = scenario.config(*call.overrides, world=world)
        found = list(scenario.made(config, world))
    else:
        config = load_config(*call.overrides)
        found = [arm("", name, config) for name in call.names]
    found += [arm(name, line, config) for name, line in given]
    for name, _ in given:
        if [a.name for a in found].count(name) > 1:
            raise ConfigError(f"--arm {name}: two arms have one name; give another.")
    found = list(arms(found, config))
    names = [a.name for a in found]
    out = Path(call.options["out"])
    with store.folder("compare-" + "-".join(map(_file_name, names)), out) as (draft, publish):
        kept = out / ".replicates"
        with _counting("compare") as count:
            result = experiment.compare(config, *found, store=kept, processes=True, progress=count)
        doubtful = None
        if settings:
            with _counting("doubt") as count:
                doubtful = doubt(config, *found, settings=settings, store=kept, processes=True,
                                 progress=count)  # fmt: skip
        (draft / "config.yaml").write_text(to_yaml(result.config), encoding="utf-8")
        store.write_provenance(
            draft / "provenance.json", verb="compare",
            arms={a.name: list(a.overrides) for a in found},
            seeds=[result.seeds[0], result.seeds[-1]], looks=list(result.looks),
            overrides=call.overrides,
        )  # fmt: skip
        store.write_table(result.table, draft / "comparison")
        store.write_table(result.replicates, draft / "replicates")
        answer = [
            *(
                [scenario.question[words.language], scenario.story[words.language]]
                if scenario
                else []
            ),
            *report.answer(result, words),
            *_mind(words, result.config, [a.plan for a in found]),
        ]
        answer += report.doubt_answer(doubtful, words) if doubtful else [words.say("luck_only")]
        if scenario and scenario.found[words.language]:
            answer.append(words.say("scenario_found", found=scenario.found[words.language]))
        (draft / "answer.txt").write_text("\n".join(answer) + "\n", encoding="utf-8")
        for firm in result.focus:
            suffix = f"-{firm}" if len(result.focus) > 1 else ""
            figures.save(report.compare_figure(result, firm, words), draft / f"figure{suffix}")
            figures.save(report.arms_figure(result, firm, words), draft / f"arms{suffix}")
        if doubtful:
            figures.save(report.doubt_figure(doubtful, words), draft / "doubt")
        place = publish()
    if call.flags["json"]:
        print(report.as_json(result, doubtful, answer, str(place)))
        return
    console = _console()
    kpis = list(KPIS) if call.flags["all"] else experiment.HEADLINE
    for firm in result.focus:
        terminal.show(console, report.standing_table(result, firm, words))
        for b in range(1, len(found)):
            terminal.show(console, report.compare_table(result, firm, b, words, kpis))
    terminal.show(console, *answer, words.say("runoff_note"), _saved(words, place))


def _whole(call: Call, option: str, low: int, high: int) -> int:
    """The value of an option that is a whole number."""
    word = call.options[option]
    if not word.isdigit() or not low <= int(word) <= high:
        raise ConfigError(f"--{option} {word}: needs a whole number, allowed {low} to {high}.")
    return int(word)


def _file_name(name: str) -> str:
    """A name that can stand in a path."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar whose goal moves."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, goal: bar.update(task, advance=done, total=goal)


def list_scenarios(call: Call) -> None:
    """``gtm scenarios``."""
    _exactly(call, 0, 0, "no name")
    from sim.experiments import scenarios
    from sim.experiments.replicates import sources_mark
    from sim.outcomes import store
    from sim.reporting import terminal
    from sim.reporting.claims import scenario_table
    from sim.reporting.words import Words

    found = [scenarios.need(name) for name in scenarios.names()]
    last = store.read_verdicts(Path(call.options["out"]))
    table = scenario_table(found, last, sources_mark(), Words(call.options["lang"]))
    terminal.show(_console(), table)


def claims(call: Call) -> None:
    """``gtm claims [SCENARIO ...]``."""
    import pandas as pd

    from sim.experiments import claims as experiment
    from sim.experiments import regions as space
    from sim.experiments import scenarios
    from sim.experiments.replicates import sources_mark, worker_count, workers
    from sim.outcomes import store
    from sim.reporting import claims as report
    from sim.reporting import figures, terminal
    from sim.reporting.regions import region_figure
    from sim.reporting.words import Words

    words, quick = Words(call.options["lang"]), call.flags["quick"]
    points = _whole(call, "points", 0, 2**space.MOST)
    found = [scenarios.need(name) for name in call.names or scenarios.names()]
    said = [word for word in call.overrides if word.startswith("pairs=")]
    config = found[0].config(*call.overrides)
    pairs = config.pairs if said else experiment.QUICK if quick else experiment.PAIRS
    out, examined, regions = Path(call.options["out"]), [], []
    kept = out / ".replicates"
    label = "claims" + "".join(f"-{s.id}" for s in found if call.names)
    with store.folder(label, out) as (draft, publish), workers(worker_count(config), True) as pool:
        begin = partial(experiment.begin, pairs=pairs, ablate=not quick, store=kept, pool=pool)
        waiting = [begin(found[0], *call.overrides)]
        for one, after in zip(found, [*found[1:], None], strict=True):
            if after is not None:  # so that nobody is idle while the last runs end
                waiting.append(begin(after, *call.overrides))
            with _counting(one.name) as count:
                examined += waiting.pop(0).tested(count)
            if points:
                with _counting(f"{one.name}, region") as count:
                    regions += space.explore(
                        one, *call.overrides, points=points, store=kept, pool=pool, progress=count
                    )
            if not quick and not call.overrides:
                mine = [row for row in examined if row.scenario == one.id]
                store.keep_verdicts(out, one.id, report.rows(mine, regions), sources_mark())
        for region in regions:
            name = _file_name(f"region-{region.claim.id}-{region.world}")
            figures.save(region_figure(region, words), draft / name)
        store.write_table(pd.DataFrame(report.rows(examined, regions)), draft / "claims")
        store.write_provenance(
            draft / "provenance.json", verb="claims", scenarios=[s.name for s in found],
            pairs=pairs, points=points, overrides=call.overrides,
        )  # fmt: skip
        place = publish()
    note = words.say("claims_note", pairs=pairs)
    shipped = [] if call.overrides else [row for s in found for row in scenarios.shipped(s.id)]
    table = report.claims_table(examined, regions, words, shipped)
    told = [f"{s.id} {s.found[words.language]}" for s in found if s.found[words.language]]
    told += report.reasons(examined, words)
    terminal.show(_console(), table, *told, note, _saved(words, place))


def show_map(call: Call) -> None:
    """``gtm map``."""
    _exactly(call, 0, 0, "no name")
    import pandas as pd

    from sim.experiments import map as experiment
    from sim.experiments.regions import MOST
    from sim.experiments.replicates import worker_count, workers
    from sim.experiments.scenarios import need
    from sim.outcomes import store
    from sim.reporting import figures, terminal
    from sim.reporting import map as report
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    points = _whole(call, "points", 0, 2**MOST) or experiment.POINTS
    out = Path(call.options["out"])
    config = need(experiment.SCENARIO).config(*call.overrides)
    with store.folder("map", out) as (draft, publish):
        with _counting("map") as count, workers(worker_count(config), True) as pool:
            found = experiment.chart(
                *call.overrides, points=points, store=out / ".replicates", pool=pool, progress=count
            )
        figures.save(report.map_figure(found, words), draft / "map")
        store.write_table(pd.DataFrame(report.rows(found)), draft / "map")
        store.write_provenance(
            draft / "provenance.json", verb="map", points=points, overrides=call.overrides
        )
        place = publish()
    terminal.show(_console(), *report.answer(found, words), _saved(words, place))


def validate(call: Call) -> None:
    """``gtm validate [TARGET ...]`` and ``gtm validate coverage``."""
    from sim.experiments.targets import TARGETS

    if call.names == [COVERAGE]:
        _validate_coverage(call)
        return
    for name in call.names:
        if name not in TARGETS:
            allowed = [COVERAGE, *TARGETS]
            raise ConfigError(
                f"gtm validate {name}: allowed {', '.join(allowed)}.{nearest(name, allowed)}"
            )
    _validate_targets(call, call.names or list(TARGETS))


def _validate_targets(call: Call, names: Sequence[str]) -> None:
    """Measure published facts on the model."""
    import pandas as pd

    from sim.experiments import targets
    from sim.outcomes import store
    from sim.reporting import terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    settings = _whole(call, "settings", 2, 100_000)
    with store.folder("validate-" + "-".join(names), Path(call.options["out"])) as (draft, publish):
        with _counting("validate") as count:
            found = targets.validate(
                names, *call.overrides, settings=settings, processes=True, progress=count
            )
        store.write_table(pd.DataFrame(terminal.scores(found)), draft / "scorecard")
        store.write_provenance(
            draft / "provenance.json", verb="validate", targets=list(names), settings=settings,
            overrides=call.overrides,
        )  # fmt: skip
        place = publish()
    table = terminal.scorecard(found, settings, words)
    terminal.show(_console(), table, words.say("score_note"), _saved(words, place))


def _validate_coverage(call: Call) -> None:
    """Measure whether intervals hold what they say."""
    from rich.table import Table

    from sim.config.compose import load_config
    from sim.experiments import coverage as experiment
    from sim.reporting import terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    config = load_config(*experiment.SMALL, *call.overrides)
    with _counting("coverage") as count:
        found = experiment.coverage(config, processes=True, progress=count)
    table = Table(title=words.say("coverage_title", n=len(found[0].held)), title_justify="left")
    for name in ("coverage_kind", "coverage_held", "coverage_early"):
        table.add_column(words.say(name), justify="left" if name == "coverage_kind" else "right")
    for one in found:
        early = words.share(float(one.stopped_early.mean()))
        table.add_row(one.name, words.share(one.share), early)
    terminal.show(_console(), table)


def explain(call: Call) -> None:
    """``gtm explain [NAME]``."""
    _exactly(call, 0, 1, "at most one name")
    from rich.table import Table

    from sim.config.compose import load_config
    from sim.reporting import explain as pages

    sheets = pages.sheets(load_config(*call.overrides))
    if call.names:
        names = [s.name for s in sheets] + [row[0] for s in sheets for row in s.rows]
        names += [column for s in sheets for column in s.columns[1:]]
        groups = [n.partition(".")[0] for n in names]
        sheets = pages.matching(sheets, call.names[0])
        if not sheets:
            raise ConfigError(
                f"explain {call.names[0]}: no such table, parameter or KPI."
                f"{nearest(call.names[0], [*names, *groups])}"
            )
    console = _console()
    for sheet in sheets:
        table = Table(title=sheet.title, title_justify="left", show_lines=False)
        side_by_side = sheet.columns[0] == ""
        for n, column in enumerate(sheet.columns):
            words = column.replace("_", " ") if side_by_side else column
            table.add_column(words, overflow="fold", no_wrap=side_by_side and n == 0)
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table, highlight=False, markup=False)


def plan(call: Call) -> None:
    """``gtm plan template [FILE]`` and ``gtm plan list``."""
    actions = ("template", "list")
    if not call.names or call.names[0] not in actions:
        word = call.names[0] if call.names else ""
        raise ConfigError(f"gtm plan {word}: allowed template, list.{nearest(word, actions)}")
    from sim.config.compose import load_config
    from sim.market.plan import find_plan, shipped_plans, template

    if call.names[0] == "list":
        config = load_config(*call.overrides)
        for name in shipped_plans():
            known = find_plan(name, config)
            assert known is not None
            spent = ", ".join(f"{firm} {known.total(firm):,.0f}" for firm in known.firms)
            print(f"{name}: {spent}")
        return
    _exactly(call, 1, 2, "template and at most one file")
    path = Path(call.names[1] if len(call.names) > 1 else "plan.csv")
    config = load_config(*call.overrides)
    words = template(next(iter(config.firms)), config.firms, config.activities)
    try:
        with path.open("x", encoding="utf-8", newline="") as out:
            out.write(words)
    except FileExistsError:
        raise ConfigError(f"plan template: {path} exists; name another file.") from None
    except OSError as error:
        raise ConfigError(f"plan template: cannot write {path}: {error.strerror}.") from None
    print(f"{path}: edit the amounts, then  gtm run {path}  or  gtm compare ad_blitz {path}")


def _console() -> Console:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=140)


def _saved(words: Words, place: Path) -> str:
    return words.say("saved", path=place)


def _mind(words: Words, config: Config, plans: Sequence[Plan | None]) -> list[str]:
    """Say where a plan reaches beyond the end of the run."""
    from sim.market.plan import spent_within

    out = []
    for item in plans:
        if item is None:
            continue
        inside, total = spent_within(item, config)
        if inside < total:
            out.append(
                words.say("beyond", plan=item.name, weeks=config.weeks, money=words.money(inside),
                          total=words.money(total))
            )  # fmt: skip
    return out


VERBS = {
    "run": run,
    "compare": compare,
    "scenarios": list_scenarios,
    "claims": claims,
    "map": show_map,
    "calibrate": calibrate,
    "validate": validate,
    "explain": explain,
    "plan": plan,
}


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code: 0, 2 for bad input, 130 when interrupted."""
    try:
        call = parse(sys.argv[1:] if words is None else words)
        if call.verb == "version":
            print(f"gtm-dynamics {__version__}")
        elif call.verb in ("", "help"):
            print(USAGE, end="")
        elif call.verb not in VERBS:
            raise ConfigError(
                f"{call.verb}: no such verb; allowed {', '.join(VERBS)}.{nearest(call.verb, VERBS)}"
            )
        else:
            VERBS[call.verb](call)
    except ConfigError as error:
        print(f"gtm: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("gtm: interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
