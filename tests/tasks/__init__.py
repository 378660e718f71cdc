"""Tests of tasks: none is lost, none has effect twice, its owner sees and stops it."""
