"""Data sets: what enters a chain, and what it should answer."""
