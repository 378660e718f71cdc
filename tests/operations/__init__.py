"""Tests of operations: health, status, doctor and the sanity of settings."""
