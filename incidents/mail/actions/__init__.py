"""Everything that can become of a mail that came in."""

from incidents.mail.actions.add_copied import add_copied, leave_copied
from incidents.mail.actions.discard import discard
from incidents.mail.actions.join import join
from incidents.mail.actions.let_in import let_in
from incidents.mail.actions.retry import retry
from incidents.mail.actions.take_in import take_in
from incidents.mail.actions.vouch import vouch

__all__ = ["add_copied", "discard", "join", "leave_copied", "let_in", "retry", "take_in", "vouch"]
