"""Plan files, many of them bad: tables with damaged cells, and bytes that are no table."""

from __future__ import annotations

from hypothesis import strategies as st

CELLS = (
    "", " ", "Q1", "q2", "2027-Q1", "2027Q5", "Q0", "M13", "W60", "2027-W53", "2027-01-04",
    "01/02/2027", "13/02/2027", "2027/4/1", "Apr-27", "H1 2027", "2027", "FY27", "alder", "ALDER",
    "birch", "nobody", "broadcast", "Broadcast ", "discount", "list_price", "tv", "Total",
    "900000", "900,000", "900.000", "1.200.000", "1,200,000.00", "1 200 000", "-5", "(900)", "-",
    "15%", "90万", "1.2亿", "$900k", "3M", "\u20ac5", "1e6", "1e400", "nan", "#REF!", "=1+1",
    '="Q1"', "９００", "'900", "TRUE", "quarter", "firm", "activity", "amount", "季度",
    "金额", "第1季度",
    "9" * 400, "\x00", "\u202e", "x\ny", '"',
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "cp1252", "latin-1")

cells = st.sampled_from(CELLS) | st.text(max_size=6)
HEADERS = (
    ["quarter", "firm", "activity", "amount"], ["firm", "activity", "Q1", "Q2"],
    ["week", "broadcast", "community"], ["季度", "公司", "活动", "金额"],
)  # fmt: skip
GOOD = (["Q1", "alder", "broadcast", "900000"], ["alder", "broadcast", "1", "2"],
        ["2027-01-04", "1000", "5"], ["Q1", "alder", "community", "90万"])  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table with a few damaged cells, in any encoding and with any separator."""
    header, row = draw(st.sampled_from(list(zip(HEADERS, GOOD, strict=True))))
    grid = [list(header), *(list(row) for _ in range(draw(st.integers(1, 4))))]
    for _ in range(draw(st.integers(0, 4))):
        r = draw(st.integers(0, len(grid) - 1))
        if grid[r]:
            grid[r][draw(st.integers(0, len(grid[r]) - 1))] = draw(cells)
    if draw(st.booleans()):
        grid.insert(draw(st.integers(0, len(grid))), draw(st.lists(cells, max_size=5)))
    separator = draw(st.sampled_from([",", ";", "\t", "，", "|"]))
    quoted = draw(st.booleans())
    lines = (separator.join(f'"{c}"' if quoted else c for c in cells_) for cells_ in grid)
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines)
    return text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")


plan_files = st.one_of(tables(), tables(), tables(), st.binary(max_size=200))
