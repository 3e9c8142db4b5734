"""Fetch what is new in a mailbox's folder: stored and committed here first, marked or moved there afterwards.

A run may be cut off anywhere. What was stored is found again by its number (`Fetched`) or by what it is
(`store.keep`), so nothing is stored twice; what was not stored was not touched on the server, so nothing is lost.
"""

import contextlib
import imaplib
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import DatabaseError, DataError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.outbound import is_outgoing_on
from accounts.patience import doubling
from incidents.mail import imap
from incidents.mail.imap import Box, Listed, NotGiven
from incidents.mail.models import Fetched, Fetching, Mailbox, RawMail
from incidents.mail.reasons import Reason
from incidents.mail.store import LARGEST, keep
from incidents.mail.troubles import About, Trouble

log = logging.getLogger("firebreak.mail")

RUN = 60.0
"""Seconds on the network for one run."""
LEASE = timedelta(seconds=150)
"""Longer than a queued task may run, so that a lapsed lease means a lost worker."""
OVERLAP = 200
"""Numbers that are looked at again: servers may show a mail later than one with a higher number."""
AT_ONCE = 50
MOST_TRIES = 20
A_NO = 4
"""A clear no counts as so many broken connections: those may be nobody's fault."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
SLACK = timedelta(hours=1)


def due(at: datetime) -> list[int]:
    """Keys of the mailboxes that are to be fetched now; none from a restored copy, which would take the live one's mail."""
    if not is_outgoing_on():
        return []
    resting = Fetching.objects.filter(Q(due_at__gt=at) | Q(leased_until__gt=at))
    found = Mailbox.objects.fetched().exclude(pk__in=resting.values("pk"))
    return list(found.order_by("pk").values_list("pk", flat=True))


def fetch(pk: int) -> int:
    """One run; how many mails it stored. What goes wrong is noted at the mailbox, and tried again later."""
    if not is_outgoing_on():
        return 0
    mailbox = Mailbox.objects.fetched().filter(pk=pk).first()
    lease = mailbox and _take(mailbox)
    if not mailbox or not lease:
        return 0
    run = Run(mailbox, lease)
    try:
        with imap.signed_in(mailbox, seconds=RUN) as box:
            run.through(box)
    except Trouble as trouble:
        _failed(lease, trouble)
    except DatabaseError as error:  # no room, or the database is away: the mail stays on the server
        _failed(lease, Trouble(About.STORING, f"{type(error).__name__}: {error}"))
    else:
        _done(lease)
    return run.stored


# The lease -------------------------------------------------------------------------------------------------


def _take(mailbox: Mailbox) -> Fetching | None:
    """Claim the mailbox for one run; nothing while another run has it."""
    now, name = timezone.now(), get_random_string(12)
    row, _new = Fetching.objects.get_or_create(mailbox=mailbox)
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + LEASE)
    ours = Fetching.objects.filter(free, pk=row.pk).update(
        lease=name, leased_until=now + LEASE, started_at=now
    )
    if not ours:
        return None
    row.refresh_from_db()
    place = sha256(f"{mailbox.host}\n{mailbox.username}\n{mailbox.folder}".encode()).hexdigest()
    if row.place != place:
        Fetched.objects.filter(mailbox=mailbox).delete()
        _save(row, place=place, uid_validity=0, first_uid=0, last_uid=0, since=None, dated_until=0)
    return row


def _save(row: Fetching, **values: object) -> None:
    """Only while the run is ours: somebody else may have read on meanwhile."""
    for name, value in values.items():
        setattr(row, name, value)
    if not Fetching.objects.filter(pk=row.pk, lease=row.lease).update(**values):
        raise Trouble(About.STORING, "another run has taken over")


def _done(row: Fetching) -> None:
    ours = Fetching.objects.filter(pk=row.pk, lease=row.lease)
    ours.update(
        leased_until=None, finished_at=timezone.now(), failures=0, due_at=None, trouble="", last_error=""
    )  # fmt: skip


def _failed(row: Fetching, trouble: Trouble) -> None:
    """Note it, and let go: the next run waits longer after each failure."""
    log.warning("mailbox %s: %s", row.pk, trouble)
    pause = doubling(row.failures + 1, FIRST_PAUSE, LONGEST_PAUSE)
    try:
        Fetching.objects.filter(pk=row.pk, lease=row.lease).update(
            leased_until=None, failures=min(row.failures + 1, 1000), due_at=timezone.now() + pause,
            trouble=trouble.about, last_error=trouble.detail[:300],
        )  # fmt: skip
    except DatabaseError:
        log.exception("mailbox %s: the failure can't be noted; its lease will lapse", row.pk)


# One run ---------------------------------------------------------------------------------------------------


class Run:
    """One look into one folder."""

    def __init__(self, mailbox: Mailbox, row: Fetching) -> None:
        self.mailbox, self.row = mailbox, row
        self.stored = 0
        self.unsettled: Trouble | None = None

    def through(self, box: Box) -> None:
        """Everything new, then what failed before. Ends early when the connection does."""
        self._find_place(*box.open())
        self._settle(box)
        fresh = self._unknown(box.after(max(self.row.first_uid, self.row.last_uid - OVERLAP)))
        failed = list(self._rows(is_stored=False).order_by("uid").values_list("uid", flat=True))
        for some in _in_turn(fresh):
            self._store(box, some)
            _save(self.row, last_uid=max(self.row.last_uid, some[-1]))
            self._settle(box)
        for some in _in_turn(failed):
            self._store(box, some)
            self._settle(box)
        self._rows(is_settled=True, uid__lte=self.row.last_uid - OVERLAP).delete()
        if self.unsettled:
            raise self.unsettled

    def _find_place(self, validity: int, following: int) -> None:
        """Where to read on: at the first look behind what is there, and after new numbers from the beginning."""
        if self.row.uid_validity == validity:
            return
        old = 0 if self.mailbox.takes_old else following - 1
        if self.row.since is None:
            _save(self.row, uid_validity=validity, first_uid=old, last_uid=old, since=timezone.now())  # fmt: skip
            return
        log.warning("mailbox %s: its folder is numbered anew", self.mailbox.pk)
        _save(self.row, uid_validity=validity, first_uid=0, last_uid=0, dated_until=old)
        Fetched.objects.filter(mailbox=self.mailbox).exclude(uid_validity=validity).delete()

    def _rows(self, **which: object) -> QuerySet[Fetched]:
        return Fetched.objects.filter(
            mailbox=self.mailbox, uid_validity=self.row.uid_validity, **which
        )

    def _unknown(self, uids: Sequence[int]) -> list[int]:
        """Those of which we have noted nothing yet, good or bad."""
        known = set(self._rows().values_list("uid", flat=True))
        return [uid for uid in uids if uid not in known]

    # Storing ------------------------------------------------------------------------------------------------

    def _store(self, box: Box, uids: Sequence[int]) -> None:
        for listed in box.listed(uids):
            if self._is_old(listed):
                self._note(listed.uid, is_settled=True)
                continue
            with self._forgiving(listed.uid):
                self._fetch(box, listed)

    def _is_old(self, listed: Listed) -> bool:
        """There before we were, in a folder that is numbered anew."""
        since = self.row.since
        return bool(
            listed.uid <= self.row.dated_until and since and listed.at and listed.at < since - SLACK
        )

    def _fetch(self, box: Box, listed: Listed) -> None:
        if listed.size > LARGEST:
            self._keep(listed, box.head(listed.uid), Reason.TOO_LARGE)
        elif self._rows(uid=listed.uid, tries__gte=MOST_TRIES).exists():
            self._give_up(box, listed)
        else:
            self._keep(listed, box.whole(listed.uid))

    def _give_up(self, box: Box, listed: Listed) -> None:
        """So many tries, so many failures: tell people that there is a mail, with as much of it as there is."""
        head = b""
        with contextlib.suppress(NotGiven):
            head = box.head(listed.uid)
        number = f"X-Not-Fetched: {self.row.uid_validity}/{listed.uid}\r\n".encode()
        self._keep(listed, number + (head or b"\r\n"), Reason.NOT_GIVEN)

    @contextlib.contextmanager
    def _forgiving(self, uid: int) -> Iterator[None]:
        """A mail that can't be had is noted and tried again, after all others: it stops none of them."""
        try:
            yield
        except (NotGiven, DataError):
            self._missed(uid, A_NO)
        except (OSError, imaplib.IMAP4.error):
            self._missed(uid, 1)
            raise

    def _missed(self, uid: int, counts: int) -> None:
        noted, _new = Fetched.objects.get_or_create(
            mailbox=self.mailbox, uid_validity=self.row.uid_validity, uid=uid, defaults={"is_stored": False}
        )  # fmt: skip
        noted.tries += counts
        noted.save(update_fields=["tries"])

    def _keep(self, listed: Listed, raw: bytes, refused: str = "") -> None:
        """What is kept only in part stays on the server as it is."""
        with transaction.atomic():
            size = listed.size if refused else 0
            _mail, is_new = keep(self.mailbox, raw, via=RawMail.Via.IMAP, size=size, refused=refused)  # fmt: skip
            self._note(listed.uid, is_settled=bool(refused))
        self.stored += is_new

    def _note(self, uid: int, *, is_settled: bool) -> None:
        Fetched.objects.update_or_create(
            mailbox=self.mailbox, uid_validity=self.row.uid_validity, uid=uid,
            defaults={"is_stored": True, "is_settled": is_settled},
        )  # fmt: skip

    # Afterwards ---------------------------------------------------------------------------------------------

    def _settle(self, box: Box) -> None:
        """Mark or move on the server what is committed here, also from a run that was cut off before it could.

        That it can't be moved is told, and is no reason to fetch no more.
        """
        stored = self._rows(is_stored=True, is_settled=False)
        for some in _in_turn(list(stored.order_by("uid").values_list("uid", flat=True))):
            try:
                box.settle(some)
            except Trouble as trouble:
                self.unsettled = trouble
                return
            stored.filter(uid__in=some).update(is_settled=True)


def _in_turn(uids: list[int]) -> Iterator[list[int]]:
    return (uids[start : start + AT_ONCE] for start in range(0, len(uids), AT_ONCE))
