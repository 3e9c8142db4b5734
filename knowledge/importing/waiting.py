"""A zip between the look at it and the import: on our disk, known by a signed word that only its person can use."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.core import signing
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from knowledge.importing.sources import BadSource

FOLDER = "imports"
SALT = "knowledge.import"
KEPT = timedelta(hours=2)
MOST_BYTES = 50 * 1024 * 1024
MOST_ARTICLES = 1_000
"""By the page, which waits for it. More go by the command."""

MOST_OTHERS = 2_000
"""Pictures and whatever else goes with the articles."""

TAKEN = ".taken"


@dataclass(frozen=True)
class Waiting:
    """A zip that waits, and how its articles are to be taken."""

    place: str
    name: str
    given: dict[str, Any]


def keep(packed: Any, *, by: User, given: Mapping[str, Any]) -> str:
    """Keep an uploaded zip; the word by which it is found again. Older ones that nobody came back for go."""
    forget_old()
    place = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", packed)
    said = {"by": by.pk, "place": place, "name": packed.name[:100], "given": dict(given)}
    return signing.dumps(said, salt=SALT, compress=True)


def find(word: str, *, by: User) -> Waiting:
    """What waits under this word.

    Raises:
        BadSource: it is somebody else's or too old, or was used already.
    """
    try:
        said = signing.loads(word, salt=SALT, max_age=KEPT)
    except signing.BadSignature as error:
        raise _gone() from error
    if said["by"] != by.pk or not default_storage.exists(said["place"]):
        raise _gone()
    return Waiting(said["place"], said["name"], said["given"])


@contextmanager
def taken(waiting: Waiting) -> Iterator[IO[bytes]]:
    """The zip, for one at a time: it is gone once it is brought in, and there again where that failed.

    Raises:
        BadSource: somebody took it since it was found.
    """
    place = Path(default_storage.path(waiting.place))
    ours = place.with_suffix(TAKEN)
    try:
        place.rename(ours)
    except FileNotFoundError as error:
        raise _gone() from error
    try:
        with ours.open("rb") as packed:
            yield packed
    except BaseException:
        with suppress(FileNotFoundError):
            ours.rename(place)
        raise
    ours.unlink(missing_ok=True)


def _gone() -> BadSource:
    return BadSource(_("This zip is no longer here. Choose it again."))


def forget_old() -> None:
    """Delete zips that nobody came back for."""
    try:
        _none, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nobody has brought a zip yet
        return
    before = timezone.now() - KEPT
    for name in names:
        place = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(place) < before:
            default_storage.delete(place)
