"""Whole stories on the real window with the real training process."""
