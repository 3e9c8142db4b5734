"""Phone numbers as people and telephone systems write them, compared by their digits. Pure."""

import re

FEWEST_SHARED = 7
"""Digits at the end by which two long numbers are taken for one: without country and area code."""

LONGEST = 40
_NUMBER = re.compile(r"\+?[0-9 ()./\-]{2,40}", re.ASCII)


def digits(number: str) -> str:
    """What is dialled, without international prefix, leading zeros and signs between: “+49 30 123”, “0049 30 123” and “4930123”."""
    # The zero of the area code that some write in brackets is not dialled from abroad.
    return re.sub(r"\D", "", number.replace("(0)", ""), flags=re.ASCII).lstrip("0")


def is_number(text: str) -> bool:
    """Digits and the signs people put between them, nothing else."""
    return bool(_NUMBER.fullmatch(text.strip())) and bool(digits(text))


def likeness(one: str, other: str) -> int:
    """How surely two numbers are the same line: 3 all digits, 2 one is the end of the other, 1 they end alike, 0 not."""
    one, other = digits(one), digits(other)
    if not one or not other:
        return 0
    if one == other:
        return 3
    short, long = sorted((one, other), key=len)
    if len(short) < FEWEST_SHARED:
        return 0
    if long.endswith(short):
        return 2
    return 1 if short[-FEWEST_SHARED:] == long[-FEWEST_SHARED:] else 0


def pattern(number: str) -> str:
    """A regular expression for numbers that may be like this one, however they are written; built of digits alone."""
    tail = digits(number)[-FEWEST_SHARED:]
    return r"[^0-9]*".join(tail) + r"[^0-9]*$"


def link(number: str) -> str:
    """The number as a `tel:` address; nothing where it is none."""
    kept = re.sub(r"\D", "", number, flags=re.ASCII)
    if not is_number(number):
        return ""
    return f"tel:{'+' if number.strip().startswith('+') else ''}{kept}"
