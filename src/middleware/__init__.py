"""What stands around the app: pure ASGI, no queues and no tasks of its own. `stack.wrap` puts it together."""
