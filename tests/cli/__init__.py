"""Tests of the command line, most of them by real processes."""
