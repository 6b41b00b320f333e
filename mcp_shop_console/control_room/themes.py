"""Themes for a projector: nothing is grey on grey. One needs no colour at all.

May import textual.
"""

from textual.theme import Theme

STAGE_DARK = Theme(
    name="stage-dark",
    primary="#5ccfff",
    secondary="#b8a1ff",
    accent="#ff9ad5",
    success="#5ee68a",
    warning="#ffd75e",
    error="#ff9b9b",
    foreground="#ffffff",
    background="#000000",
    surface="#0c0f16",
    panel="#1d2433",
    dark=True,
    variables={
        "text-dim": "#b4bccb",
        "text-faint": "#8a94a6",
        "cursor": "#1f3a68",
        "bad-ground": "#4a0a14",
        "bad-back": "#c0132b",
        "good-back": "#0b6b35",
        "news-back": "#0a4fa3",
        "warning-back": "#8a4b00",
        "plea-back": "#a3137a",
        "on-back": "#ffffff",
    },
)

STAGE_LIGHT = Theme(
    name="stage-light",
    primary="#0047a3",
    secondary="#5b2bb0",
    accent="#a3137a",
    success="#00612b",
    warning="#7a4300",
    error="#b3001b",
    foreground="#000000",
    background="#ffffff",
    surface="#f4f6fa",
    panel="#dce3ef",
    dark=False,
    variables={
        "text-dim": "#3f4757",
        "text-faint": "#596377",
        "cursor": "#bcd4ff",
        "bad-ground": "#ffdada",
        "bad-back": "#c0132b",
        "good-back": "#0b6b35",
        "news-back": "#0a4fa3",
        "warning-back": "#8a4b00",
        "plea-back": "#a3137a",
        "on-back": "#ffffff",
    },
)

STAGE_PLAIN = Theme(
    name="stage-plain",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffffff",
    success="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#262626",
    dark=True,
    variables={
        "text-dim": "#d0d0d0",
        "text-faint": "#909090",
        "cursor": "#505050",
        "bad-ground": "#000000",
        "bad-back": "#ffffff",
        "good-back": "#ffffff",
        "news-back": "#ffffff",
        "warning-back": "#ffffff",
        "plea-back": "#ffffff",
        "on-back": "#000000",
    },
)
"""For NO_COLOR: marks, words and light on dark say everything."""
