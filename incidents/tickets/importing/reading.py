"""CSV files as a stream of lines: never more than one row in memory, and a bad row never ends the rest."""

import csv
import gzip
import itertools
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from django.utils.translation import gettext as _

LONGEST_CELL = 16 * 1024 * 1024
"""Characters. An export with a forgotten quote would otherwise become one cell as large as the file."""

DELIMITERS = ",;\t|"
GZIP = b"\x1f\x8b"


class BrokenFile(Exception):
    """The file as a whole can't be read, or not any further."""


@dataclass(frozen=True)
class Line:
    """One row and the number of the line it begins at, as an editor shows it."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Unreadable:
    """A row that is no row."""

    number: int
    reason: str


class Source:
    """An open export: its heading, then its lines. UTF-8 with or without a mark, plain or gzipped."""

    def __init__(self, path: Path, delimiter: str = "") -> None:
        self._raw = path.open("rb")
        self.size = os.fstat(self._raw.fileno()).st_size
        packed = self._raw.read(2) == GZIP
        self._raw.seek(0)
        stream = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        # Bytes that are not UTF-8 come through as surrogates, so that only their own row is refused.
        self._text = TextIOWrapper(
            stream, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        csv.field_size_limit(LONGEST_CELL)
        try:
            first = self._text.readline()
            self.delimiter = delimiter or max(DELIMITERS, key=first.count)
            self._reader = csv.reader(
                itertools.chain([first], self._text), delimiter=self.delimiter, strict=True
            )
            self.heading = [name.strip() for name in next(self._reader, [])]
        except (csv.Error, OSError, EOFError, zlib.error) as error:
            raise BrokenFile(_("The heading can't be read: %s.") % error) from error
        if not self.heading:
            raise BrokenFile(_("The file is empty."))
        if "\x00" in first or not _is_utf8(first):
            raise BrokenFile(_("The file is not UTF-8. Save it as “CSV UTF-8” and try again."))

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._text.close()
        self._raw.close()

    @property
    def progress(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return self._raw.tell() / self.size if self.size else 1.0

    def __iter__(self) -> Iterator[Line | Unreadable]:
        """The rows after the heading; empty lines are none.

        Raises:
            BrokenFile: the packed file ends too early or is damaged.
        """
        while True:
            number = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Unreadable(number, _("this is not a row of CSV: %s") % error)
                continue
            except (OSError, EOFError, zlib.error) as error:
                raise BrokenFile(
                    _("The file is damaged after line %(line)s: %(error)s.")
                    % {"line": number - 1, "error": error}
                ) from error
            if cells:
                yield self._checked(number, cells)

    def _checked(self, number: int, cells: list[str]) -> Line | Unreadable:
        if len(cells) != len(self.heading):
            return Unreadable(
                number,
                _("this row has %(here)s columns, the heading has %(heading)s")
                % {"here": len(cells), "heading": len(self.heading)},
            )
        for name, cell in zip(self.heading, cells, strict=True):
            if not _is_utf8(cell):
                return Unreadable(number, _("column “%s” holds bytes that are not UTF-8") % name)
        return Line(number, cells)


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
