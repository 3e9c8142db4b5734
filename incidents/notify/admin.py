"""Administration of what goes out."""

from incidents.notify import letter_admin  # noqa: F401 (registers itself)
