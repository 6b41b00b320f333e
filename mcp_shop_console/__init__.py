"""An MCP shop and, in the same terminal, the control room that watches over its deputies.

Imports nothing: the version is read from here by the build and by everything that shows it.
"""

__version__ = "0.1.0"
