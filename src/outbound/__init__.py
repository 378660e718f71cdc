"""Outbound: how this server calls others, with limits, and never where a stranger's address must not lead."""
