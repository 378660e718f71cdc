"""Realtime: streams of what happens, told to open sockets at once, in order, and again after any loss."""
