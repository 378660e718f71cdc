"""Tests of events: nothing is skipped, nothing happens twice, nobody waits for another's failure."""
