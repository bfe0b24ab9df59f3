"""Amounts as people write them; the decimal mark is settled once for a whole file.

``900.000`` is nine hundred thousand in one country and nine hundred in another. A cell is therefore
split into its parts first (:func:`parse_amount`), and read once the decimal mark is known from all
cells together (:func:`settle`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

FACTORS = {
    "k": 3, "thousand": 3, "thousands": 3, "tsd": 3, "tsd.": 3, "千": 3, "teur": 3, "t€": 3,
    "1000": 3, "1,000": 3, "1.000": 3, "1'000": 3, "10000": 4, "10,000": 4, "1000000": 6,
    "1,000,000": 6, "1.000.000": 6, "'000": 3, "000": 3, "'000s": 3, "000s": 3,
    "'000's": 3, "000's": 3,
    "m": 6, "mm": 6, "mn": 6, "mio": 6, "mio.": 6, "million": 6, "millions": 6,
    "b": 9, "bn": 9, "billion": 9, "billions": 9, "mrd": 9, "mrd.": 9,
    "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "lakh": 5, "crore": 7,
}  # fmt: skip
"""Words of size, and the power of ten of each."""

CURRENCIES = (
    "us$", "hk$", "a$", "c$", "s$", "nt$", "r$", "cn¥", "€", "$", "£", "¥", "₹", "₽", "₩", "₺", "฿",
    "eur", "usd", "cny", "rmb", "gbp", "jpy", "chf", "hkd", "twd", "inr", "krw", "sgd", "aud",
    "cad", "nzd", "sek", "nok", "dkk", "pln", "czk", "huf", "brl", "mxn", "zar", "rub", "try",
    "aed", "euro", "euros", "dollar", "dollars", "pounds", "yuan", "yen", "fr.", "kr",
    "元", "人民币", "美元", "欧元", "英镑", "日元", "港元", "港币", "元人民币",
)  # fmt: skip

SAME_CURRENCY = {
    "teur": "eur", "t€": "eur", "€": "eur", "euro": "eur", "euros": "eur", "欧元": "eur",
    "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd", "美元": "usd",
    "£": "gbp", "pounds": "gbp", "英镑": "gbp", "cn¥": "cny", "rmb": "cny", "yuan": "cny",
    "元": "cny", "人民币": "cny", "元人民币": "cny", "日元": "jpy", "yen": "jpy",
    "港元": "hkd", "港币": "hkd", "hk$": "hkd", "fr.": "chf",
}  # fmt: skip
"""Names of one currency; ``¥`` goes with both CNY and JPY."""

_TOKEN = re.compile("|".join(map(re.escape, sorted((*FACTORS, *CURRENCIES), key=len)[::-1])))
_CELL = re.compile(
    r"(?P<before>[^\d.,]*)(?P<body>\d[\d.,' ]*|[.,]\d+)(?P<power>[eE][+-]?\d{1,2})?(?P<after>.*)",
    re.S,
)
_GROUPED = re.compile(r"[1-9]\d{0,2}([., ']\d{3})+|[1-9]\d?(,\d{2})+,\d{3}|[1-9]\d{0,3}(,\d{4})+")
"""Groups of three; as in India; and of four, as in China."""

ERRORS = re.compile(r"#(REF|DIV/0|N/A|VALUE|NAME|NUM|NULL|SPILL|CALC|#+)[!?]?.*", re.I)
"""What a spreadsheet shows for a formula with an error, or a number too wide for its column."""

_SIGN = "[€$£¥]|(?<![a-z])(?:eur|usd|gbp|chf|rmb|cny)"
CURRENCY_SIZE = re.compile(
    r"(?<!\d)(?:(?<!\d\s)|(?<=\b20\d\d\s)|(?<=\b[qh]\d\s))"
    r"(?:(?<![a-z])(?:k|m|mn|mio|bn)\s?(?:[€$£¥]|(?:eur|usd|gbp|chf|rmb|cny)(?![a-z]))"
    rf"|(?:{_SIGN})\s?(?:k|m|mm|mn|mio|bn)(?![a-z]))",
    re.I,
)
"""A currency with a word of size that belongs to no number, such as ``€m`` or ``kEUR``."""

SIZE = re.compile(
    rf"{CURRENCY_SIZE.pattern}|thousand|million|billion|(?<![\d.,])000|(?:[x×*/]|\bin)\s*1[.,']?000|\bk[€$£]|\bteur\b|\bt€|\btsd\b|\bmio\b|千元|万元|亿元|百万|百元|\bhundreds\b"
    r"|\bcents\b|(?:[(]|单位:)\s*[分角]\s*(?:[)]|$)|[(\[](?:in\s)?\d+\s?[km]\b",
    re.I,
)
HEADING_SIZE = re.compile(
    rf"{SIZE.pattern}|[万亿千]|\b1[.,' ]?000\b|(?<=[\s_/-])(?:k|m|mm|mn|mio|bn)$", re.I
)
"""Words of size in titles, and in headings, where shorter ones are no part of a name."""

RATE = re.compile(
    r"[(\[][^)\]]*(?:%|\bper\b|\b(?:daily|weekly|monthly|quarterly|yearly|annual|avg|average)\b|\bp\.?\s?[aqmw]\b"
    r"|/\s*(?:day|wk|week|mo|month|quarter|year)|每|[日周月年]均|平均)",
    re.I,
)
"""Words in brackets that make an amount a share, or money in another time than its period."""

PER = {
    "day": re.compile(r"\bper\s+day\b|日均|每[日天]", re.I),
    "week": re.compile(r"\bper\s+week\b|周均|每周", re.I),
    "month": re.compile(r"\bper\s+month\b|月均|每月", re.I),
}
"""Words in titles that say of which time each amount is."""

_UNIT_PHRASE = re.compile(r"(?:单位|\bunits?\b|\bin\b)\s*:?\s*(.+)", re.I)


@dataclass(frozen=True)
class Amount:
    """The parts of an amount, before the decimal mark is known.

    Attributes:
        body: digits with their marks; empty for a dash, which stands for nothing.
        power: exponent, if it is written as one.
        factor: factor of a word such as ``k`` or 万; None without one.
        is_percent, is_negative: whether it is written so.
        currency: name or sign of a currency, or an empty string.
        is_chinese: whether a Chinese unit stands beside it; Chinese has no decimal comma.
    """

    body: str
    power: int = 0
    factor: Decimal | None = None
    is_percent: bool = False
    is_negative: bool = False
    currency: str = ""
    is_chinese: bool = False

    def read(self, mark: str) -> Decimal | None:
        """The number with ``mark`` (``.`` or ``,``) as decimal mark; None if it has no such form.

        Percentages are divided by 100; the factor is applied.
        """
        if not self.body:
            return Decimal(0)
        if self.is_chinese and mark == "," and ("," in self.body or self.factor):
            return None
        whole, found, fraction = self.body.partition(mark)
        grouping = set(whole) - set("0123456789")
        if len(grouping) > 1 or (found and not re.fullmatch(r"\d*", fraction)):
            return None
        if grouping:
            group = grouping.pop()
            if not _GROUPED.fullmatch(whole) or self.power:
                return None
            whole = whole.replace(group, "")
        value = Decimal(f"{whole or 0}.{fraction or 0}").scaleb(self.power)
        value *= self.factor if self.factor is not None else 1
        value = value / 100 if self.is_percent else value
        return -value if self.is_negative else value


_FOOTNOTE_MARK = re.compile("([²³¹¼-¾⁰-₟⅐-⅟①-⓿❶-➓㉑-㉟㊱-㊿])")


def plain(text: str) -> str:
    """Text with full-width characters, kinds of spaces, dashes and apostrophes made the same.

    Marks of footnotes such as ``¹`` and ``①`` stay as they are: they are no digits.
    """
    parts = _FOOTNOTE_MARK.split(text)
    text = "".join(p if n % 2 else unicodedata.normalize("NFKC", p) for n, p in enumerate(parts))
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    return re.sub("[\u2018\u2019\u02bc`´]", "'", text).strip()


@lru_cache(maxsize=10_000)
def parse_amount(text: str) -> Amount | None:
    """The parts of an amount; None if the text is none."""
    text = plain(text).removeprefix("'")
    is_negative = bool(re.fullmatch(r"\(.*\)", text))
    text = text[1:-1].strip() if is_negative else text
    text = re.sub(r"(?<=\d)[.,]-+(?=\D*$)", "", text)  # "900,-": no cents
    found = _CELL.fullmatch(text)
    if not found:
        unit = parse_unit(text.replace("-", "", 1)) if "-" in text else None
        is_dash = re.fullmatch(r"-+", text) or (unit is not None and unit[0] is None)
        return Amount("") if is_dash else None
    before, after = found["before"].strip(), found["after"].strip()
    if re.search(r"[/:]\s*\d", after):
        return None  # a fraction or a time
    minus = before.count("-") + after.count("-")
    is_percent = after.endswith("%")
    words = re.sub(r"[-+]", " ", before) + " " + after.removesuffix("%").replace("-", " ")
    unit = parse_unit(words)
    if unit is None or minus > 1 or (is_percent and words.strip()):
        return None
    body = found["body"].strip()
    if body[-1] in ".,'" and not re.fullmatch(r"\d+[.,]", body):
        return None
    return Amount(
        re.sub(r"\s+", " ", body), int((found["power"] or "e0")[1:]), unit[0], is_percent,
        is_negative or minus == 1, unit[1], bool(re.search("[\u4e00-\u9fff]", words)),
    )  # fmt: skip


def parse_unit(text: str) -> tuple[Decimal | None, str] | None:
    """Factor and currency of words such as ``k€``, ``in thousands of euros`` or 万元.

    Returns:
        The factor (None without a word of size) and the currency; None for other words.
    """
    factor, currency = None, ""
    for chunk in re.sub(r"\b(in|of)\b|[/:]", " ", plain(text).lower()).split():
        known = chunk in FACTORS or chunk in CURRENCIES
        tokens = [chunk] if known else _TOKEN.findall(chunk.strip(".,"))
        if not known and "".join(tokens) != chunk.strip(".,"):
            return None
        for word in tokens:
            if word in FACTORS:
                if factor is not None:
                    return None
                factor = Decimal(10) ** FACTORS[word]
            if word in SAME_CURRENCY or word in CURRENCIES:
                currency = SAME_CURRENCY.get(word, word)
    return factor, currency


def unit_in(text: str, size: re.Pattern[str] = SIZE) -> tuple[Decimal | None, str] | None:
    """The unit that a title or a heading states, such as 单位:万元 or "all figures in k€".

    Args:
        size: words that speak of a unit of size.

    Returns:
        Factor and currency; ``(None, "")`` for a text without a unit; None where the text speaks of
        size and is not understood.
    """
    words = plain(text)
    for phrase in _UNIT_PHRASE.finditer(words):
        for end in (len(phrase[1]), *(m.start() for m in re.finditer(r"[,;)\]]", phrase[1]))):
            unit = parse_unit(phrase[1][:end].strip(" )].;,"))
            if unit is not None:
                return unit
    bracket = re.search(r"[(\[]([^)\]]+)[)\]]", words)
    unit = parse_unit(bracket[1]) if bracket else None
    if unit is not None:
        return unit
    unit = parse_unit(words)
    if unit is not None and unit[0] is not None and unit[1]:
        return unit
    found = CURRENCY_SIZE.search(words)
    unit = parse_unit(found[0]) if found else None
    if unit is not None:
        return unit
    return None if size.search(words) else (None, "")


@dataclass(frozen=True)
class Settled:
    """The decimal mark of a file, or why it is open.

    Attributes:
        mark: ``.`` or ``,``; empty if it stays open.
        example: the first amount that can be read in two ways, or that contradicts ``other``.
        other: an amount that needs the other mark; None if there is none.
    """

    mark: str
    example: Amount | None = None
    other: Amount | None = None


def settle(amounts: Sequence[Amount], more: Iterable[Amount], delimiter: str) -> Settled:
    """Settle the decimal mark from all cells of a file.

    A file with commas between its cells has no decimal comma, unless a cell can only be read with
    one; but a point followed by three digits stays open even there.

    Args:
        amounts: all amounts of the plan.
        more: numbers in columns that are passed over, to be asked only if the amounts leave it
            open.
        delimiter: character between cells; empty for sheets and frames.
    """
    needs = {
        mark: next((a for a in amounts if a.read(_other(mark)) is None), None) for mark in ".,"
    }
    if needs["."] and needs[","]:
        return Settled("", needs[","], needs["."])
    for mark in ".,":
        if needs[mark]:
            return Settled(mark)
    open_ = [a for a in amounts if a.read(".") != a.read(",")]
    if not open_:
        return Settled(".")
    if delimiter == "," and all("." not in a.body for a in open_):
        return Settled(".")
    said = {mark for a in more for mark in ".," if a.read(_other(mark)) is None}
    if len(said) == 1:
        return Settled(said.pop())
    return Settled("", open_[0])


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def shown(value: Decimal | float) -> str:
    """A number for sentences, with commas between thousands."""
    text = f"{Decimal(str(value)):,.6f}".rstrip("0").rstrip(".")
    return text or "0"
