"""What Outlook packs into a winmail.dat (TNEF, MS-OXTNEF): its files and its words. Bounded, as it comes from anybody."""

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

LARGEST = 25 * 1024 * 1024
MOST_OBJECTS = 2_000
MOST_FILES = 100
MOST_PROPERTIES = 2_000
MOST_VALUES = 100

_SIGNATURE = 0x223E9F78
_MESSAGE, _ATTACHMENT = 1, 2
_BODY, _MESSAGE_PROPERTIES, _CODE_PAGE = 0x800C, 0x9003, 0x9007
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _SHORT_NAME, _WORDS, _WORDS_HTML, _WORDS_PAGE = 0x3707, 0x3704, 0x1000, 0x1013, 0x3FDE
_OF_LENGTH = {0x0002: 4, 0x000B: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_WITH_LENGTH = {0x000D, 0x001E, 0x001F, 0x0102}
_UNICODE, _MULTIPLE, _NAMED = 0x001F, 0x1000, 0x8000


class Broken(Exception):
    """It is no such file, is cut off, or holds more than anybody sends."""


@dataclass
class Packed:
    text: str = ""
    html: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)


def unpack(content: bytes) -> Packed:
    """Take out what is in it.

    Raises:
        Broken: see there.
    """
    if len(content) > LARGEST:
        raise Broken
    try:
        return _unpack(memoryview(content))
    except (struct.error, ValueError, LookupError) as error:
        raise Broken from error


def _unpack(data: memoryview) -> Packed:
    packed, page = Packed(), "cp1252"
    for level, name, body in _objects(data):
        if name == _CODE_PAGE and len(body) >= 4:
            page = _page(struct.unpack_from("<I", body)[0])
        elif name == _BODY:
            packed.text = bytes(body).decode(page, "replace").rstrip("\x00")
        elif name == _MESSAGE_PROPERTIES:
            _take_words(packed, dict(_properties(body, page)), page)
        elif name == _NEW_FILE:
            if len(packed.files) == MOST_FILES:
                raise Broken
            packed.files.append(("", b""))
        elif level == _ATTACHMENT and packed.files:
            packed.files[-1] = _with(packed.files[-1], name, body, page)
    packed.files = [(called or "file", held) for called, held in packed.files if held]
    return packed


def _objects(data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        raise Broken
    at = 6
    for _ in range(MOST_OBJECTS):
        if at + 11 > len(data):
            return
        level, kind, length = struct.unpack_from("<BII", data, at)
        if at + 9 + length > len(data):
            raise Broken
        yield level, kind & 0xFFFF, data[at + 9 : at + 9 + length]
        at += 11 + length
    raise Broken


def _with(file: tuple[str, bytes], name: int, body: memoryview, page: str) -> tuple[str, bytes]:
    called, held = file
    if name == _TITLE:
        return called or bytes(body).decode(page, "replace").rstrip("\x00"), held
    if name == _DATA:
        return called, bytes(body)
    if name == _FILE_PROPERTIES:
        said = dict(_properties(body, page))
        better = said.get(_LONG_NAME) or said.get(_SHORT_NAME)
        return (better if isinstance(better, str) and better else called), held
    return file


def _take_words(packed: Packed, said: dict[int, str | bytes | int], page: str) -> None:
    text, html, code = said.get(_WORDS), said.get(_WORDS_HTML), said.get(_WORDS_PAGE)
    if isinstance(text, str) and text:
        packed.text = packed.text or text
    if isinstance(html, bytes):
        html = html.decode(_page(code) if isinstance(code, int) else page, "replace")
    if isinstance(html, str):
        packed.html = html.rstrip("\x00")


def _properties(data: memoryview, page: str) -> Iterator[tuple[int, str | bytes | int]]:
    """Key and value of those that we ask for; the others are stepped over."""
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, MOST_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, key = struct.unpack_from("<HH", data, at)
        at += 4
        if key >= _NAMED:
            at = _after_name(data, at)
        values = 1
        if kind & _MULTIPLE:
            kind, values, at = kind & ~_MULTIPLE, struct.unpack_from("<I", data, at)[0], at + 4
        elif kind in _WITH_LENGTH:
            values, at = struct.unpack_from("<I", data, at)[0], at + 4
        if values > MOST_VALUES:
            raise Broken
        for _value in range(values):
            if kind in _OF_LENGTH:
                if kind == 0x0003:
                    yield key, int(struct.unpack_from("<I", data, at)[0])
                at += _OF_LENGTH[kind]
            elif kind in _WITH_LENGTH:
                length = struct.unpack_from("<I", data, at)[0]
                held, at = bytes(data[at + 4 : at + 4 + length]), at + 4 + length + -length % 4
                yield key, _value_of(kind, held, page)
            else:
                return


def _after_name(data: memoryview, at: int) -> int:
    kind, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 if kind == 0 else at + 24 + length + -length % 4


def _value_of(kind: int, held: bytes, page: str) -> str | bytes:
    if kind == _UNICODE:
        return held.decode("utf-16-le", "replace").rstrip("\x00")
    return held.decode(page, "replace").rstrip("\x00") if kind == 0x001E else held


def _page(number: int) -> str:
    """Python's name of a Windows code page."""
    name = {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 1200: "utf-16-le"}.get(number, f"cp{number}")  # fmt: skip
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
