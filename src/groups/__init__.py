"""Groups: who belongs together, whatever it is that they do together."""
