"""Former names of parameters and mechanisms, so that errors can state the present name."""

from __future__ import annotations

from sim.params import key_of, path_of

RENAMED = {
    "matters": "smallest_effect",
    "pairs": "replicates",
    "talk.candour": "talk.negative_wom",
    "information.reach": "information.search_rate",
    "flow.knows": "flow.late_awareness",
    "selling.slack": "selling.base_effort",
    "selling.reading": "selling.lead_signal_accuracy",
    "selling.buyers": "selling.buying_group",
    "selling.advance": "selling.purchase_acceleration",
    "shelf.care": "shelf.visit_effect",
    "organising.stretch": "organising.volume_pressure",
    "organising.notice": "organising.reaction_threshold",
    "organising.care_learning": "organising.handoff_care_learning",
    "organising.care_fading": "organising.handoff_care_fading",
    "organising.gap": "organising.skill_gap",
    "organising.asking": "organising.recheck_time",
    "firms.*.organisation.confusion": "firms.*.organisation.role_mixing",
    "firms.*.organisation.patronage": "firms.*.organisation.power_hiring",
    "firms.*.organisation.latitude": "firms.*.organisation.kpi_response",
    "firms.*.organisation.reset": "firms.*.organisation.kpi_reweighting",
    "firms.*.organisation.fates": "firms.*.organisation.closed_loop_feedback",
    "kpis.*.market": "kpis.*.market_department",
}
"""Former keys of the configuration and their present names; ``*`` stands for any name."""

RENAMED_MECHANISMS = {
    "stretch": "volume_pressure",
    "pulling_forward": "purchase_acceleration",
    "looking_around": "search",
}
"""Former names of mechanisms (``off=[...]``) and their present names."""


def new_name(key: str) -> str | None:
    """Present name of a former key, or None if the key was not renamed."""
    path = path_of(key)
    for old, new in RENAMED.items():
        pattern = old.split(".")
        if len(path) == len(pattern) and all(
            want in ("*", part) for want, part in zip(pattern, path, strict=True)
        ):
            names = iter(part for want, part in zip(pattern, path, strict=True) if want == "*")
            return key_of(next(names) if part == "*" else part for part in new.split("."))
    return None
