"""The conformance suite is a client, too: it gets a home where it finds nothing."""

from tests.clients.conftest import home as home
