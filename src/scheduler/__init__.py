"""The entry point of time-driven work: runs the registered jobs and knows none of them."""
