"""Data in the window: a file of one's own is looked at and taken over, and whatever they are is shown."""
