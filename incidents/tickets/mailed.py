"""What comes along with words that came by mail."""

from dataclasses import dataclass, field

from incidents.tickets.models import Message


@dataclass(frozen=True)
class Mailed:
    """The words are plain text, whatever signs are in them; and this is what else is known of them."""

    whole: str = ""
    """All of the mail, where something was cut from it."""
    sent_from: str = ""
    """The address that it came from, where it is not the author's."""
    html: str = ""
    pictures: dict[str, int] = field(default_factory=dict)
    """Content-IDs in the HTML, and which of the files each one is, counted from 0."""

    @classmethod
    def of(cls, message: Message) -> "Mailed | None":
        """Of a message that is copied; nothing where it came by no mail."""
        return cls(message.whole, message.sent_from) if message.is_plain else None
