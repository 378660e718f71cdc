"""Mail: letters to one person each, queued with the change that causes them and sent after it."""
