"""Attacks from outside: raw HTTP against a running server, one for each row of the requirements."""
