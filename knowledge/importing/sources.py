"""Where files come from: a folder, or a zip that somebody uploaded. Nothing is ever unpacked onto a disk.

A zip says itself how large it will be, and no more than that is read of it; so what it says is judged before anything
is unpacked. A file whose path could mean another place than one below the folder is refused, whatever the system.
"""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts import formats
from accounts.errors import Refused

MOST_FILES = 20_000
MOST_BYTES = 1024**3
MOST_RATIO = 200
RATIO_FROM = 10 * 1024**2
"""A zip that unpacks to more than this must not unpack to more than `MOST_RATIO` times its size."""

LONGEST_PATH = 300
DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
HIDDEN = {"__macosx", "thumbs.db", "desktop.ini"}


class BadSource(Refused):
    """Nothing of it can be used."""

    status = 422


@dataclass(frozen=True)
class File:
    """One file: its path below the folder, its size, and how to get what is in it."""

    path: str
    size: int
    read: Callable[[], bytes]
    """Raises `Refused`: it can't be read."""


@dataclass
class Source:
    """The files of a folder or zip by their paths, and those that are not taken, with the reason."""

    files: dict[str, File] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, size: int, read: Callable[[], bytes]) -> None:
        if reason := self._wrong_with(path, size):
            self.refused.append((shown(path), reason))
            return
        self._seen[_folded(path)] = path
        self.files[path] = File(path, size, read)

    def _wrong_with(self, path: str, size: int) -> str:
        if twin := self._seen.get(_folded(path)):
            return (
                _("the file is there twice")
                if twin == path
                else _("its path differs from “%(twin)s” in capital letters or accents only")
                % {"twin": twin}
            )
        most = settings.ATTACHMENT_MAX_BYTES
        if size > most:
            return _("it is too large: %(size)s, and %(most)s is the most") % {
                "size": filesizeformat(size),
                "most": filesizeformat(most),
            }
        return wrong_path(path)


def shown(path: str) -> str:
    """A path as it may be shown, whatever is in it."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else "�" for c in path)
    return kept if len(kept) <= LONGEST_PATH else kept[: LONGEST_PATH - 1] + "…"


def wrong_path(path: str) -> str:
    """Why a file of this path is not taken; nothing where it is."""
    parts = path.split("/")
    if any(unicodedata.category(c)[0] == "C" for c in path):
        return _("its path has control characters")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return _("its path does not begin in the folder")
    if ".." in parts or "." in parts or "" in parts:
        return _("its path leads out of the folder")
    if any(DEVICES.fullmatch(part.strip()) for part in parts):
        return _("its path has a name that systems keep for devices")
    if len(path) > LONGEST_PATH:
        return _("the path has more than %s characters") % LONGEST_PATH
    return ""


def is_hidden(path: str) -> bool:
    """Files that systems and tools keep for themselves: they are nobody's text and not spoken of."""
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part.lower() in HIDDEN
        for part in path.split("/")
    )


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()


# A folder ------------------------------------------------------------------------------------------------


def folder(root: Path) -> Source:
    root = root.resolve()
    source = Source()
    for place in sorted(root.rglob("*")):
        path = place.relative_to(root).as_posix()
        if is_hidden(path):
            continue
        if place.is_symlink():
            source.refused.append((path, _("it is a link to another place; put the file here")))
        elif place.is_file():
            source.add(path, place.stat().st_size, lambda place=place: _read(place))  # type: ignore[misc]
        elif not place.is_dir():
            source.refused.append((path, _("it is no file")))
    return source


def _read(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise Refused(error.strerror or str(error)) from error


# A zip ---------------------------------------------------------------------------------------------------


def archive(content: IO[bytes]) -> Source:
    """The files of a zip, which must stay open while they are read.

    Raises:
        BadSource: it is no zip, or there is more in it than we take.
    """
    try:
        packed = zipfile.ZipFile(content)
        listed = [one for one in packed.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise BadSource(_("This is no zip file, or it is broken.")) from error
    _refuse_bombs(listed)
    source = Source()
    for one in sorted(listed, key=lambda one: one.filename):
        path = one.filename.replace("\\", "/")
        if is_hidden(path) and not wrong_path(path):
            continue
        if reason := _wrong_with(one):
            source.refused.append((shown(path), reason))
        else:
            source.add(path, one.file_size, lambda one=one: _unpack(packed, one))  # type: ignore[misc]
    return source


def _refuse_bombs(listed: Iterable[zipfile.ZipInfo]) -> None:
    listed = list(listed)
    if len(listed) > MOST_FILES:
        raise BadSource(
            _("This zip has more than %s files. Bring them in as several.")
            % formats.grouped(MOST_FILES)
        )
    unpacked = sum(one.file_size for one in listed)
    packed = sum(one.compress_size for one in listed)
    if unpacked > MOST_BYTES:
        raise BadSource(
            _("Unpacked, this zip would be %(size)s, and %(most)s is the most.")
            % {"size": filesizeformat(unpacked), "most": filesizeformat(MOST_BYTES)}
        )
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        raise BadSource(
            _(
                "Unpacked, this zip would be more than %s times as large. No real articles are like this."
            )
            % MOST_RATIO
        )


def _wrong_with(one: zipfile.ZipInfo) -> str:
    mode = one.external_attr >> 16
    if stat.S_ISLNK(mode):
        return _("it is a link to another place; put the file here")
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return _("it is no file")
    if one.flag_bits & 0x1:
        return _("it is locked with a password")
    if one.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return _("it is packed in a way that we don't read")
    return ""


def _unpack(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    try:
        return packed.read(one)
    except Exception as error:
        raise Refused(_("it is broken: what is packed is not what was")) from error


def stem_of(name: str) -> str:
    """What a folder or zip of this name is called in the articles' source."""
    return PurePosixPath(name.replace("\\", "/")).name.removesuffix(".zip")[:60] or "import"
