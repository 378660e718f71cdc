"""A community made up from a seed: what somebody sees who tries Hearth out, and data for whoever works on it."""
