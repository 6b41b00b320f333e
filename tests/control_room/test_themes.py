import pytest
from textual.color import Color
from textual.theme import Theme

from mcp_shop_console.control_room.themes import STAGE_DARK, STAGE_LIGHT, STAGE_PLAIN

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
BACKS = ("bad-back", "good-back", "news-back", "warning-back", "plea-back")


def luminance(color: Color) -> float:
    parts = (part / 255 for part in color.rgb)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(Color.parse(c)) for c in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs(theme: Theme) -> list[tuple[str, str]]:
    """Every text colour with every ground that it stands on."""
    words = theme.variables
    grounds = [theme.background or "", words["bad-ground"], words["cursor"]]
    texts = [theme.foreground, theme.success, theme.error, theme.primary, theme.accent]
    on_rows = [(text or "", ground) for text in texts for ground in grounds]
    on_bars = [(words["on-back"], words[back]) for back in BACKS]
    frame = [(theme.foreground or "", theme.panel or ""), (words["text-dim"], theme.panel or "")]
    return [*on_rows, *on_bars, *frame]


@pytest.mark.parametrize("theme", [STAGE_DARK, STAGE_LIGHT, STAGE_PLAIN], ids=lambda t: t.name)
def test_every_text_can_be_read_from_the_last_row(theme: Theme) -> None:
    unreadable = {pair for pair in pairs(theme) if contrast(*pair) < LEAST_CONTRAST}

    assert unreadable == set()
