"""Long work with a row of its own: it can be watched and cancelled, and a crash loses nothing of it."""
