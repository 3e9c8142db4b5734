"""“Test connection”: go the whole way to a mailbox's folder, and say at which step it fails and why."""

from dataclasses import dataclass
from typing import Literal

from incidents.mail import imap
from incidents.mail.models import Mailbox
from incidents.mail.troubles import SAYS, About, Trouble

PATIENCE = 15.0


@dataclass(frozen=True)
class Step:
    """One thing that was looked at; those behind a failure were not."""

    about: About
    state: Literal["ok", "wrong", "unknown"]
    words: str = ""
    detail: str = ""
    """The server's own words."""


def probe(mailbox: Mailbox) -> list[Step]:
    """Nothing is fetched or changed. A folder to move to is only looked for where mail is moved."""
    steps = [About.NAME, About.REACH, About.CERTIFICATE, About.LOGIN, About.FOLDER]
    if mailbox.after == Mailbox.After.MOVE:
        steps.append(About.MOVES_TO)
    try:
        with imap.signed_in(mailbox, seconds=PATIENCE) as box:
            box.open()
            if mailbox.after == Mailbox.After.MOVE and not box.has_folder(mailbox.moves_to):
                raise Trouble(About.MOVES_TO, mailbox.moves_to)  # noqa: TRY301 (one way out for every step)
    except Trouble as trouble:
        wrong = trouble.about if trouble.about in steps else About.REACH
        place = steps.index(wrong)
        return [
            *(Step(one, "ok") for one in steps[:place]),
            Step(wrong, "wrong", str(SAYS[trouble.about]), trouble.detail),
            *(Step(one, "unknown") for one in steps[place + 1 :]),
        ]
    return [Step(one, "ok") for one in steps]
