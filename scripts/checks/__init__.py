"""Our own lints: the rules of this house that no ready-made tool knows. Run by `python -m scripts.checks`."""
