"""The house's own lints: each finds what it is for, and lets pass what is right."""
