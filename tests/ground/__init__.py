"""Tests of the ground: the modules that know nothing of accounts, posts or any other feature."""
