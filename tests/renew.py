"""Make the stored files anew that tests compare with: golden numbers, the ODD's tables, and the
answer and picture of the README; when asked, its table of published facts too, which takes minutes.

    python tests/renew.py [facts]

Read the difference before you commit it: a golden number that moved means that every result has.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import sim
from sim.experiments import targets
from sim.reporting import comparison, explain, figures
from sim.reporting.words import Words

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden.json"
ODD = Path(sim.__file__).parent / "ODD.md"
README = HERE.parent / "README.md"
PICTURE = HERE.parent / ".github" / "compare.png"
MARKETS = {
    "brand": "ad_blitz",
    "cdnow": None,
    "industrial": None,
    "packaged": None,
    "subscription": "ad_blitz",
    "toy": None,
}
"""Markets and the plan each is fingerprinted with."""


def fingerprint(market: str) -> str:
    """A hash of every whole number booked in one small run of a market."""
    config = sim.load_config(f"market={market}", "population.customers=2000", "weeks=60")
    ledger = sim.simulate(config, seed=1, plan=MARKETS[market]).ledger
    mark = hashlib.sha256()
    for part in (ledger.accounts(), ledger.contacts(), ledger.spend(), ledger.leads()):
        mark.update(part.astype("<i8").tobytes())
    return mark.hexdigest()[:16]


def odd() -> str:
    """The ODD with its tables as the declarations have them now."""
    return explain.filled(ODD.read_text(encoding="utf-8"), explain.sheets(sim.load_config()))


def _put(name: str, market: str, text: str) -> None:
    """Put what comes from a run in its place in the README, with the fingerprint of the market."""
    before, rest = README.read_text(encoding="utf-8").split(f"<!-- {name}", 1)
    after = rest.split(f"<!-- end: {name} -->", 1)[1]
    mark = f"<!-- {name}, fingerprint {fingerprint(market)} -->"
    README.write_text(f"{before}{mark}\n{text}\n<!-- end: {name} -->{after}", encoding="utf-8")


def readme() -> None:
    """Run the README's comparison and put its answer and picture in place."""
    result = sim.compare(sim.load_config(), "ad_blitz", "community_building")
    words = Words("en")
    figures.save(comparison.compare_figure(result, "alder", words), PICTURE, kinds=("png",))
    _put("answer", "brand", "\n".join(f"> {line}" for line in comparison.answer(result, words)))


def facts() -> None:
    """Measure the published facts and put the table in place."""
    names = {"hit": "inside", "miss": "outside"}
    lines = [
        "| fact | measured | published | mean (95 % interval) | verdict |",
        "|---|---|--:|--:|---|",
    ]
    for found in targets.validate(list(targets.TARGETS), processes=True):
        part, (low, high) = found.part, found.interval
        published = f"> {part.low:g}" if part.sign else f"{part.low:g} to {part.high:g}"
        verdict = names.get(found.verdict, found.verdict)
        lines.append(
            f"| {found.target.name} {found.target.title['en']} | {part.en} | {published} | "
            f"{found.mean:.3f} ({low:.3f} to {high:.3f}) | {verdict} |"
        )
    _put("facts", "industrial", "\n".join(lines))


def main() -> None:
    """Write all."""
    GOLDEN.write_text(json.dumps({m: fingerprint(m) for m in MARKETS}, indent=2) + "\n")
    ODD.write_text(odd(), encoding="utf-8")
    readme()
    if sys.argv[1:] == ["facts"]:
        facts()


if __name__ == "__main__":
    main()
