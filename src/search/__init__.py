"""Search: one language of queries, one place to ask, and sources that domains register."""
