"""How the documentation site is built: ``python -m sphinx -W -b html docs docs/_build``.

Nothing is fetched, neither by the build nor by a reader's browser. One build holds both languages,
English in ``en/`` and Chinese in ``zh/``; pages of one show the contents and the words of that one.
"""

from __future__ import annotations

import dataclasses
import gettext
import logging
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import jieba
import sphinx
from bs4 import BeautifulSoup
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

import sim
from sim.params import declared

LOCALE = Path(sphinx.__file__).parent / "locale"

project = "gtm-dynamics"
author = "The gtm-dynamics maintainers"
copyright = author
release = sim.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "generated"]
language = "en"
myst_dmath_allow_digits = False  # "$3.17 M more, $21.80 M against" is money
smartquotes_action = "qe"  # "--" is part of commands

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.header",  # the ODD is also read by itself, with headings of its own
    "ref.python",  # attributes of several classes may have one name
]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "no-value": True}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "gtm-dynamics"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sphinx = False
html_math_renderer = "mathml"  # the default one is fetched by the reader's browser
html_search_language = "zh"  # cuts Chinese with jieba and stems English; "en" finds no Chinese

templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}

LANGUAGES = {"en": ("en", "en"), "zh": ("zh-CN", "zh_CN")}
"""Folder of a language: its tag in HTML and its name among Sphinx's translations."""

THEME = {
    "Next": "下一页", "Previous": "上一页", "Home": "首页", "On this page": "本页目录",
    "Back to top": "回到顶部", "Skip to content": "跳到正文", "Made with ": "页面样式：",
}  # fmt: skip
"""Words of the theme, which has none in Chinese."""

HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u201c\u201d]"
"""Chinese characters and punctuation."""

PICTURE = r'(<img [^>]*src="([^"]+\.png)"[^>]*>)'

jieba.setLogLevel(logging.WARNING)


class ThemeInChinese(gettext.NullTranslations):
    """The words of the theme, where Sphinx's translations have none."""

    def gettext(self, message: str) -> str:
        return THEME.get(message, message)


class Search(SearchChinese):
    """Chinese cut with jieba, English stemmed, for a site in both languages."""

    language_name = "English"  # of the stemmer in the browser: Sphinx 9.0 looks for it here
    js_splitter_code = (Path(__file__).parent / "templates" / "split_query.js").read_text("utf-8")


def modules(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace ``<!-- modules: NAME ... -->`` by the documentation of these modules, and of every
    module in them where a name is a package's; so a new module needs no page."""

    def documented(found: re.Match[str]) -> str:
        return "\n\n".join(
            f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```"
            for given in found[1].split()
            for name in sorted(_inside(given))
        )

    source[0] = re.sub(r"<!-- modules: (.*?) -->", documented, source[0])


def chinese_lines(app: Sphinx, page: str, source: list[str]) -> None:
    """Join the lines of Chinese paragraphs: a browser would show the break as a space."""
    if not page.startswith("zh/"):
        return
    out: list[str] = []
    fenced = False
    for line in source[0].split("\n"):
        edge = line.startswith("```")
        goes_on = re.match(rf" *({HAN}|[`\[*†])(?! )", line) and not (edge or fenced)
        if goes_on and out and re.search(rf"^(?!#|\||```).*{HAN}\**$", out[-1]):
            out[-1] += line.lstrip()
        else:
            out.append(line)
        fenced ^= edge
    source[0] = "\n".join(out)


def without_aliases(
    app: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out the fields of named tuples that say nothing but their place."""
    return True if (getattr(thing, "__doc__", "") or "").startswith("Alias for field") else None


def _inside(name: str) -> list[str]:
    """A module, or the modules in a package that have something to show."""
    module = import_module(name)
    if not hasattr(module, "__path__"):
        return [name]
    found = pkgutil.walk_packages(module.__path__, f"{name}.")
    own = [name] if any(line for line in (module.__doc__ or "").splitlines()[1:]) else []
    return own + [one.name for one in found if not one.ispkg]


_plain: dict[str, list[str]] = {}


def before_napoleon(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Keep the docstrings of values: napoleon would read "Words: more words" as a type."""
    if what in ("attribute", "data", "property"):
        _plain[name] = lines.copy()


def after_napoleon(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Put the docstrings of values back."""
    if name in _plain:
        lines[:] = _plain.pop(name)


def declared_numbers(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Append the declared numbers of a group of parameters to its docstring, as a table."""
    if what != "class" or not dataclasses.is_dataclass(thing):
        return
    known = declared(thing)
    if not known:
        return
    lines += ["", ".. list-table::", "   :header-rows: 1", ""]
    heads = ("number", "default", "unit", "bounds", "meaning", "source")
    rows = [
        (f"``{field}``", str(n.default), n.unit, f"{n.low:g} to {n.high:g}", n.meaning, n.source)
        for field, n in known.items()
    ]
    for row in (heads, *rows):
        for mark, cell in zip(("   * -", *["     -"] * 5), row, strict=True):
            lines.append(f"{mark} {cell.replace('*', chr(92) + '*')}")
    lines.append("")


def one_language(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page the language of its folder: the tag, the theme's words, the contents, and a link
    to the same page in the other language, or else to its first page."""
    folder, _, rest = page.partition("/")
    here = folder if folder in LANGUAGES else "en"
    other = "zh" if here == "en" else "en"
    context["language"], locale = LANGUAGES[here]
    words = gettext.translation("sphinx", LOCALE, languages=[locale], fallback=True)
    if here == "zh":
        words.add_fallback(ThemeInChinese())
    app.builder.templates.environment.install_gettext_translations(words)  # type: ignore[attr-defined]
    twin = f"{other}/{rest}"
    context["twin"] = twin if twin in app.env.found_docs else f"{other}/index"
    context["home"] = f"{here}/index"
    if "body" in context:  # pictures are shown small: a click shows them as they are
        context["body"] = re.sub(PICTURE, r'<a href="\2">\1</a>', context["body"])
    for way in ("prev", "next"):
        if context.get(way) and not _leads_to(context[way]["link"], page, here):
            context[way] = None
    if "furo_navigation_tree" in context:
        tree = BeautifulSoup(context["furo_navigation_tree"], "html.parser")
        for listed in tree.find_all("ul", recursive=False):
            if not _leads_to(str(listed.find("a")["href"]), page, here):
                caption = listed.find_previous_sibling()
                if caption is not None and caption.name == "p":
                    caption.decompose()
                listed.decompose()
        context["furo_navigation_tree"] = str(tree)


def _leads_to(href: str, page: str, folder: str) -> bool:
    """Whether a link of a page leads into a folder."""
    if href == "#":
        return page.startswith(folder)
    at = page.split("/")[:-1]
    for part in href.split("/"):
        at = at[:-1] if part == ".." else [*at, part]
    return at[0] == folder


def setup(app: Sphinx) -> None:
    """Draw formulas as MathML, tables of declared numbers, and one language a page."""

    def inline(self: Any, node: nodes.math) -> None:
        self.body.append(convert(node.astext()))
        raise nodes.SkipNode

    def block(self: Any, node: nodes.math_block) -> None:
        self.body.append(convert(node.astext(), display="block"))
        raise nodes.SkipNode

    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.add_search_language(Search)
    app.connect("source-read", modules)
    app.connect("source-read", chinese_lines)
    app.connect("autodoc-skip-member", without_aliases)
    app.connect("autodoc-process-docstring", before_napoleon, priority=100)
    app.connect("autodoc-process-docstring", after_napoleon, priority=800)
    app.connect("autodoc-process-docstring", declared_numbers, priority=900)
    app.connect("html-page-context", one_language, priority=900)
