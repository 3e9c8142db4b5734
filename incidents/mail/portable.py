"""Mailboxes as configuration. Passwords and tokens are in no file: they stay as they are, or are entered afterwards."""

from accounts.administration.portable import Part, register
from accounts.permissions import Permission
from incidents.mail.mailbox_forms import MailboxForm, VouchedForm
from incidents.mail.models import Mailbox, Vouched

register(
    Part(
        "mailboxes", 86, Mailbox, Permission.CHANNELS_MANAGE, ("slug",),
        tuple(name for name in MailboxForm.Meta.fields if name != "slug"), form=MailboxForm,
    ),
    Part("addresses_let_in", 88, Vouched, Permission.CHANNELS_MANAGE, ("mailbox", "address"), (), form=VouchedForm),
)  # fmt: skip
