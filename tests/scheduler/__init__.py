"""Tests of the scheduler: jobs run, one at a time, and fail alone."""
