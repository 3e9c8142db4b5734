"""What a kind of article does with its text. Values in, values out."""

WORKAROUND = frozenset(
    {
        "workaround",
        "work-around",
        "way around",
        "way round",
        "umgehung",
        "behelf",
        "umgehungslösung",
        "what to do until it is fixed",
        "was bis dahin hilft",
    }
)
"""Headings, in small letters, below which the way round a known error stands."""


def is_workaround(heading: str) -> bool:
    return heading.strip(" :*_").casefold() in WORKAROUND
