"""Limits that several processes keep together."""
