"""Whole numbers that a browser sent."""


def whole(given: object, digits: int) -> int | None:
    """The number, if it is written in at most so many plain digits and nothing else; None otherwise."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
