"""The one form of a value in bytes, for hashes.

May import the standard library only.
"""

import json


def canonical_json(value: object) -> str:
    """The canonical form of RFC 8785, for values of text, integers, booleans and ASCII keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
