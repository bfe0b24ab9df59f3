"""A run is identified by all that its result depends on, and by nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sim import load_config
from sim.config.compose import override
from sim.params import numbers
from sim.runs.address import WITHOUT_EFFECT, Addresses, program, settled
from sim.runs.arms import arm

HEADINGS = "quarter,firm,activity,amount\n"


def _of(config, *specs, seed=1):
    """Addresses of the runs of some arms with a seed."""
    return Addresses(config, tuple(arm("", spec, config) for spec in specs or [None])).of(seed)


@pytest.mark.parametrize(
    "change",
    [
        "threads=2", "replicates=7", "smallest_effect=0.2", "currency=EUR", "engine=reference",
        "log.customers=true", "seed=9",
    ],
)  # fmt: skip
def test_what_changes_no_result_changes_no_address(default, change):
    assert change.partition("=")[0].partition(".")[0] in WITHOUT_EFFECT
    assert _of(override(default, change)) == _of(default)


def test_names_of_arms_and_plans_change_no_address(default, tmp_path):
    (tmp_path / "mine.csv").write_text(HEADINGS + "Q1,alder,broadcast,90000\n")
    (tmp_path / "other.csv").write_text(HEADINGS + "Q1,alder,broadcast,90000\n")
    (tmp_path / "more.csv").write_text(HEADINGS + "Q1,alder,broadcast,90001\n")
    mine, other, more = _of(default, *(tmp_path / f"{n}.csv" for n in ("mine", "other", "more")))
    assert mine == other != more
    named = arm("a name", tmp_path / "mine.csv", default)
    assert _of(default, named) == (mine,)


def test_every_declared_number_is_part_of_the_address(default):
    """Each number is changed in turn; addresses are hashes of exactly these values."""
    known, values = {key for key, *_ in numbers(default)}, settled(default)
    missing = {key for key in known - values.keys() if key.partition(".")[0] not in WITHOUT_EFFECT}
    assert not missing
    assert _of(override(default, "talk.rate=0.1")) != _of(default)
    assert _of(override(default, "firms.alder.list_price=41")) != _of(default)


@pytest.mark.parametrize(
    "change",
    ["weeks=60", "measurement.window=8", "start=2027-01-04", "firms.alder.budget={community: 5}",
     "off=[talk]", "+treatments.welcome={id: 1, firm: alder, coupon: 0.1}"],
)  # fmt: skip
def test_whatever_else_is_set_is_part_of_the_address(default, change):
    assert _of(override(default, change)) != _of(default)


def test_arms_and_seeds_have_addresses_of_their_own(default):
    changed = arm("", ["ad_blitz", "talk.rate=0.1"], default)
    found = {*_of(default, None, "ad_blitz", changed), *_of(default, None, "ad_blitz", seed=2)}
    assert len(found) == 5


def test_a_change_from_the_first_week_is_not_one_of_the_warm_up(default):
    """The arm's change acts after the warm-up; that of the market acts in it as well."""
    after = _of(default, arm("", ["talk.rate=0.1"], default))
    assert after != _of(override(default, "talk.rate=0.1"))
    declared = f"talk.rate={default.talk.rate}"
    assert _of(default, arm("", [declared], default)) == _of(default)


def test_two_ways_to_one_configuration_lead_to_one_address(default):
    ways = [
        load_config("talk.rate=0.1", "weeks=60"), load_config("weeks=60", "talk.rate=0.10"),
        override(default, "weeks=60", "talk.rate=0.1"),
        override(override(default, "talk.rate=0.3"), "talk.rate=1e-1", "weeks=60"),
        replace(default, weeks=60, talk=replace(default.talk, rate=0.1)),
    ]  # fmt: skip
    assert len({_of(config) for config in ways}) == 1
    (changes,) = {Addresses(config).changes for config in ways}
    assert json.loads(changes) == {"talk.rate": 0.1, "weeks": 60}


def test_the_fingerprint_is_that_of_the_sources_a_run_depends_on(tmp_path, monkeypatch):
    from sim.runs import address

    for part in address.DEPENDS_ON:
        place = tmp_path / part
        place.parent.mkdir(exist_ok=True)
        place.write_text("x = 1\n") if part.endswith(".py") else place.mkdir()
    (tmp_path / "rules" / "talk.py").write_text("a = 1\n")
    (tmp_path / "reporting").mkdir()
    before = program.__wrapped__(tmp_path)
    (tmp_path / "reporting" / "answer.py").write_text("b = 1\n")
    assert program.__wrapped__(tmp_path) == before
    (tmp_path / "rules" / "talk.py").write_text("a = 2\n")
    assert program.__wrapped__(tmp_path) != before
