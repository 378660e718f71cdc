"""Reactions: likes, bookmarks, reposts and pins of posts."""
