"""Bringing a Mastodon account's archive into an account here: posts, follows and bookmarks."""
