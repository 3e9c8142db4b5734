"""What a file is that somebody sent and we keep, whatever it belongs to."""

import secrets
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse

from accounts.files import SHOWN, Upload
from accounts.models import User


def storage_key(stored: "StoredFile", _name: str) -> str:
    """Where a file lies: a random name of ours; what people call it is only data."""
    key = secrets.token_hex(16)
    return str(PurePosixPath(stored.FOLDER) / key[:2] / key)


def new_token() -> str:
    return secrets.token_urlsafe(24)


class StoredFile(models.Model):
    """A checked file. `FOLDER` is where such files lie, `PAGE` the address that they are served at."""

    FOLDER: ClassVar[str]
    PAGE: ClassVar[str]

    token = models.CharField(max_length=40, unique=True, default=new_token)
    file = models.FileField(upload_to=storage_key, max_length=120)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, upload: Upload, *, by: User, at: datetime, name: str = "", **more: Any) -> Self:
        """A row for the upload, its content stored already; the row itself is not saved."""
        stored = cls(
            name=name or upload.name, content_type=upload.content_type, size=upload.size, sha256=upload.sha256,
            uploaded_by=by, created_at=at, **more,
        )  # fmt: skip
        stored.file.save(stored.name, upload.content, save=False)
        return stored

    @property
    def is_picture(self) -> bool:
        """A raster image that we encoded ourselves: the only thing shown inline."""
        return self.content_type in SHOWN

    def get_absolute_url(self) -> str:
        return reverse(self.PAGE, args=[self.token, self.name.replace("/", "_") or "file"])
