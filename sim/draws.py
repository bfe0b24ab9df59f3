"""Keyed random numbers: a draw depends on its owner, decision and week, never on the call order.

A draw is a hash. ``person_key(seed, ident)`` mixes the run's seed with the identity of a customer,
rep or firm. ``stream_key(decision, week, firm, item)`` mixes the purpose of the draw.
``word(draw_key, stream)`` gives 64 random bits for that pair. A draw therefore does not depend on
the number of threads, the engine, or the number of customers and firms. This is what makes common
random numbers possible.

Each function is written once. Called from Python it works on plain integers; called from a
compiled kernel it works on ``uint64``. The only difference is :func:`u64`, which truncates to 64
bits in Python and is a cast in compiled code. Every constant passes through it, because Numba
silently turns an operation on ``uint64`` and ``int64`` into ``int64``.

The mixer is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA; constants of
D. Stafford's variant 13). ``tests/battery/draws.py`` tests it; see "Stochasticity" in the ODD.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
SALT = 0xD1B54A32D192ED03

# Decisions: the purpose of a draw. A number, once assigned, is never reused for another purpose.
OCCASION = 1  # does a buying occasion arise this week?
CONTACT = 2  # how many contacts of an activity reach the customer?
TALK = 3  # does the customer talk about a firm, and to which tie?
TIE = 4  # which customer is at the other end of a tie? (the same in every week)
CONSIDER = 5  # does the firm come to mind on the occasion?
CHOICE = 6  # the firm's time in the exponential race
OUTSIDE = 7  # the time of buying nothing in the exponential race
TASTE = 8  # how well the firm suits the customer (the same in every week)
EXPERIENCE = 9  # did the purchase meet expectations?
LAPSE = 10  # does the customer end the relationship?
RATE = 11  # the customer's buying rate (drawn once)
RECALL = 12  # does a surveyed customer recall the firm?
SEGMENT = 13  # which segment does the customer belong to? (drawn once)
POSITION = 14  # the customer's taste within the segment (drawn once)
THRIFT = 15  # the customer's price sensitivity within the segment (drawn once)
ARRIVAL = 16  # how many customers enter the market in a week?
EXIT = 17  # does the customer leave the market?
SEARCH = 18  # does the customer search before choosing?
RATING = 19  # does the buyer rate the purchase in public?
TELL_LEAVING = 20  # does a lapsing customer tell an acquaintance, and which one?
UNITS = 21  # how many units are bought at once?
HABIT = 22  # which media outlets does the customer follow? (the same in every week)
CLICK = 23  # does the customer click on a contact?
CLICKER = 24  # the customer's click propensity (drawn once)
PATIENCE = 25  # how long the customer would wait for a deal (drawn once)
TREATMENT = 26  # is the customer drawn into a treatment?
ALONE = 27  # would the buyer order without a sales call?
CARD = 28  # does the customer leave contact details with an activity?
SIGN = 29  # does a captured lead show the right sign of a need?
ACCELERATION = 30  # does a rep's discount make the customer buy early?
PATCH = 31  # which patch of a sales territory does the customer live in? (drawn once)
VISIT = 32  # is the customer among those a rep visits this week?
COLD_CALL = 33  # is the prospect among those a rep calls this week?
JUDGEMENT = 34  # the error in a rep's judgement of a lead
ANSWER = 35  # how long does an answer take?
SCREENING = 36  # is a captured lead checked before it is handed over?
TALENT = 37  # how fast does a rep learn a task? (drawn once)
QUIT = 38  # does a rep quit?
PACE = 39  # how promptly does the customer pay? (drawn once)
PAYMENT = 40  # is an invoice paid this week?
STORE = 41  # in which store does the customer shop? (drawn once)
LISTING = 42  # does a store list a firm, or delist it?
HANDOFF = 43  # is a field of a lead's record lost, or wrong?
STALE = 44  # is a field still up to date when a rep works on the lead?
BLAME = 45  # does a department blame the other for a lost lead?
SEEN = 46  # the error in a figure as a firm sees it
TRIAL = 47  # between which budget lines does a firm that learns by trial move money?
WITHHELD = 48  # does a treatment withhold a contact from the customer?
DOSE = 49  # does the customer get one more contact of a treatment whose dose is no whole number?
LEAVING = 50  # how readily does the customer end relationships? (drawn once)
QUITTING = 51  # does a disappointed customer end the relationship at once?
LOOKING = 52  # does a click make the customer look closely at the offer?
ATTENDANCE = 53  # how readily does the customer attend gatherings? (drawn once)
ATTEND = 54  # does the customer follow this week's invitations to a gathering?
AROUSAL = 55  # do last week's contacts make a buying occasion arise?
RECOVERY = 56  # is a purchase that disappoints made good?
SOCIABILITY = 57  # how talkative is the customer, and of how many acquaintances? (drawn once)
LIKENESS = 58  # is a potential tie formed, given how alike its ends are? (the same in every week)
HURDLE = 60  # the belief in a new category that a first purchase needs (drawn once)
PROBING = 64  # in which direction does a firm move its list price on trial?


def u64(value: int) -> int:
    """Truncate an integer, or a column of ``uint64``, to 64 bits (compiled: cast to ``uint64``)."""
    if type(value) is int or isinstance(value, np.ndarray):
        return value & MASK
    return int(value) & MASK  # an element of an array, where Numba is switched off


@overload(u64)
def _u64_compiled(value):
    if isinstance(value, types.Integer | types.Boolean):
        return lambda value: np.uint64(value)
    return None


@register_jitable
def mix(z: int) -> int:
    """SplitMix64 finaliser: a bijective mix of 64 bits."""
    z = u64((z ^ (z >> u64(30))) * u64(MIX_1))
    z = u64((z ^ (z >> u64(27))) * u64(MIX_2))
    return z ^ (z >> u64(31))


@register_jitable
def person_key(seed: int, ident: int) -> int:
    """64-bit key of a customer in a run. ``ident`` is arrival week * 2**32 + slot."""
    return mix(u64(mix(u64(u64(seed) + u64(SALT))) + u64(u64(GOLDEN) * u64(u64(ident) + u64(1)))))


@register_jitable
def contact_item(treatment: int, activity: int, contact: int) -> int:
    """Item of a draw about one contact of a week that a treatment changes, from the ids of the
    treatment (1 to 16) and the activity (below 2**16), and the place of the contact (0 to 3)."""
    return ((treatment - 1) << 18) + (contact << 16) + activity


@register_jitable
def store_ident(store: int) -> int:
    """Identity of a store, distinct from those of all customers and reps."""
    return (1 << 62) + store


def rep_ident(firm: int, hired: int, slot: int) -> int:
    """Identity of a sales rep, distinct from those of all customers: firm id, week hired (warm-up
    included), and place among those hired in that week."""
    return (1 << 63) + (firm << 44) + (hired << 20) + slot


def firm_ident(firm: int) -> int:
    """Identity of a firm as the owner of draws, distinct from those of all customers."""
    return MASK - 2 - firm


@register_jitable
def rep_number(ident: int) -> int:
    """Number of a rep within the firm, week hired * 2**20 + place; longer tenure, lower number."""
    return u64(ident) & u64((1 << 44) - 1)


@register_jitable
def stream_key(decision: int, week: int, firm: int, item: int) -> int:
    """64-bit key of the purpose of a draw.

    Args:
        decision: one of the constants above, below 2**8.
        week: week of the run from 0, below 2**16.
        firm: the firm's declared id, below 2**16; 0 where no firm is involved.
        item: activity id, slot or attempt, below 2**24.
    """
    packed = u64(
        u64(u64(decision) << u64(56))
        + u64(u64(week) << u64(40))
        + u64(u64(firm) << u64(24))
        + u64(item)
    )
    return mix(u64(mix(u64(packed + u64(GOLDEN))) + u64(SALT)))


kept_person_key = lru_cache(maxsize=1 << 16)(person_key)
kept_stream_key = lru_cache(maxsize=1 << 16)(stream_key)
"""Cached versions of the two keys, for repeated calls from Python."""


@register_jitable
def word(draw_key: int, stream: int) -> int:
    """64 random bits for an owner's key and a stream."""
    return mix(u64(u64(draw_key) + u64(stream)))


@register_jitable
def high32(bits: int) -> int:
    """The upper 32 bits, for comparison with a :func:`threshold`."""
    return bits >> u64(32)


@register_jitable
def pick(bits: int, size: int) -> int:
    """A number in 0..size-1 from the lower 32 bits (independent of :func:`high32`)."""
    return u64(u64(bits & u64(0xFFFFFFFF)) * u64(size)) >> u64(32)


@register_jitable
def uniform(bits: int) -> float:
    """A float strictly between 0 and 1 (52 bits, centred in its cell, so its log is finite)."""
    return (float(bits >> u64(12)) + 0.5) * 2.220446049250313e-16


@register_jitable
def threshold(chance: float) -> int:
    """The integer below which 32 random bits fall with the given chance.

    Chances are truncated to steps of 2**-32; certainty becomes the last step, 1 - 2**-32.
    """
    return u64(int(min(max(chance * 4294967296.0, 0.0), 4294967295.0)))


@register_jitable
def chance_of(limit: int) -> float:
    """The chance with which 32 random bits fall below a :func:`threshold`."""
    return float(limit) / 4294967296.0


def uniform_column(bits: np.ndarray) -> np.ndarray:
    """:func:`uniform` for a column of ``uint64`` words."""
    return ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.220446049250313e-16
