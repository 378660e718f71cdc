"""Tests of reading Mastodon archives."""
