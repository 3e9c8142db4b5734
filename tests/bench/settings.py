"""The real settings, with a null page as the yardstick and a header that tells how many queries an answer took."""

from pathlib import Path

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
MIDDLEWARE = ["tests.bench.pages.count_queries", *MIDDLEWARE]  # noqa: F405
TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")  # type: ignore[attr-defined] # noqa: F405
REQUIRE_STAFF_MFA = False
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
