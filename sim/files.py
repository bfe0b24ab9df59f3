"""Paths of shipped files: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    places = (_PACKAGE / name, _PACKAGE.parent / name)
    return next((place for place in places if place.is_dir()), _PACKAGE)


CONFIGS = _shipped("configs")
"""Markets, activities, plans, pay plans, scorecards and the published cohort of buyers."""

SCENARIOS = _shipped("scenarios")
"""Scenarios with their questions and claims, and the stored verdicts."""

WORDS = _PACKAGE / "reporting" / "words"
"""Printed sentences and labels, one file per language; more are in the folder of a language."""

GLOSSARY = _PACKAGE / "reporting" / "glossary.yaml"
"""Terms with their definitions, for ``gtm explain`` and the documentation site."""


def names(folder: Path, suffix: str) -> list[str]:
    """Names of the files of a kind in a folder, sorted, without the suffix."""
    return sorted(path.stem for path in folder.glob(f"*.{suffix}"))


def is_yaml(word: str) -> bool:
    """Whether a word ends like the name of a YAML file."""
    return word.lower().endswith((".yaml", ".yml"))


def market_word(path: Path) -> str:
    """The word that chooses the market of a file on the command line."""
    return f"market={path if len(path.parts) > 1 else f'./{path}'}"


def words(language: str) -> dict[str, Any]:
    """Sentences, labels and vocabulary of a language, as its file has them. Not to be changed."""
    return cast(dict[str, Any], _read(WORDS / f"{language}.yaml"))


def meanings(language: str) -> dict[str, str]:
    """Texts of declarations (meanings, sources, definitions) in a language, by the English text.

    Empty for English, and for a language without the file. Not to be changed.
    """
    path = WORDS / language / "meanings.yaml"
    return cast(dict[str, str], _read(path)) if path.exists() else {}


def glossary() -> list[dict[str, Any]]:
    """Entries of the glossary, as its file has them. Not to be changed."""
    return cast(list[dict[str, Any]], _read(GLOSSARY))


@cache
def _read(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the compiled loader where available
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def translations(language: str) -> dict[str, str]:
    """Errors, warnings and parts of them in a language, by their English text; empty for English
    and for languages that have no such file."""
    path = WORDS / language / "errors.yaml"
    sections = _read(path).values() if path.is_file() else ()
    return {english: text for section in sections for english, text in section.items()}


def languages() -> list[str]:
    """The available languages, sorted."""
    return names(WORDS, "yaml")
