"""Hearth: a home server for a community."""

import gc

# Imports and requests make many objects and next to no circles: the usual 700 looked for those a tenth of the start.
gc.set_threshold(50_000, 20, 20)
