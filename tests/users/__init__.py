"""Tests of people: profiles, relations, signing up."""
