"""Life cycle of a lead: its sign when it is created, and its fate.

Every lead is open or has exactly one fate. A fate of -1 means that the lead is open.
"""

from __future__ import annotations

from sim.rules.arithmetic import rule
from sim.rules.selling import ASKED, COLD, HOT

RESULTS = ("not met", "no need", "not considered", "undecided", "won", "rival", "nothing")
"""Results of a sales call: the customer has left the market; has no need; does not consider the
firm; has not decided yet; orders; orders from a rival; decides not to buy."""

NOT_MET, NO_NEED, NOT_CONSIDERED, UNDECIDED, WON, RIVAL, NOTHING = range(len(RESULTS))

STAGES = (
    "came", "screened", "accepted", "rejected", "worked", "qualified", "opportunity", "bought",
    "unaided", "no_use", "to_rival", "to_nothing", "has_left", "given_up", "never_followed",
)  # fmt: skip
"""Stages and fates of leads, in the order of ``sim.ledger.accounts.LEAD_FLOWS``."""

(
    CAME, SCREENED, ACCEPTED, REJECTED, WORKED, QUALIFIED, OPPORTUNITY, BOUGHT, UNAIDED, NO_USE,
    TO_RIVAL, TO_NOTHING, HAS_LEFT, GIVEN_UP, NEVER_FOLLOWED,
) = range(len(STAGES))  # fmt: skip

LOST = (REJECTED, NO_USE, TO_RIVAL, TO_NOTHING, HAS_LEFT, GIVEN_UP, NEVER_FOLLOWED)
"""Fates of leads that were handed over and ended without an order."""

NOT_WORKED = (REJECTED, GIVEN_UP, NEVER_FOLLOWED)
"""Fates of lost leads for which sales alone is responsible."""


@rule
def ageing_fate(present: bool, age: int, life: int, calls: int) -> int:
    """Fate of an open lead at the beginning of a week.

    Args:
        present: whether the customer is still in the market.
        age, life: weeks since the lead was created, and weeks after which it is given up.
        calls: sales calls made to the lead so far.
    """
    if not present:
        return HAS_LEFT
    if age >= life:
        return GIVEN_UP if calls > 0 else NEVER_FOLLOWED
    return -1


@rule
def first_impression(asks: bool, needs: bool, checked: bool, read_right: bool) -> int:
    """Sign of a new lead, or -1 where a check shows that there is no need.

    Args:
        asks: whether the lead is an enquiry.
        needs: whether the customer has a need.
        checked: whether the lead is checked for a need before it is handed over.
        read_right: whether an unchecked lead shows the right sign.
    """
    if asks:
        return ASKED
    if checked:
        return HOT if needs else -1
    return HOT if needs == read_right else COLD


@rule
def corrupted_sign(sign: int, wrong: bool) -> int:
    """Sign of a lead whose record of the need is lost (cold) or wrong (the opposite sign)."""
    return HOT if wrong and sign != HOT else COLD


@rule
def call_fate(result: int) -> int:
    """Fate of a lead after a sales call with a given result, -1 where it stays open."""
    if result == NOT_MET:
        return HAS_LEFT
    if result == NO_NEED:
        return NO_USE
    if result == WON:
        return BOUGHT
    if result == RIVAL:
        return TO_RIVAL
    return TO_NOTHING if result == NOTHING else -1


@rule
def order_fate(calls: int) -> int:
    """Fate of a lead that ordered, after a sales call or without one."""
    return BOUGHT if calls > 0 else UNAIDED


@rule
def is_lost(fate: int) -> bool:
    """Whether a lead that was handed over ended without an order."""
    return fate in LOST


@rule
def fault_of_sales(fate: int) -> bool:
    """Whether sales alone is responsible for the loss."""
    return fate in NOT_WORKED
