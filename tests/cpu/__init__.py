"""Tests of the child processes: what they may take, and that nothing of them is left."""
