"""How firms go to market: an agent-based simulation.

    import sim
    config = sim.load_config("population.customers=5000")
    run = sim.simulate(config, seed=1, plan="ad_blitz")
    run.weekly

- load_config: the configuration of a market, checked; ``gtm explain`` lists what can be set.
- simulate: one market from the first week to the last, as a Run with tables.
- compare: plans and other arms on common random numbers, as a Comparison.
- space, sample, read_sample, sweep, analyse, discover: sweeps, from their designs to what they
  say.
- start, step, restore: a World that is simulated week by week, saved and branched.
- ConfigError: unusable input, in one line.

Names are loaded on first use, so that the command line starts fast. This module also sets up
Numba before it is loaded: the cache folder is named by a hash of the sources that compiled code
depends on, because Numba itself does not notice an edit in another file. The two environment
variables it sets (NUMBA_CACHE_DIR, NUMBA_DISABLE_INTEL_SVML) stay set, because Numba reads them
again at every compilation and worker processes inherit them. Nothing else of a host program is
changed.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.config.compose import load_config
    from sim.config.schema import Config
    from sim.experiments.compare import Comparison, compare
    from sim.experiments.sweeps.analysis import analyse
    from sim.experiments.sweeps.discovery import discover
    from sim.experiments.sweeps.parameters import space
    from sim.experiments.sweeps.read import read_sample
    from sim.experiments.sweeps.samples import sample
    from sim.experiments.sweeps.sweep import sweep
    from sim.model.world import World, restore, simulate, start, step
    from sim.outcomes.run import Run
    from sim.params import ConfigError

__version__ = "0.1.0"

_WHERE = {
    "Comparison": "sim.experiments.compare",
    "Config": "sim.config.schema",
    "ConfigError": "sim.params",
    "Run": "sim.outcomes.run",
    "World": "sim.model.world",
    "analyse": "sim.experiments.sweeps.analysis",
    "compare": "sim.experiments.compare",
    "discover": "sim.experiments.sweeps.discovery",
    "load_config": "sim.config.compose",
    "read_sample": "sim.experiments.sweeps.read",
    "restore": "sim.model.world",
    "sample": "sim.experiments.sweeps.samples",
    "simulate": "sim.model.world",
    "space": "sim.experiments.sweeps.parameters",
    "start": "sim.model.world",
    "step": "sim.model.world",
    "sweep": "sim.experiments.sweeps.sweep",
}

__all__ = [
    "Comparison",
    "Config",
    "ConfigError",
    "Run",
    "World",
    "__version__",
    "analyse",
    "compare",
    "discover",
    "load_config",
    "read_sample",
    "restore",
    "sample",
    "simulate",
    "space",
    "start",
    "step",
    "sweep",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def _compiled_sources(package: Path) -> bytes:
    """Return the sources that compiled code is made of, with those in all subfolders."""
    paths = [package / "compile.py", package / "draws.py"]
    for part in ("rules", "market", "ledger", "agents", "engines"):
        paths += (package / part).rglob("*.py")
    return b"".join(path.read_bytes() for path in sorted(paths))


def _name_compile_cache() -> None:
    """Set Numba's cache folder, named by a hash of the sources of compiled code."""
    import hashlib
    import os
    import platform
    from importlib.metadata import version

    import platformdirs

    mark = hashlib.sha256(f"{version('numba')} {platform.machine()}".encode())
    mark.update(_compiled_sources(Path(__file__).parent))
    name = f"gtm-{mark.hexdigest()[:16]}"
    root = Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("gtm-dynamics"))
    if root.name != name:
        os.environ["NUMBA_CACHE_DIR"] = str(root / name)
    os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")  # its exp would give different bits


_name_compile_cache()
