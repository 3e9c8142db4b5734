"""What tests of requester pages share: a filled-in report, and files as a browser sends them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Department, User
from incidents.tickets.models import Category
from tests.conftest import make_person


@pytest.fixture
def report(category: Category) -> Callable[..., dict[str, Any]]:
    """A report as the browser sends it."""

    def fill_in(**changed: Any) -> dict[str, Any]:
        return {
            "category": category.pk, "title": "VPN keeps dropping", "description": "Every few minutes.",
            "impact": "me", "urgency": "slow", "key": "k-1", **changed,
        }  # fmt: skip

    return fill_in


@pytest.fixture
def picture() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (4, 4), "red").save(content, "PNG")
    return SimpleUploadedFile("screenshot.png", content.getvalue(), "image/png")


@pytest.fixture
def make_namesake(department: Department) -> Callable[[str], User]:
    return lambda name: make_person(name, department=department)
