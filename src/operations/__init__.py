"""What operators need: is the server well, what does it hold, what is wrong and how to cure it."""
