"""Mails as tests write them, and the way they come in."""

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from django.utils import timezone

from incidents.mail.actions import take_in
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.store import keep


def write(
    sender: object = "robin@example.com",
    subject: str = "VPN keeps dropping",
    text: str = "It drops every few minutes.",
    *,
    to: str = "it-help@example.com",
    html: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    message_id: str = "",
    **fields: str,
) -> EmailMessage:
    """A mail; `fields` are further header fields, `_` for `-`."""
    mail = EmailMessage()
    mail["From"] = getattr(sender, "email", sender)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = message_id or make_msgid(domain="mail.example.net")
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def arrive(box: Mailbox, mail: EmailMessage | bytes) -> RawMail:
    """Store it and take it in, as the jobs do."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    row, _new = keep(box, raw, via=RawMail.Via.POST)
    return take_in(row)
