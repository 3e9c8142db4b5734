"""Administration of what goes out."""

from incidents.notify import channel_admin, letter_admin  # noqa: F401 (they register themselves)
