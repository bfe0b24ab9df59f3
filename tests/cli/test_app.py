"""The command line as a whole: order of words, help, languages, completion, interruption."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import click
import pytest
import yaml
from click.shell_completion import ShellComplete

from sim import files
from sim.cli import choices, verbs
from sim.cli.app import Gtm, main
from sim.cli.help import CLOSING, OPENING, width, wrap
from sim.experiments import scenarios
from sim.plans.find import shipped_plans
from sim.reporting.words import Words, languages

VERBS = list(Words("en").verbs())
TOY = '''
"""A verb to test with."""

import click

from sim.cli.parameters import given


@click.command(help="Repeat the words.")
@given(choices=lambda: ["alpha", "beta"])
@click.option("--tone", metavar="WORD", default="plain", help="How to say it.")
@click.option("--loud", is_flag=True)
@click.pass_obj
def command(words, given, tone, loud):
    """Not shown."""
    print(words.language, given.names, given.changes, tone, loud)
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A further verb: one file in the folder of verbs."""
    (tmp_path / "echo.py").write_text(TOY)
    monkeypatch.setattr(verbs, "__path__", [*verbs.__path__, str(tmp_path)])
    yield
    sys.modules.pop("sim.cli.verbs.echo", None)


@pytest.mark.parametrize(
    "call",
    [
        "echo a b x.y=1 ~firms.z +new=2 --tone run --lang zh",
        "--lang zh --tone run echo a x.y=1 b ~firms.z +new=2",
        "x.y=1 --tone=run echo ~firms.z --lang=zh a b +new=2",
        "--tone run --lang zh x.y=1 echo a ~firms.z b +new=2",
    ],
)
def test_words_may_stand_in_any_order(toy, capsys, call):
    assert main(call.split()) == 0
    out = capsys.readouterr().out
    assert out == "zh ['a', 'b'] ['x.y=1', '~firms.z', '+new=2'] run False\n"


@pytest.mark.toy("a command")
def test_a_verb_is_one_file(toy, capsys):
    assert main(["--help"]) == 0
    assert re.search(r"^  echo +Repeat the words\.$", capsys.readouterr().out, re.M)
    assert main(["echo", "--help"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^  --tone WORD +How to say it\.$", shown, re.M)
    assert "-h, --help" in shown
    assert main(["ehco"]) == 2
    assert "completion, echo. Did you mean 'echo'?" in capsys.readouterr().err


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_in_every_language(capsys, verb, language):
    assert main([verb, "--help", "--lang", language]) == 0
    shown = capsys.readouterr().out
    text = Words(language).verb(verb)
    assert "".join(text["help"].split()) in "".join(shown.split())
    assert text["example"] in shown
    assert not re.search(r"\bNone\b", shown)
    prose = shown.partition(text["example"])[0]
    assert max(map(width, prose.splitlines())) <= 80
    chinese = re.search(r"[\u4e00-\u9fff]", prose)
    assert bool(chinese) == (language == "zh")
    for word in ("Usage", "Options", "Show this"):
        assert (word in prose) == (language == "en")


def test_every_verb_with_help_is_a_file_and_every_option_is_explained():
    for language in languages():
        words = Words(language)
        group = Gtm(words)
        context = click.Context(group)
        assert list(words.verbs()) == group.list_commands(context)
        for verb in words.verbs():
            command = group.get_command(context, verb)
            assert command is not None
            options = [p for p in command.params if isinstance(p, click.Option)]
            assert all(option.help for option in options), verb
            assert all(option.is_flag or option.metavar for option in options), verb
            declared = {option.opts[0].lstrip("-") for option in options}
            assert set(words.verb(verb).get("options", {})) <= declared, verb


def test_help_texts_of_all_languages_have_the_same_entries():
    def shape(texts):
        if isinstance(texts, dict):
            return {key: shape(text) for key, text in texts.items()}
        return bool(texts)

    english, *others = (
        yaml.safe_load((files.WORDS / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in languages()
    )
    assert others
    for other in others:
        assert shape(other["command_line"]) == shape(english["command_line"])


def test_help_and_version(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert main(["--help"]) == main(["-h"]) == 0
    assert capsys.readouterr().out == 2 * shown
    assert main(["run", "--help"]) == main(["run", "-h"]) == main(["--help", "run"]) == 0
    assert capsys.readouterr().out.count("Usage: gtm run") == 3
    assert main(["--lang", "zh"]) == 0
    assert "命令：" in capsys.readouterr().out
    assert main(["--version"]) == main(["run", "--version"]) == 0
    assert re.fullmatch(r"(gtm-dynamics [\d.]+\n){2}", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("--lang zh rnu", "rnu：没有这个命令，可用：run、compare、"),
        ("rnu --lang=zh", "是否想输入“run”？"),
        ("--lang zh run --lnag x", "--lnag：没有这个选项，可用：--timings、--all、--json、"),
        ("--lang zh run --out", "--out 缺少取值。"),
        ("--lang zh compare --json=1", "--json 不接受取值。"),
        ("--lang zh run a b", "gtm run 接受至多一个计划，现有 2 个：a、b。"),
        ("--lang zh compare --uncertainty x", "--uncertainty x：须为 0 至 100000 之间的整数。"),
        ("--lang zh calibrate cdnwo", "可用：cdnow。是否想输入“cdnow”？"),
        ("--lang zh plan", "gtm plan：可用：template、check、list。"),
        ("--lang zh plan template no/such.csv", "无法写入 no/such.csv"),
        ("--lang zh explain tlak", "没有这个表格、参数或术语。是否想输入“talk”？"),
        ("--lang zh validate E99", "可用：coverage、economy、audit、E01"),
        ("--lang zh map --json", "--json：gtm map 没有这个选项，它属于 run、compare、"),
        ("--lang zh compare ad_blitz", "比较至少需要两个方案，现有 1 个。"),
        ("--lang zh compare ad_blitz --arm x", "--arm x：应写成“名称: 计划 key=value ...”。"),
    ],
)
def test_errors_are_in_the_language_asked_for(in_folder, capsys, call, said):
    assert main(call.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("gtm: ")
    assert shown.err.count("\n") == 1
    assert said in shown.err


def test_a_folder_is_looked_at_when_it_is_used(in_folder, capsys, monkeypatch):
    (in_folder / "closed").mkdir()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert main(["run", "--out", "closed", "talk.rate=2"]) == 2
    assert "talk.rate=2.0 is out of bounds" in capsys.readouterr().err


def test_lines_are_broken_by_width_and_not_before_closing_marks():
    text = (
        "用共同随机数运行两个方案（或更多），比较利润 KPI，直到 smallest_effect=0.01 能够判定为止。"
        * 3
    )
    for room in range(20, 60):
        lines = wrap(text, room)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert max(map(width, lines)) <= room
        assert not any(line[0] in CLOSING or line[-1] in OPENING for line in lines)
    assert wrap("one two  three", 8) == ["one two", "three"]
    assert wrap("", 8) == []


def _complete(words):
    """What a shell is offered for the last word."""
    *before, last = words
    spoken = Words("en")
    shell = ShellComplete(Gtm(spoken), {"obj": spoken}, "gtm", "_GTM_COMPLETE")
    return [item.value for item in shell.get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["c"], ["compare", "claims", "calibrate", "completion"]),
        (["run", "ad"], ["ad_blitz"]),
        (["--lang", "zh", "compare", "comm"], ["community_building"]),
        (["compare", "x", "hunter_vs"], ["hunter_vs_farmer"]),
        (["claims", "lead_to"], ["lead_to_cash"]),
        (["explain", "repeat"], ["repeat_rate"]),
        (["run", "talk.rat"], ["talk.rate="]),
        (["run", "firms.alder.qual"], ["firms.alder.quality="]),
        (["run", "~firms.alder.budget.perf"], ["~firms.alder.budget.performance_ads"]),
        (["run", "--lang", ""], ["en", "zh"]),
        (["compare", "--m"], ["--market"]),
        (["run", "mine"], ["mine"]),
    ],
)
def test_completion_offers_names_and_keys(words, offered):
    assert _complete(words) == offered


def test_completion_knows_every_scenario_and_plan():
    assert choices.scenarios() == sorted(scenarios.names())
    assert choices.plans() == shipped_plans()


def test_completion_reaches_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "sim"], capture_output=True, text=True, check=True,
        env={**os.environ, "_GTM_COMPLETE": "bash_complete", "COMP_WORDS": "gtm --lang zh run ad",
             "COMP_CWORD": "4"},
    )  # fmt: skip
    assert done.stdout == "plain,ad_blitz\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(capsys, shell):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_GTM_COMPLETE={shell}_complete" in script
    assert ("compopt -o nospace" in script) == (shell == "bash")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_help_and_errors_load_nothing_heavy():
    code = (
        "import sys; from sim.cli.app import main;"
        "main(['--help']); main(['compare', '--help', '--lang', 'zh']); main(['rnu']);"
        "heavy = ('numba', 'numpy', 'matplotlib', 'pandas', 'mesa', 'rich');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")


@pytest.mark.slow
def test_a_pipe_closed_early_is_no_error():
    for verb in ("explain", "plan list"):
        done = subprocess.run(
            ["sh", "-c", f'"{sys.executable}" -m sim {verb} | true'],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""


def test_an_interruption_is_one_line_and_leaves_nothing(in_folder, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.model.world.simulate", interrupted)
    assert main(["run", "ad_blitz"]) == 130
    assert main(["run", "ad_blitz", "--lang", "zh"]) == 130
    assert capsys.readouterr().err == (
        "gtm: interrupted; nothing was written\ngtm: 已中断，未写入任何结果\n"
    )
    assert list((in_folder / "results").iterdir()) == []
