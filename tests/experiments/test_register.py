"""The register: definitions of claims stay as they were registered."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from sim import files
from sim.cli.app import main
from sim.config.compose import load_config
from sim.engines.protocol import OWN_STATE, STATE
from sim.experiments import best_split, claims, register, scenarios
from sim.experiments.scenarios import FIRST, find, names, need, smallest_by_rule
from sim.outcomes import store
from sim.params import ConfigError
from sim.reporting.register import earlier, page, table
from sim.reporting.words import Words
from tests import renew

FIRST_DAY, FIRST_HASH = "2026-11-26", "a8741cc8558c4b4e"
"""The first registration and its hash, held here as well: whoever makes the register anew has to
change it in two places. Later registrations do not move it."""


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
    later = replace(first, id="HF.9", was=("HF.5",))
    now = replace(one, claims=(later, *rest))
    lost, fault = register.faults(stored, [now])
    assert str(lost).startswith(f"claim HF.5: registered on {stored.date} and missing")
    assert "HF.9: not registered" in str(fault)
    then = register.extended(stored, [now], "2099-01-01")
    assert register.faults(then, [now]) == []
    assert [one.id for one in register.superseded(then, [now])] == ["HF.5"]
    assert then.hash_at(FIRST_DAY) == FIRST_HASH
    by = next(old.by for old in register.replaced(stored) if old.claim.id == "HF.1")
    assert by == ("HF.5",)
    assert then.predecessors(later) == {"HF.5", "HF.1"}


@pytest.mark.parametrize("words", [Words("en"), Words("zh")])
def test_a_claim_that_was_replaced_stays_in_the_table_with_its_successor(stored, found, words):
    one = next(s for s in found if s.id == "HF")
    first, *rest = one.claims
    now = replace(one, claims=(replace(first, id="HF.9", was=("HF.5",)), *rest))
    then = register.extended(stored, [now], "2099-01-01")
    shown = table(then, register.Asked((now,), frozenset(), ()), words)
    said = words.say("register_superseded", date=FIRST_DAY, by="HF.9")
    assert list(shown.columns[3].cells)[-1] == said
    assert "HF.5" in list(shown.columns[0].cells)[-1]


def test_a_scenario_without_a_first_examination_is_registered(stored, found):
    one = next(s for s in found if s.id == "S8")
    claim = replace(one.claims[0], id="S15.1", was=(), changed=())
    new = replace(one, id="S15", name="dearer", claims=(claim,))
    then = register.extended(stored, [new], "2099-01-01")
    assert register.faults(then, [new]) == []
    assert register.next_number(then, new) == "S15.2"
    gone = [one.id for one in register.lost(then, found)]
    assert gone == ["S15.1"], "a scenario that is deleted leaves its claims missing"


@pytest.mark.parametrize(("change", "key"), [
    ({"smallest_effect": 0.02}, "smallest_effect"), ({"kpi": "revenue"}, "kpi"),
    ({"hold": ("awareness",)}, "ablate"), ({"check": True}, "check"),
    ({"markets": ("brand",)}, "arms, markets"), ({"axis": None}, "axis"),
    ({"awaits": {}, "awaits_in": ()}, "awaits"), ({"was": ("HF.2",)}, "was"),
    ({"changed": ("size",)}, "changed"), ({"needs": ("penetration",)}, "rival_needs"),
    ({"statement": {"en": "The farmer earns more within three years.", "zh": "话"}},
     "statement_zh"),
])  # fmt: skip
def test_whatever_decides_a_verdict_is_part_of_its_definition(stored, found, change, key):
    one = next(s for s in found if s.id == "HF")
    first = replace(one.claims[0], **change)
    (fault,) = register.faults(stored, [replace(one, claims=(first, *one.claims[1:]))])
    assert all(part in str(fault) for part in key.split(", "))


def test_a_change_of_an_arm_changes_the_definitions_of_its_claims(stored, found):
    one = next(s for s in found if s.id == "S8")
    arms = {**one.arms, "keep": {"brand": ("talk.rate=0.2",)}}
    assert len(register.faults(stored, [replace(one, arms=arms)])) == len(one.claims)


def test_the_search_the_verdict_and_what_changes_name_are_part_of_it(stored, found, monkeypatch):
    one = next(s for s in found if s.id == "HF")
    with monkeypatch.context() as there:
        there.setattr(best_split, "SHARES", {"hunter": 0.7, "farmer": 0.2})
        (fault,) = register.faults(stored, [one])
        assert "HF.8" in str(fault)
    with monkeypatch.context() as there:
        there.setattr(claims, "CARRIED", 0.5)
        (fault,) = register.faults(stored, [one])
        assert "the rule of the verdict has changed" in str(fault)
    with monkeypatch.context() as there:
        there.setattr(register, "_without_texts", lambda content: [*content])
        assert len(register.faults(stored, [one])) == len(one.claims)
    known = register.terms()
    flags = {k: {**v, "in_model": False} for k, v in known["mechanisms"].items()}
    with monkeypatch.context() as there:
        there.setattr(register, "terms", lambda: {**known, "mechanisms": flags})
        assert "(rival_needs)" in str(register.faults(stored, [one])[0])
    assert load_config().seed == 1, "as the rule of the verdict says"


def test_an_arm_is_either_given_or_searched():
    raw = yaml.safe_load((files.SCENARIOS / "hunter_vs_farmer.yaml").read_text(encoding="utf-8"))
    raw["arms"]["hunter_best"] = raw["arms"]["hunter"]
    with pytest.raises(ConfigError, match="both given and searched"):
        scenarios._scenario(scenarios.Message("here"), raw)


def test_texts_that_explain_may_change(stored, found):
    one = next(s for s in found if s.id == "S2")
    texts = {"en": "Other words.", "zh": "别的话。"}
    claims = tuple(replace(c, awaits=c.awaits and texts, why=texts) for c in one.claims)
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
        before = find(f"{FIRST}/{one.id}")
        first = {c.id: c for c in before.claims} if before else {}
        ids = [c.id for c in one.claims]
        assert len({*ids}) == len(ids)
        assert not {*ids} & {*register.terms()["retired"]}
        for claim in one.claims:
            if claim.id in first:
                then = register.definition(before, first[claim.id])
                now = register.definition(one, claim)
                assert [*register.differing(then, now)] in ([], ["rival_needs"]), claim.id
                assert not claim.was, claim.id
            assert bool(claim.was) == bool(claim.changed), claim.id
            assert {*claim.changed} <= {*register.terms()["reasons"]}, claim.id


def test_every_claim_of_the_first_examination_is_replaced_or_kept_with_a_reason(stored):
    reasons = register.terms()["reasons"]
    for one in register.replaced(stored):
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
    assert {(one.id, one.hash) for one in made.claims} <= {
        (one.id, one.hash) for one in stored.claims
    }  # fmt: skip
    again = register.extended(stored, found, "2099-01-01")
    assert again.claims == stored.claims, "what is registered keeps its day"
    assert renew.register.plain(made)["hash"] == made.hash


def test_the_first_registration_is_the_one_that_was_published(stored):
    assert stored.hash_at(FIRST_DAY) == FIRST_HASH


def test_a_missing_register_is_not_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(register, "folder", lambda: tmp_path)
    with pytest.raises(SystemExit, match="restore it"):
        renew.enter_claims()


@pytest.mark.parametrize(("word", "scenario", "only"), [
    ("hf", "HF", []), ("S8_SATURATION.yaml", "S8", []), ("hf.5", "HF", ["HF.5"]),
    ("Saturation", "S8", []), ("s11.6", "S11", ["S11.13", "S11.14"]),
])  # fmt: skip
def test_scenarios_and_claims_are_found_in_any_case(stored, word, scenario, only):
    if word.endswith("yaml"):
        word = str(files.SCENARIOS / "S8_saturation.yaml")
    asked = register.look_up([word], stored)
    assert [one.id for one in asked.scenarios] == [scenario]
    assert sorted(asked.only) == only
    for words in (Words("en"), Words("zh")):
        rows = list(table(stored, asked, words).columns[0].cells)
        assert len(rows) == (len(only) or len(asked.scenarios[0].claims))
        assert len(earlier(asked, words)) == (word == "s11.6")


def test_an_unknown_claim_is_refused_with_the_nearest(stored):
    with pytest.raises(ConfigError, match=r"register HF\.55: no such claim"):
        register.look_up(["hf.55"], stored)


@pytest.mark.parametrize("words", [Words("en"), Words("zh")])
def test_the_page_names_the_rule_of_the_verdict(stored, words):
    assert stored.rule[words.language] in page(stored, [], words)


TRIAL = ["claims", "S8", "--quick", "threads=1", "population.customers=200"]


def test_testing_registered_claims_before_the_examination_is_a_trial(in_folder, capsys, in_threads):
    assert main(TRIAL) == 0
    assert "A trial, not the examination" in " ".join(capsys.readouterr().out.split())
    assert store.read_verdicts(in_folder / "results") == {}


def test_claims_that_are_not_as_registered_are_not_tested(in_folder, monkeypatch, capsys):
    monkeypatch.setattr(register, "verdict_rule", dict)
    assert main(TRIAL) == 2
    assert "the rule of the verdict has changed" in capsys.readouterr().err
