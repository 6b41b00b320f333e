"""What goes wrong without anybody having decided it.

May import the standard library only.
"""


class StoreUnavailable(Exception):
    """The store could not be read or written, so nothing was decided and nothing happened."""
