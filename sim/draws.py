"""Keyed random numbers: luck belongs to a person, a decision and a time, never to a call order.

A draw is a hash. ``person_key(seed, ident)`` mixes the run's seed with a customer's identity once;
``stream_key(decision, week, firm, item)`` mixes what the draw is for; ``word(person, stream)`` is
64 random bits for that pair. So a draw is the same for every thread count, engine, and number of
customers and firms.

Each function is written once. Called from Python it works on plain integers; called from a
compiled kernel it works on ``uint64``. The only difference is :func:`u64`: in Python it cuts to
64 bits, compiled it is a cast (Numba turns ``uint64`` with ``int64`` silently into ``int64``, so
every constant goes through it).

The mixer is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA; constants of
D. Stafford's variant 13). ``tests/battery/draws.py`` tests it; see the ODD, section "Luck".
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

# Decisions: what a draw is for. A number, once given, is never used again for something else.
OCCASION = 1  # does a buying occasion arise this week?
CONTACT = 2  # how many contacts of an activity reach the customer?
TALK = 3  # does the customer talk about a firm, and to which tie?
TIE = 4  # whom does a tie lead to? (the same in every week)
CONSIDER = 5  # does the firm come to mind on the occasion?
CHOICE = 6  # the firm's clock in the exponential race
OUTSIDE = 7  # the clock of buying nothing
TASTE = 8  # how well the firm suits the customer (the same in every week)
EXPERIENCE = 9  # did the purchase live up to what was expected?
LAPSE = 10  # does the customer end the relationship?
RATE = 11  # the customer's buying rate (drawn once)
RECALL = 12  # does a surveyed customer recall the firm?
SEGMENT = 13  # which segment does the customer belong to? (drawn once)
POSITION = 14  # the customer's taste within the segment (drawn once)
THRIFT = 15  # the customer's price sensitivity within the segment (drawn once)
ARRIVAL = 16  # how many people arrive in a week?
EXIT = 17  # does the customer leave the market?
LOOK = 18  # does the customer look around before choosing?
RATING = 19  # does the buyer rate the purchase in public?
TELL_LEAVING = 20  # does one who lapses tell an acquaintance, and whom?
UNITS = 21  # how many units are bought at once?
HABIT = 22  # which media outlets does the customer follow? (the same in every week)
CLICK = 23  # does the customer click on what was met?
CLICKER = 24  # how much the customer likes to click (drawn once)
PATIENCE = 25  # how long the customer would wait for a deal (drawn once)
TREATMENT = 26  # is the customer drawn into an experiment?
ALONE = 27  # would the buyer order without talking to anybody?
CARD = 28  # does the customer leave a name with an activity?
SIGN = 29  # does the name bear the right sign of a need?
ADVANCE = 30  # does a rep's discount make the customer buy early?
PATCH = 31  # which patch of a sales territory does the customer live in? (drawn once)
VISIT = 32  # is the customer one of those a rep sees this week?
COLD_CALL = 33  # is the prospect one of those a rep calls this week?
JUDGEMENT = 34  # how is a lead misjudged?
ANSWER = 35  # how long does an answer take?
SCREENING = 36  # is a name checked before it is handed over?
TALENT = 37  # how fast does a rep learn a task? (drawn once)
QUIT = 38  # does a rep quit?
PACE = 39  # how promptly does the customer pay? (drawn once)
PAYMENT = 40  # is an invoice paid this week?
STORE = 41  # in which outlet does the customer shop? (drawn once)
LISTING = 42  # does an outlet take a firm on, or drop it?
HANDOFF = 43  # does a field of a lead's record get lost, or go wrong?
STALE = 44  # does a field still hold when somebody works on the lead?
BLAME = 45  # does a side book a lost lead to the other?
SEEN = 46  # by how much does a firm misread a figure?
TRIAL = 47  # between which lines does a firm that learns by trial move money?


def u64(value: int) -> int:
    """Cut an integer to 64 bits (compiled: cast to ``uint64``)."""
    return value & MASK


@overload(u64)
def _u64_compiled(value):
    if isinstance(value, types.Integer | types.Boolean):
        return lambda value: np.uint64(value)
    return None


@register_jitable
def mix(z: int) -> int:
    """SplitMix64 finaliser: a one-to-one scramble of 64 bits."""
    z = u64((z ^ (z >> u64(30))) * u64(MIX_1))
    z = u64((z ^ (z >> u64(27))) * u64(MIX_2))
    return z ^ (z >> u64(31))


@register_jitable
def person_key(seed: int, ident: int) -> int:
    """64 bits for a customer in a run. ``ident`` is arrival week * 2**32 + slot."""
    return mix(u64(mix(u64(u64(seed) + u64(SALT))) + u64(u64(GOLDEN) * u64(u64(ident) + u64(1)))))


def store_ident(store: int) -> int:
    """Identity of an outlet, apart from all customers' and reps'."""
    return (1 << 62) + store


def rep_ident(firm: int, hired: int, slot: int) -> int:
    """Identity of a sales rep, apart from all customers': firm id, week hired (warm-up included),
    and place among those hired in that week."""
    return (1 << 63) + (firm << 44) + (hired << 20) + slot


@register_jitable
def stream_key(decision: int, week: int, firm: int, item: int) -> int:
    """64 bits for what a draw is for.

    Args:
        decision: one of the constants above, below 2**8.
        week: week of the run from 0, below 2**16.
        firm: the firm's declared id, below 2**16; 0 where no firm is meant.
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
"""The same two for those who ask from Python, week after week or arm after arm."""


@register_jitable
def word(person: int, stream: int) -> int:
    """64 random bits for a person and a stream."""
    return mix(u64(person + stream))


@register_jitable
def high32(bits: int) -> int:
    """The upper 32 bits, to be compared with a :func:`threshold`."""
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
    """The integer that 32 random bits are below with the given chance.

    Chances are cut to steps of 2**-32; certainty is the last step, 1 - 2**-32.
    """
    return u64(int(min(max(chance * 4294967296.0, 0.0), 4294967295.0)))


def uniform_column(bits: np.ndarray) -> np.ndarray:
    """:func:`uniform` for a column of ``uint64`` words."""
    return ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.220446049250313e-16
