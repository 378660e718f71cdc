"""Faults, load and whole processes: what must hold when something breaks."""
