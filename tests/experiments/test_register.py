"""The register: definitions of claims stay as they were registered."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from sim import files
from sim.engines.protocol import OWN_STATE, STATE
from sim.experiments import register, scenarios
from sim.experiments.scenarios import FIRST, names, need, smallest_by_rule
from sim.params import ConfigError
from tests import renew


@pytest.fixture(scope="module")
def found():
    return [need(name) for name in names()]


@pytest.fixture(scope="module")
def stored():
    return register.read()


def test_no_definition_has_changed_since_it_was_registered(stored, found):
    assert [str(fault) for fault in register.faults(stored, found)] == []


def test_a_definition_changed_under_its_old_number_is_named_with_the_next_free_one(stored, found):
    one = next(s for s in found if s.id == "HF")
    first, *rest = one.claims
    later = replace(first, weeks=((1, 104), (1, 104)))
    (fault,) = register.faults(stored, [replace(one, claims=(later, *rest))])
    assert str(fault) == (
        f"claim HF.5: its definition has changed since {stored.date} (weeks). Restore it, or give "
        "it the next free number, HF.9, and run `python tests/renew.py register`."
    )
    (fault,) = register.faults(stored, [replace(one, claims=(replace(first, id="HF.9"),))])
    assert "HF.9: not registered" in str(fault)


@pytest.mark.parametrize(("change", "key"), [
    ({"smallest_effect": 0.02}, "smallest_effect"), ({"kpi": "revenue"}, "kpi"),
    ({"hold": ("awareness",)}, "ablate"), ({"check": True}, "check"),
    ({"markets": ("brand",)}, "arms, markets"), ({"axis": None}, "axis"),
])  # fmt: skip
def test_whatever_decides_a_verdict_is_part_of_its_definition(stored, found, change, key):
    one = next(s for s in found if s.id == "HF")
    first = replace(one.claims[0], **change)
    (fault,) = register.faults(stored, [replace(one, claims=(first,))])
    assert all(part in str(fault) for part in key.split(", "))


def test_a_change_of_an_arm_changes_the_definitions_of_its_claims(stored, found):
    one = next(s for s in found if s.id == "S8")
    arms = {**one.arms, "keep": {"brand": ("talk.rate=0.2",)}}
    assert len(register.faults(stored, [replace(one, arms=arms)])) == len(one.claims)


def test_texts_that_explain_may_change(stored, found):
    one = next(s for s in found if s.id == "S2")
    texts = {"en": "Other words.", "zh": "别的话。"}
    claims = tuple(
        replace(c, awaits=c.awaits and texts, why=texts, statement={**c.statement, "zh": "话"})
        for c in one.claims
    )
    assert register.faults(stored, [replace(one, claims=claims, story=texts)]) == []


def test_the_file_of_the_register_cannot_be_edited_unseen(tmp_path, monkeypatch):
    place = tmp_path / "register"
    place.mkdir()
    text = (register.folder() / register.FILE).read_text(encoding="utf-8")
    monkeypatch.setattr(files, "SCENARIOS", tmp_path)
    (place / register.FILE).write_text(text.replace("profit", "revenue", 1), encoding="utf-8")
    with pytest.raises(ConfigError, match="the entry has been edited"):
        register.read()
    raw = yaml.safe_load(text)
    raw["claims"].pop()
    (place / register.FILE).write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(ConfigError, match="entries are missing"):
        register.read()


def test_numbers_are_never_used_twice(found):
    for one in found:
        first = {c.id: c for c in need(f"{FIRST}/{one.id}").claims}
        ids = [c.id for c in one.claims]
        assert len({*ids}) == len(ids)
        assert not {*ids} & {*register.terms()["retired"]}
        for claim in one.claims:
            if claim.id in first:
                before = register.definition(need(f"{FIRST}/{one.id}"), first[claim.id])
                now = register.definition(one, claim)
                assert [*register.differing(before, now)] in ([], ["rival_needs"]), claim.id
                assert not claim.was, claim.id
            else:
                assert claim.was, claim.id


def test_every_claim_of_the_first_examination_is_replaced_or_kept_with_a_reason(stored):
    reasons = register.terms()["reasons"]
    for one in register.replaced():
        assert one.by, one.claim.id
        assert one.verdicts, one.claim.id
        if one.by == (one.claim.id,):
            assert not one.keys
            assert not one.changed
        else:
            assert one.keys, one.claim.id
            assert set(one.changed) <= set(reasons)
            assert one.changed, one.claim.id


def test_smallest_effects_follow_the_one_rule(found):
    for one in found:
        for claim in one.claims:
            rule = smallest_by_rule(claim.kpi, claim.path, claim.relative)
            size, of = scenarios._smallest_effect("here", rule)
            assert (abs(claim.smallest_effect), claim.of) == (size, of), claim.id


def test_every_rival_names_mechanisms_and_whether_the_model_has_them(found):
    known = register.terms()["mechanisms"]
    used = {name for one in found for claim in one.claims for name in claim.needs}
    assert used == set(known)
    assert all(claim.needs for one in found for claim in one.claims)
    for one in known.values():
        assert one["in_model"] in (True, False, "partly")
        assert one["en"]
        assert one["zh"]


def test_ablations_never_remove_the_treatment(found):
    """The changes by which the first examination did so are not used; states are held by name."""
    removing = ("kpi_response", "closed_loop_feedback", "skill_gap", "kpi_reweighting", ".pace")
    for one in found:
        for claim in one.claims:
            assert not any(word in change for change in claim.ablate for word in removing), claim.id
            assert {*claim.hold} <= {*STATE, *OWN_STATE}, claim.id
            assert "trust_in_choice" not in str(claim.ablate), "moves the size of the market"


def test_the_register_was_made_by_its_command(stored, found):
    made = register.extended(None, found, stored.date)
    assert {one.id: one.hash for one in made.claims} == {one.id: one.hash for one in stored.claims}
    again = register.extended(stored, found, "2099-01-01")
    assert again.claims == stored.claims, "what is registered keeps its day"
    assert renew.register.plain(made)["hash"] == register.whole_hash(made.claims)
