"""Notifications: the one inbox for all that happens to a person, and the ways on which it leaves the house."""
