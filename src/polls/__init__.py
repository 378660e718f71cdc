"""Polls: a question with options that people choose among; each belongs to one thing and is seen with it."""
