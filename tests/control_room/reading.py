"""Reading the screen, as a person in the last row does."""

from typing import TypeVar

from textual.app import App

T = TypeVar("T")


def screen_text(app: App[T]) -> str:
    """Everything on the screen, line by line."""
    lines = app.screen._compositor.render_strips()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - Textual has no public way
    return "\n".join(strip.text for strip in lines)
