"""How work that takes long is ended by the one who watches it."""


class Cancelled(Exception):
    """Nobody wants the result any more."""
