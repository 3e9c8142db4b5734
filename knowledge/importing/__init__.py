"""Articles from a folder or zip of Markdown files with their pictures. An article is known by its file's path.

`sources` lists files, `reading` and `shortcodes` make one a document, `references` turns its paths into addresses,
`planning` says what is to become of each, and `writing` does it. A refused file stops no other.
"""

from collections.abc import Iterator

from knowledge.importing.planning import Manner, Outcome, Plan
from knowledge.importing.sources import BadSource, Source, archive, folder
from knowledge.importing.writing import carry_out

__all__ = ["BadSource", "Manner", "Outcome", "Plan", "Source", "archive", "bring_in", "carry_out", "folder"]  # fmt: skip


def bring_in(source: Source, manner: Manner) -> Iterator[Outcome]:
    """Every file of the source and what became of it."""
    return carry_out(Plan(source, manner))
