"""Static files from outside: the few that pages use, out of what the lock file installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# static path: path below node_modules
LOCKED_FILES = {
    "vendor/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "vendor/bootstrap.min.css.map": "bootstrap/dist/css/bootstrap.min.css.map",
}


class _LockedStorage(FileSystemStorage):
    """Opens a static path at the place where npm put it."""

    def path(self, name: str) -> str:
        return str(Path(settings.FRONTEND) / LOCKED_FILES[name])


class LockedFilesFinder(BaseFinder):
    """Serves exactly `LOCKED_FILES`, nothing else of node_modules."""

    storage = _LockedStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        place = LOCKED_FILES.get(path)
        found = place and Path(settings.FRONTEND) / place
        hit = str(found) if found and found.exists() else None
        return [hit] if hit and find_all else hit or []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for path, place in LOCKED_FILES.items():
            if (Path(settings.FRONTEND) / place).exists():
                yield path, self.storage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names and compressed copies; the imports of our own modules are rewritten too, nobody else's."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
