"""What this server says of itself, and who may come: decided by admins while it runs."""
