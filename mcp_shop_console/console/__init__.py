"""The composition root: builds every part, owns the long tasks, and stops them in order.

May import everything. Nothing is imported here, so that a bad flag is answered at once.
"""
