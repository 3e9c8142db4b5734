"""Compiles the translations that people write (.po) into those that programs read (.mo), with nothing but Python.

The compiled files are not kept in the repository. `config/bootstrap.py` calls this; elsewhere it is
`python config/catalogues.py`, before the server starts.
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).resolve().parent / "locale"


def compile_all(place: Path = CATALOGUES) -> None:
    """Compile each catalogue that is newer than its compiled file."""
    for source in sorted(place.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
            continue
        with source.open("rb") as written:
            catalogue = read_po(written, locale=source.parent.parent.name)
        fresh = target.with_suffix(
            f".{os.getpid()}"
        )  # whole or not at all, also when two compile at once
        with fresh.open("wb") as compiled:
            write_mo(compiled, catalogue)
        fresh.replace(target)


if __name__ == "__main__":
    compile_all()
