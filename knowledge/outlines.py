"""What an article of a kind begins with. The texts are rows, edited in administration; their marks are filled in here.

`{{symptom}}`, `{{cause}}` and `{{fix}}` stand for what is known already, from a ticket say; nothing else is replaced, and
the text is data, never a template.
"""

import re

from django.conf import settings

from knowledge.models import Article, Outline

MARK = re.compile(r"\{\{ ?(symptom|cause|fix) ?\}\}")
MOST_EMPTY = re.compile(r"\n{3,}")


def outline(kind: str, language: str) -> str:
    """Of this kind in this language; else in the language of the house, else in any."""
    rows = {one.language: one.body for one in Outline.objects.filter(kind=kind)}
    wanted = language.partition("-")[0]
    house = settings.LANGUAGE_CODE.partition("-")[0]
    return rows.get(wanted) or rows.get(house) or next(iter(rows.values()), "")


def filled(body: str, **known: str) -> str:
    """With what is known in place of its marks; what no mark asks for comes below."""
    asked = set(MARK.findall(body))
    text = MARK.sub(lambda found: known.get(found[1], "").strip(), body)
    rest = [words.strip() for name, words in known.items() if name not in asked and words.strip()]
    return MOST_EMPTY.sub("\n\n", "\n\n".join([text.strip(), *rest])).strip() + "\n"


def empty(kind: str, language: str) -> str:
    """To be filled by hand."""
    return filled(outline(kind, language))


def is_kind(kind: str) -> bool:
    return kind in Article.Kind.values
