"""Files that people send: what is taken, and how a picture is made harmless.

A file is taken when its ending is on the list, its first bytes agree with the ending, and it is not too large.
Pictures are decoded and encoded again by us, so that what is shown inline is ours; everything else is only ever
downloaded.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from accounts.errors import BadFile

MOST_PIXELS = 50_000_000
MOST_FRAMES = 200
LONGEST_NAME = 120

# ending: (content type we serve, beginnings of which the file must have one; empty: text or free form)
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = (b"\xd0\xcf\x11\xe0",)
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", (b"RIFF",)),
    "heic": ("image/heic", ()),
    "heif": ("image/heif", ()),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "txt": ("text/plain", ()),
    "log": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "md": ("text/plain", ()),
    "json": ("application/json", ()),
    "eml": ("message/rfc822", ()),
    "msg": ("application/vnd.ms-outlook", OLE),
    "doc": ("application/msword", OLE),
    "xls": ("application/vnd.ms-excel", OLE),
    "ppt": ("application/vnd.ms-powerpoint", OLE),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZIP),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZIP),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", ZIP),
    "odt": ("application/vnd.oasis.opendocument.text", ZIP),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", ZIP),
    "zip": ("application/zip", ZIP),
    "7z": ("application/x-7z-compressed", (b"7z\xbc\xaf\x27\x1c",)),
    "gz": ("application/gzip", (b"\x1f\x8b",)),
    "mp4": ("video/mp4", ()),
    "mov": ("video/quicktime", ()),
    "webm": ("video/webm", (b"\x1a\x45\xdf\xa3",)),
    "pcap": ("application/vnd.tcpdump.pcap", ()),
}
PICTURES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"}
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Raster images that we encoded ourselves: the only thing shown inline."""
TEXT = {"txt", "log", "csv", "md", "json", "eml"}
HEIF = {"heic", "heif"}
"""What iPhones make of photos. Kept as files: nothing here decodes them, so they have no preview and keep their metadata."""
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
ACCEPT = ",".join(f".{ending}" for ending in KINDS if ending not in HEIF)
"""For the `accept` attribute of file fields. Asked for no HEIC, iPhones send a JPEG, which everybody can see."""
ALSO = ",".join(f".{ending}" for ending in sorted(HEIF))
"""Taken all the same, when dropped."""


@dataclass(frozen=True)
class Upload:
    """A file that was checked and may be kept."""

    name: str
    content_type: str
    size: int
    sha256: str
    content: ContentFile


def copies(attachments: Iterable[Any]) -> list[Upload]:
    """What is needed to keep the same files once more; they were checked when they came."""
    copied = []
    for one in attachments:
        with one.file.open("rb") as content:
            copied.append(
                Upload(
                    one.name, one.content_type, one.size, one.sha256, ContentFile(content.read())
                )
            )
    return copied


def served(stored: Any, *, download: bool = False) -> FileResponse:
    """The answer with a file that was checked when it came. Only pictures that we encoded ourselves are shown inline."""
    inline = stored.content_type in SHOWN and not download
    content_type = stored.content_type if inline else "application/octet-stream"
    response = FileResponse(stored.file.open("rb"), content_type=content_type)
    ascii_name = re.sub(r"[^A-Za-z0-9._-]+", "_", stored.name) or "file"
    response["Content-Disposition"] = (
        f'{"inline" if inline else "attachment"}; filename="{ascii_name}"; '
        f"filename*=UTF-8''{quote(stored.name, safe='')}"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def clean_name(name: str) -> str:
    """A name fit for showing and downloading: no path, no control or direction marks, no leading dot."""
    base = re.split(r"[\\/]", name)[-1]
    kept = "".join(c for c in base if unicodedata.category(c)[0] != "C")
    kept = re.sub(r'[<>:"|?*%#\s]+', " ", kept).strip().rstrip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        return kept[:LONGEST_NAME] or "file"
    return f"{stem.strip(' .')[:LONGEST_NAME] or 'file'}.{ending.lower()}"


def check(given: Any, *, keep_clean: bool = False) -> Upload:
    """Take an uploaded file. With `keep_clean` a picture that holds nothing else stays as it is: see `is_clean`.

    Raises:
        BadFile: it is too large, not of a kind on the list, or not what its name says.
    """
    name = clean_name(given.name or "")
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    most = settings.ATTACHMENT_MAX_BYTES
    if given.size > most:
        raise BadFile(
            _("“%(name)s” is too large: %(size)s, and %(most)s is the most.")
            % {"name": name, "size": filesizeformat(given.size), "most": filesizeformat(most)},
            name,
        )
    if ending not in KINDS:
        raise BadFile(
            _(
                "“%(name)s” can't be sent: files of this kind are not taken. Pack it into a .zip if we asked for it."
            )
            % {"name": name},
            name,
        )
    if given.size == 0:
        raise BadFile(_("“%(name)s” is empty.") % {"name": name}, name)
    content_type, beginnings = KINDS[ending]
    given.seek(0)
    content = given.read()
    broken = BadFile(
        _("“%(name)s” seems broken: what is inside is not what its name says.") % {"name": name},
        name,
    )
    if beginnings and not content.startswith(beginnings):
        raise broken
    if ending in TEXT and b"\x00" in content[:4096]:
        raise broken
    if ending in HEIF and not is_heif(content):
        raise broken
    if ending in PICTURES:
        try:
            again = encode_again(content, PICTURES[ending])
            content = content if keep_clean and is_clean(content, PICTURES[ending]) else again
        except (
            OSError,
            ValueError,
            SyntaxError,
            UnidentifiedImageError,
            Image.DecompressionBombError,
        ) as error:
            raise broken from error
    return Upload(
        name, content_type, len(content), hashlib.sha256(content).hexdigest(), ContentFile(content)
    )


def is_heif(content: bytes) -> bool:
    """Whether the first box names a brand of HEIF as the file's own or as one it fits (ISO 14496-12, 4.3)."""
    if content[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(content[:4], "big"), 512)
    brands = {content[8:12], *(content[start : start + 4] for start in range(16, end, 4))}
    return bool(brands & HEIF_BRANDS)


def is_clean(content: bytes, kind: str) -> bool:
    """Whether a JPEG or WebP consists of nothing but the picture, as `encode_again` writes it.

    Encoding these again loses quality each time, so what we wrote ourselves is told from what somebody else did by its
    parts: no metadata, no comment, nothing behind the end.
    """
    if kind == "JPEG":
        return _is_bare_jpeg(content)
    return kind == "WEBP" and _is_bare_webp(content)


JPEG_PARTS = {0xC0, 0xC2, 0xC4, 0xDB, 0xDA, 0xDD}
"""Frames, tables, scans and restart intervals."""


def _is_bare_jpeg(content: bytes) -> bool:
    at, jfif = 2, 0
    while at + 4 <= len(content):
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at] != 0xFF:
            return False
        if marker == 0xE0:
            jfif += 1
            if length != 16 or content[at + 4 : at + 9] != b"JFIF\x00" or jfif > 1:
                return False
        elif marker not in JPEG_PARTS:
            return False
        at += 2 + length
        if marker == 0xDA:
            at = _end_of_scan(content, at)
            if content[at : at + 2] == b"\xff\xd9":
                return at + 2 == len(content)
    return False


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker is that belongs to no scan: stuffed bytes and restarts do."""
    while (at := content.find(b"\xff", at)) >= 0:
        following = content[at + 1 : at + 2]
        if following and following[0] != 0 and not 0xD0 <= following[0] <= 0xD7:
            return at
        at += 2
    return len(content)


def _is_bare_webp(content: bytes) -> bool:
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        return False
    at = 12
    while at + 8 <= len(content):
        if content[at : at + 4] not in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"}:
            return False
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return at == len(content)


def encode_again(content: bytes, kind: str) -> bytes:
    """The same picture without anything else that the file held: no metadata, no second content.

    Raises:
        OSError, ValueError: it can't be decoded, is too large or has too many frames.
    """
    with Image.open(io.BytesIO(content), formats=[kind]) as picture:
        width, height = picture.size
        # Phones put a second picture behind a JPEG; only the first is kept.
        frames = 1 if kind == "JPEG" else getattr(picture, "n_frames", 1)
        if (
            width * height > MOST_PIXELS
            or frames > MOST_FRAMES
            or width * height * frames > 4 * MOST_PIXELS
        ):
            raise ValueError("too many pixels")
        out = io.BytesIO()
        if frames > 1:
            picture.save(out, kind, save_all=True, comment=b"")
            return out.getvalue()
        picture.load()
        still = _upright(picture)
        if kind == "JPEG":
            still = still.convert("RGB")
        elif still.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
            still = still.convert("RGBA")
        transparency = still.info.get("transparency")
        still.info = {} if transparency is None else {"transparency": transparency}
        still.save(out, kind, **({"quality": 90} if kind == "JPEG" else {}))
        return out.getvalue()


def _upright(picture: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture)
