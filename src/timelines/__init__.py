"""Timelines: home, public, profiles, hashtags, likes, bookmarks and threads, each a list of posts for one reader."""
