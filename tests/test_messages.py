"""Errors and warnings of the program: English templates in the code, each with its Chinese."""

from __future__ import annotations

import ast
import importlib
import logging
import pickle
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import pytest
import yaml

import sim
from sim import files
from sim.cli.app import main
from sim.cli.boundary import warnings_in
from sim.cli.verbs.completion import SHELLS
from sim.config.checks import policies
from sim.config.compose import load_config, options
from sim.config.own_market import KEYS
from sim.config.schema import ENGINES, Config
from sim.experiments import scenarios
from sim.experiments.validation.facts import targets
from sim.kpis import KPIS
from sim.market.activities import OWNERS
from sim.market.firms import INSTRUMENTS, REACTIONS
from sim.market.interventions import AMONG
from sim.market.plan import AFTER
from sim.outcomes.store import NoRoom
from sim.params import MECHANISMS, ConfigError, Message, as_message, nearest, numbers, shown
from sim.plans.find import shipped_plans
from sim.reporting.words import Words
from tests.chinese import english_words
from tests.plans.reading import faults_of
from tests.plans.test_excel_ways import REFUSED as IN_MANY_WAYS
from tests.plans.test_shared_cases import REFUSED as FROM_SPREADSHEETS

PACKAGE = Path(sim.__file__).parent
LOOKED_UP = {"Message", "ConfigError"}
"""Classes whose first argument is an English template."""


class Template(NamedTuple):
    """A template in the code, and the names of the values beside it."""

    place: str
    text: str | None
    values: set[str] | None


def _fields(template: str) -> set[str]:
    return {field.partition(".")[0] for _, field, _, _ in Formatter().parse(template) if field}


def _literals(node: ast.expr) -> Iterator[str | None]:
    """The texts an argument can be; None for what is no literal."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    else:
        yield node.value if isinstance(node, ast.Constant) else None


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that make a message; in the classes of errors those of the base class as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LOOKED_UP:
            yield node
        if isinstance(node, ast.ClassDef) and "ConfigError" in map(ast.unparse, node.bases):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "super().__init__":
                    yield inner


@cache
def _templates() -> list[Template]:
    out = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            names = {word.arg or "**" for word in call.keywords}
            for text in _literals(call.args[0]):
                place = f"{path.relative_to(PACKAGE)}:{call.lineno}"
                out.append(Template(place, text, names))
    return out


CHINESE: dict[str, dict[str, str]] = yaml.safe_load(
    (files.WORDS / "zh" / "errors.yaml").read_text(encoding="utf-8")
)
ZH = Words("zh")


def test_templates_are_literals_with_exactly_their_values():
    for place, text, values in _templates():
        if text is None:
            assert place.startswith("params.py"), f"{place}: the template is no literal"
        else:
            assert values == _fields(text), place


def _needs_words(template: str) -> bool:
    return any(text.strip() for text, *_ in Formatter().parse(template))


def test_every_template_has_a_chinese_one_with_the_same_fields():
    code = {text for _, text, _ in _templates() if text and _needs_words(text)}
    missing = code - set(CHINESE["messages"])
    assert not missing, "add them to sim/reporting/words/zh/errors.yaml"
    unused = set(CHINESE["messages"]) - code - {", ", "none"}
    assert not unused, "no code has these templates"
    for english, chinese in CHINESE["messages"].items():
        assert _fields(chinese) == _fields(english), english


def test_other_translations_are_used_and_fit():
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    for english, chinese in CHINESE["warnings"].items():
        assert f'"{english}"' in code
        assert chinese.count("%s") == english.count("%s")
    entries = [english for section in CHINESE.values() for english in section]
    assert len(entries) == len(set(entries))


class _Anything:
    """A value that fits every field of a template."""

    def __format__(self, _: str) -> str:
        return ""


@cache
def _names() -> frozenset[str]:
    """Names that stay as they are in any language: keys, files of the package, formats."""
    config = load_config()
    names = {part for key, _, _ in numbers(config) for part in key.split(".")}
    names |= {field.name for field in fields(Config)} | set(config.activities) | set(KPIS)
    for group in ("market", "pay", "kpis"):
        names |= set(options(group))
    names |= {*KEYS, *MECHANISMS, *targets().facts, *scenarios.names(), *shipped_plans()}
    names |= {*ENGINES, *OWNERS, *AFTER, *AMONG, *REACTIONS, *INSTRUMENTS, *policies(), *SHELLS}
    for words in (
        "against arms labels contrasts cohort expect ablate assign customer step key value name",
        "range interval choice points space method flips SALib problem names bounds dists",
        "groups unif logunif log sweep sobol morris pawn delta saltelli Parquet",
        "config gtm template check list new kpis coverage day month shell scikit learn",
        "economy audit",
        "YAML UTF CSV DuckDB Excel JSON pandas Polars GB MB null true false auto en zh",
        "settle seed plan store sample vary design load_config load",
        "executor address workers scheduler_file dask host cluster Dask Python dynamics",
    ):
        names |= set(words.split())
    names |= set(ZH.verbs())
    return frozenset(names)


def test_no_english_word_is_left_in_the_translations():
    names = _names()
    for section, texts in CHINESE.items():
        for english, chinese in texts.items():
            values = dict.fromkeys(_fields(chinese), _Anything()) if section == "messages" else {}
            text = chinese.format(**values) if values else chinese
            assert not english_words(text, names), english


def test_english_words_are_found():
    text = "talk.rate=2 与 `gtm explain`、“his words”、a/b.csv、--lang 及 birch：out of bounds"
    assert english_words(text, {"birch"}) == ["out", "of", "bounds"]


# Messages


def test_a_message_is_english_and_translated_in_all_its_parts():
    inner = ConfigError("{key}: now called {new}.", key="a.b", new="a.c")
    error = ConfigError("{where}: {error}", where=Message("market {path}", path="x"), error=inner)
    assert str(error) == "market x: a.b: now called a.c."
    assert ZH.message(error) == "市场文件 x：a.b：现名为 a.c。"
    assert str(error) == Words("en").message(error)


def test_a_message_lists_names_and_says_that_there_are_none():
    for names, english, chinese in ((["a", "b"], "a, b", "a、b"), ([], "none", "无")):
        message = Message(": {names}", names=names)
        assert str(message) == f": {english}"
        assert ZH.message(message) == f"：{chinese}"


def test_parts_of_messages_are_translated():
    assert str(nearest("tlak", ["talk"])) == " Did you mean 'talk'?"
    assert ZH.message(as_message("Permission denied")) == "没有权限"
    assert (str(as_message("key")), Words("en").message(as_message("key"))) == ("key", "key")
    assert ZH.message(as_message("share of {x}")) == "share of {x}"
    digits = shown(10**100)
    assert isinstance(digits, Message)
    assert ZH.message(digits) == "约 99 位的数字"


def test_an_error_comes_whole_out_of_a_worker_process():
    braces = ConfigError("{key}: {{a}}", key="{b}")
    assert str(braces) == "{b}: {a}"
    for error in (braces, NoRoom(Path("x"), 1, 2), _caught("talk.rate=2"), _caught("market=x")):
        again = pickle.loads(pickle.dumps(error))
        assert str(again) == str(error)
        assert ZH.message(again) == ZH.message(error)


def test_an_error_is_one_printable_line():
    error = ConfigError("{key}: a name is empty.", key="a\nb\x1b")
    assert str(error) == "a\\nb\\x1b: a name is empty."


def test_a_language_without_translations_speaks_english(monkeypatch):
    monkeypatch.setattr(files, "translations", lambda _: {})
    assert ZH.message(_caught("talk.rate=2")).startswith("talk.rate=2.0 is out of bounds")


# The command line


def _caught(*words: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(*words)
    return caught.value


def _cases(module: str, test: str) -> list[Any]:
    """The bad inputs of another test: the first of its parameters."""
    function = getattr(importlib.import_module(f"tests.{module}"), test)
    (found,) = (mark.args[1] for mark in function.pytestmark if mark.name == "parametrize")
    return [case[0] if isinstance(case, tuple) else case for case in found]


def _check_chinese(said: str, *typed: str) -> None:
    """Fail if a line has English words that are neither names nor what the user typed."""
    names = _names() | set(re.findall(r"[A-Za-z][A-Za-z_]+", " ".join(typed)))
    assert re.search("[\u4e00-\u9fff]", said), said
    assert not english_words(said, names), said


CHANGES = [
    case if isinstance(case, list) else [case]
    for module, test in (
        ("config.test_config", "test_a_wrong_word_is_one_clear_line"),
        ("config.test_changes", "test_interventions_and_eras_are_checked_when_they_are_read"),
        ("config.test_names", "test_a_name_that_cannot_be_used_is_refused_in_one_line"),
    )
    for case in _cases(module, test)
]


def test_refused_changes_are_in_chinese():
    refused = 0
    for words in CHANGES:
        try:
            load_config("population.customers=60", "weeks=8", *words)
        except ConfigError as error:
            refused += 1
            _check_chinese(ZH.message(error), *words)
    assert refused > 50


def test_refused_files_are_in_chinese(in_folder):
    mine = in_folder / "mine.yaml"
    markets = _cases("config.test_own_market", "test_a_wrong_file_is_one_line_that_names_it")
    for text in markets:
        mine.write_text(text, encoding="utf-8")
        _check_chinese(ZH.message(_caught("market=mine.yaml")), text, "mine")
    told = "experiments.test_scenarios", "test_a_file_that_is_no_scenario_is_one_line"
    for text in filter(None, _cases(*told)):
        mine.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as error:
            scenarios.need("mine.yaml")
        _check_chinese(ZH.message(error.value), text, "mine")


COMMANDS = [
    *_cases("cli.test_verbs", "test_bad_input_is_one_line_and_leaves_nothing"),
    *(["market", *call] for call in _cases("cli.test_market",
                                           "test_bad_input_is_one_line_and_leaves_nothing")),
    *_cases("cli.test_plans", "test_bad_plans_are_one_line"),
    ["run", "own.csv", "--alias", "I am OurBrand", "--alias", "TV is broadcast", "--sheet", "x"],
    ["run", "market.yaml"],
    ["run", "ad_blitz", "firms.alder.list_price"],
    ["compare", "ad_blitz", "--arm", "x: 'ad_blitz"],
    ["run", "--out", "taken.csv/x"],
]  # fmt: skip


def test_refused_commands_are_in_chinese(in_folder, capsys):
    (in_folder / "bad.csv").write_text("quarter,firm,activity,amount\nQ1,alder,brodcast,5\n")
    own = "quarter,firm,activity,amount\nQ1,OurBrand,TV,130000\n"
    (in_folder / "own.csv").write_text(own, encoding="utf-8")
    (in_folder / "taken.csv").write_text("mine")
    for name in ("market.yaml", "taken.yaml"):
        (in_folder / name).write_text("like: brand\n")
    for words in COMMANDS:
        language = [] if "--lang" in words else ["--lang", "zh"]
        assert main([*words, *language]) == 2, words
        said = capsys.readouterr().err
        if "fr" not in words:
            _check_chinese(said, *words, own, "bad quarter brodcast")


def test_refused_plans_are_in_chinese(tmp_path):
    for data, *_ in {**FROM_SPREADSHEETS, **IN_MANY_WAYS}.values():
        book = isinstance(data, bytes) and data.startswith(b"PK")
        typed = "" if book else data if isinstance(data, str) else data.decode("utf-8", "replace")
        for fault in faults_of(tmp_path, data, "mine.xlsx" if book else "mine.csv", language="zh"):
            _check_chinese(fault, typed, "mine xlsx Windows PDF XML eur usd")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_warnings_are_one_line_in_the_language_asked_for(capsys, language):
    with warnings_in(Words(language)):
        logging.getLogger("sim.compile").warning(
            "compiled code cannot be kept in %s (%s): every start takes a minute longer",
            "folder", "No space left on device",
        )  # fmt: skip
        logging.getLogger("sim.compile").warning("100 %")
    assert not logging.getLogger("sim").handlers
    kept, plain = capsys.readouterr().err.splitlines()
    assert plain == "gtm: 100 %"
    said = {
        "en": "compiled code cannot be kept in folder (No space left on device): every start",
        "zh": "编译结果无法保存到 folder（磁盘空间已满），每次启动都要多等一分钟",
    }
    assert kept.startswith(f"gtm: {said[language]}")
