"""Make the stored files anew that tests compare with: golden numbers, the ODD's tables, and the
answer and picture of the README.

    python tests/renew.py

Read the difference before you commit it: a golden number that moved means that every result has.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import sim
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


def readme() -> None:
    """Run the README's comparison and put its answer and picture in place."""
    result = sim.compare(sim.load_config(), "ad_blitz", "community_building")
    words = Words("en")
    figures.save(comparison.compare_figure(result, "alder", words), PICTURE, kinds=("png",))
    answer = "\n".join(f"> {line}" for line in comparison.answer(result, words))
    before, rest = README.read_text(encoding="utf-8").split("<!-- answer", 1)
    after = rest.split("<!-- end: answer -->", 1)[1]
    mark = f"<!-- answer, fingerprint {fingerprint('brand')} -->"
    README.write_text(f"{before}{mark}\n{answer}\n<!-- end: answer -->{after}", encoding="utf-8")


def main() -> None:
    """Write all."""
    GOLDEN.write_text(json.dumps({m: fingerprint(m) for m in MARKETS}, indent=2) + "\n")
    ODD.write_text(odd(), encoding="utf-8")
    readme()


if __name__ == "__main__":
    main()
