"""Hearth: a home server for a community."""
