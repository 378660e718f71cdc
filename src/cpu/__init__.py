"""Pure CPU-bound functions in child processes with limits, off the event loop and away from its memory."""
