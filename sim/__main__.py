"""The command line: ``gtm VERB [NAME ...] [--option VALUE] [key=value ...]``.

Heavy libraries are imported once the verb is known.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim import __version__
from sim.params import ConfigError, nearest

if TYPE_CHECKING:
    from rich.console import Console

    from sim.config import Config
    from sim.market.plan import Plan
    from sim.reporting.words import Words

USAGE = """\
gtm: who wins, when, and why. An agent-based simulation of how firms go to market.

  gtm run [PLAN]              one run: KPIs by firm and year, one picture
  gtm compare PLAN PLAN       which of two plans wins, when, and how sure that is
  gtm explain [NAME]          the week's table, every parameter with its source, KPIs, accounts
  gtm plan template [FILE]    write a plan to start from (default plan.csv)
  gtm plan list               plans that come with the package

A PLAN is a name (gtm plan list) or a CSV file. Every number can be changed as key=value:
  gtm compare ad_blitz mine.csv weeks=104 talk.rate=0.1 population.customers=50000 pairs=50

Options: --lang en|zh   --out FOLDER (default results)   --version   --help
"""

OPTIONS = {"lang": "en", "out": "results"}


@dataclass
class Call:
    """What the user asked for."""

    verb: str
    names: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=lambda: dict(OPTIONS))


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
            if name not in OPTIONS:
                allowed = [f"--{o}" for o in (*OPTIONS, "help", "version")]
                raise ConfigError(
                    f"{word}: no such option; allowed {', '.join(allowed)}.{nearest(word, allowed)}"
                )
            value = value if equals else next(rest, "")
            if not value:
                raise ConfigError(f"--{name} needs a value.")
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
    from sim.config import load_config, to_yaml
    from sim.model import find_plan, simulate
    from sim.outcomes import store
    from sim.outcomes.run import LOGS
    from sim.reporting import figures, terminal
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
        place = publish()
    notes = _mind(words, config, [plan])
    terminal.show(_console(), terminal.run_table(result, words), *notes, _saved(words, place))


def compare(call: Call) -> None:
    """``gtm compare PLAN PLAN``."""
    _exactly(call, 2, 2, "two plans")
    from sim.config import load_config, to_yaml
    from sim.experiments import compare as experiment
    from sim.model import find_plan
    from sim.outcomes import store
    from sim.reporting import figures, terminal
    from sim.reporting.words import Words

    words = Words(call.options["lang"])
    config = load_config(*call.overrides)
    plans = [find_plan(name, config) for name in call.names]
    a, b = plans
    assert a is not None
    assert b is not None
    name = f"compare-{a.name}-{b.name}"
    with store.folder(name, Path(call.options["out"])) as (draft, publish):
        with _progress(f"{a.name} / {b.name}", 2 * config.pairs) as advance:
            result = experiment.compare(config, a, b, progress=advance)
        (draft / "config.yaml").write_text(to_yaml(result.config), encoding="utf-8")
        store.write_provenance(
            draft / "provenance.json", verb="compare", plans=list(result.arms),
            seeds=[config.seed, config.seed + config.pairs - 1], overrides=call.overrides,
        )  # fmt: skip
        store.write_table(result.table, draft / "comparison")
        store.write_table(result.replicates, draft / "replicates")
        answer = [*terminal.answer(result, words), *_mind(words, result.config, plans)]
        (draft / "answer.txt").write_text("\n".join(answer) + "\n", encoding="utf-8")
        for firm in result.focus:
            suffix = f"-{firm}" if len(result.focus) > 1 else ""
            figures.save(figures.compare_figure(result, firm, words), draft / f"figure{suffix}")
        place = publish()
    console = _console()
    terminal.show(console, terminal.compare_table(result, words))
    terminal.show(console, *answer, words.say("luck_only"), _saved(words, place))


def explain(call: Call) -> None:
    """``gtm explain [NAME]``."""
    _exactly(call, 0, 1, "at most one name")
    from rich.table import Table

    from sim.config import load_config
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
    from sim.config import load_config
    from sim.market.plan import template
    from sim.model import find_plan, shipped_plans

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
    from sim.model import spent_within

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


VERBS = {"run": run, "compare": compare, "explain": explain, "plan": plan}


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
