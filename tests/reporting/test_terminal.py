"""Lines of the terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from sim.reporting.terminal import wrapped

SENTENCE = (
    "在这个假设的市场里，10 组配对模拟中“社群经营”有 10 组利润更高；"
    "差距在 297.7 万美元与 336.0 万美元之间（95% 区间），见 `gtm explain 术语`。"
)


@pytest.mark.parametrize("width", [24, 40, 80, 140])
def test_chinese_lines_break_neither_numbers_nor_before_marks(width):
    lines = wrapped(SENTENCE, width).split("\n")
    assert all(cell_len(line) <= width + 4 for line in lines)
    assert "".join(lines).replace(" ", "") == SENTENCE.replace(" ", "")
    assert not any(line[0] in "，。；：、）”" for line in lines)
    for whole in ("297.7 万美元", "336.0 万美元", "10 组", "（95%"):
        assert any(whole in line for line in lines)
