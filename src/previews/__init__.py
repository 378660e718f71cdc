"""Previews: link cards, what stands behind a link that people share. For all who show text."""
