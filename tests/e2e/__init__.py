"""Whole stories over HTTP, each told from the side of one person."""
