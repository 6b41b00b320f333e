"""The nouns of the shop and of its authority.

May import the standard library only.
"""
