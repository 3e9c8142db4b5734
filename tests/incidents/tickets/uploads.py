"""Files for tests."""

import hashlib
import io

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.files import Upload


def text_file(name: str = "log.txt", content: bytes = b"line\n") -> Upload:
    return Upload(
        name, "text/plain", len(content), hashlib.sha256(content).hexdigest(), ContentFile(content)
    )


def picture(
    name: str = "screen.png", kind: str = "PNG", size: tuple[int, int] = (4, 3)
) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue(), content_type="application/x-anything")
