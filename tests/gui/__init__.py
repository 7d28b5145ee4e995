"""Parts of the window, each with real widgets and real events."""
