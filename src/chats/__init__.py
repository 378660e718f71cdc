"""Chats: direct ones, groups and channels, over groups of people and one event stream a chat."""
