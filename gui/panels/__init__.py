"""The panels: each draws a snapshot and knows nothing of the run behind it."""
