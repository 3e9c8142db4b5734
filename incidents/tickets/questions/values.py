"""Answers as they are stored and compared: plain JSON, always written the same way."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Answer = str | int | bool | list[Any] | None
MOST_DIGITS = 15
"""As many as a browser's number keeps exactly."""
MOST_PLACES = 6
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_empty(value: Any) -> bool:
    """Not answered. “No” and 0 are answers."""
    return value is None or value == "" or value == [] or value == ()


def canonical_number(given: Any) -> str | None:
    """“1.50” and “1,5” are “1.5”; nothing for what is no number, or has more digits than are kept."""
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        return None
    text = str(given).strip()
    if "." not in text:
        text = text.replace(",", ".", 1)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not text.isascii() or "_" in text or not number.is_finite():
        return None
    if number == 0:
        return "0"
    if not -MOST_PLACES <= number.adjusted() < MOST_DIGITS:
        return None
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    whole, _point, places = plain.lstrip("-").partition(".")
    digits = len(whole.lstrip("0")) + len(places)
    return plain if digits <= MOST_DIGITS and len(places) <= MOST_PLACES else None


def canonical_date(given: Any) -> str | None:
    """A day as 2027-03-01."""
    if not isinstance(given, str):
        return None
    try:
        return date.fromisoformat(given).isoformat() if DAY.fullmatch(given) else None
    except ValueError:
        return None
