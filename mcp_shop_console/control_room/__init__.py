"""The control room: the presenter's screen. Draws events, sends decisions.

May import model, feed, authority, textual and rich.
"""
