"""Tests of accounts: passwords, tokens, sessions, and who may do what."""
