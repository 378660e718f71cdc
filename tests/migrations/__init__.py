"""The schema's history, forwards and backwards."""
