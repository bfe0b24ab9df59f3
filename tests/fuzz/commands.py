"""Command lines, many of them bad: verbs, names, options and changes in every wrong form."""

from __future__ import annotations

from hypothesis import strategies as st

SMALL = ("population.customers=40", "warmup=0", "weeks=3", "replicates=2", "smallest_effect=0",
         "threads=1")  # fmt: skip
"""Changes that keep a command short when it turns out to be valid."""

VERBS = ("run", "compare", "claims", "scenarios", "explain", "plan", "market", "map", "validate",
         "calibrate", "benchmark", "completion")  # fmt: skip
QUICK = ("run", "compare", "explain", "plan", "scenarios", "market")
"""Verbs that take no time, or little with the changes of ``SMALL``, whatever their names are."""

KEYS = (
    "talk.rate", "population.customers", "weeks", "warmup", "seed", "firms.alder.list_price",
    "firms.alder.budget", "firms.alder.budget.broadcast", "firms.nobody.list_price", "firms", "off",
    "market", "engine", "start", "activities.broadcast.reach", "choice", "segments", "pay",
    "interventions.x", "eras.x", "treatments.x", "log.purchases", "threads", "kpis.own", "hydra",
    "firms.alder", "firms.alder.organisation.policy", "smallest_effect", "talk", "Talk.Rate",
)  # fmt: skip
VALUES = (
    "", "0", "1", "-1", "0.5", "1e400", "-1e400", "nan", "inf", "1e308", "9" * 40, "true", "null",
    "[]", "[1,2]", "{}", "{a: 1}", "{id: 5}", "'", '"', "a b", "1,2", "range(1,5)", "choice(1,2)",
    "${talk.rate}", "${oc.env:HOME}", "???", "\u0661", "1_000", "1'000", "toy", "packaged", "../x",
    "brand.yaml", "2027-01-04", "2027-13-01", "auto", "columnar", "[talk]", "[nothing]", "\x00",
    "x\ny", "抖音", "\U0001f600", "=SUM(A1)", "[bold]x[/bold]", "$x$", "x" * 3000,
    "{week: 1, set: ['talk.rate=0']}", "{week: 99, set: ['talk.rate=0']}", "{set: [x]}",
    "{key: talk.rate, first: 1, last: 2, start: 0, end: 1}", "{key: population.customers}",
)  # fmt: skip
NAMES = (
    "ad_blitz", "community_building", "cdnow", "nothing", "", " ", "talk", "template", "check",
    "list", "new", "hunter_vs_farmer", "columns", ".", "..", "/", "missing.csv", "missing.yaml",
    "good.csv", "broken.csv", "folder", "抖音", "\x00", "-", "--", "x" * 300, "[bold]",
    "firms.alder.list_price", "firms.alder.list", "profit", "\n",
)  # fmt: skip
OPTIONS = (
    "--out", "--lang", "--json", "--all", "--uncertainty", "--market", "--arm", "--timings",
    "--alias", "--aliases", "--wide", "--like", "--nothing", "-x", "--", "--help", "--version",
    "--points", "--decimal",
)  # fmt: skip
OPTION_VALUES = (
    "", "en", "zh", "fr", "0", "-1", "1", "1e9", "out", "\x00", "good.csv", "toy", "a: ad_blitz",
    "b: ad_blitz talk.rate=0", "no colon", ": ad_blitz", "a: 'ad_blitz", "x is", "I am",
    "TV is broadcast", "results/../..",
)  # fmt: skip

any_text = st.text(max_size=8)
values = st.sampled_from(VALUES) | any_text
keys = st.sampled_from(KEYS) | any_text
changes = st.builds(
    lambda sign, key, equals, value: f"{sign}{key}{equals}{value}",
    st.sampled_from(["", "", "", "+", "~", "++"]), keys, st.sampled_from(["=", "=", "=", "", "=="]),
    values,
)  # fmt: skip
names = st.sampled_from(NAMES) | any_text
options = st.one_of(
    st.sampled_from(OPTIONS),
    st.builds(lambda o, v: f"{o}={v}", st.sampled_from(OPTIONS), st.sampled_from(OPTION_VALUES)),
)


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """The words after ``gtm``. Slow verbs come only with words that make them end at once."""
    verb = draw(st.sampled_from(QUICK) | st.sampled_from(VERBS) | any_text)
    words = draw(st.lists(st.one_of(names, changes, changes, options), max_size=4))
    if verb in VERBS and verb not in QUICK:
        words.append(draw(st.sampled_from(["nothing=1", "--nothing", "talk.rate=nan"])))
    return draw(st.permutations([verb, *words])) + (list(SMALL) if verb in QUICK[:2] else [])
