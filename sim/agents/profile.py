"""Identity of a firm: the single copy of its declared values, which all its parts read."""

from __future__ import annotations

from dataclasses import dataclass

from sim.market.firms import FirmSpec


@dataclass
class FirmProfile:
    """Identity and declared values of a firm.

    Attributes:
        name: name of the firm, a label.
        row: place of the firm in all arrays over firms (order of ids).
        spec: declared values; replaced as a whole when the configuration changes.
    """

    name: str
    row: int
    spec: FirmSpec

    @property
    def id(self) -> int:
        """Key of the firm's random draws."""
        return self.spec.id

    @property
    def first_week(self) -> int:
        """First week of the firm since the ledger opened, from 0: that in which it enters, or that
        of the run."""
        return max(0, self.spec.enters - 1)
