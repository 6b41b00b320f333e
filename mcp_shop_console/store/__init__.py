"""The store: the only SQL, on SQLite.

May import model and settings.
"""
