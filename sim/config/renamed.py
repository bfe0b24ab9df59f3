"""Former names of parameters and mechanisms, so that who uses one is told the present name."""

from __future__ import annotations

RENAMED = {
    "matters": "smallest_effect",
    "pairs": "replicates",
    "flow.knows": "flow.late_awareness",
    "information.reach": "information.search_rate",
    "organising.care_fading": "organising.handoff_care_fading",
    "organising.care_learning": "organising.handoff_care_learning",
    "organising.notice": "organising.reaction_threshold",
    "organising.stretch": "organising.volume_pressure",
    "selling.advance": "selling.purchase_acceleration",
    "selling.buyers": "selling.buying_group",
    "selling.reading": "selling.lead_signal_accuracy",
    "selling.slack": "selling.base_effort",
    "shelf.care": "shelf.visit_effect",
    "talk.candour": "talk.negative_wom",
    "firms.*.organisation.confusion": "firms.*.organisation.role_mixing",
    "firms.*.organisation.fates": "firms.*.organisation.closed_loop_feedback",
    "firms.*.organisation.latitude": "firms.*.organisation.kpi_response",
    "firms.*.organisation.patronage": "firms.*.organisation.power_hiring",
    "firms.*.organisation.reset": "firms.*.organisation.kpi_reweighting",
}
"""Former keys of the configuration and what they are called now; ``*`` is any name."""

RENAMED_MECHANISMS = {
    "pulling_forward": "purchase_acceleration",
    "stretch": "volume_pressure",
}
"""Former names of mechanisms (``off=[...]``)."""


def new_name(key: str) -> str | None:
    """What a former key is called now, or None where it has not been renamed."""
    path = key.split(".")
    for old, new in RENAMED.items():
        pattern = old.split(".")
        if len(path) == len(pattern) and all(
            want in ("*", part) for want, part in zip(pattern, path, strict=True)
        ):
            names = iter(part for want, part in zip(pattern, path, strict=True) if want == "*")
            return ".".join(next(names) if part == "*" else part for part in new.split("."))
    return None
