"""How many mails a second come in, all the way: fetched by IMAP, stored, understood, and a ticket made of each.

    python -m tests.bench.mail_in [NUMBER]

It starts a Dovecot and a database of its own and says what it found.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import services

NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 300


def main() -> None:
    with tempfile.TemporaryDirectory() as place, services.dovecot() as server:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{place}/bench.sqlite3")
        os.environ |= {
            "FIREBREAK_DATA": place,
            "SSL_CERT_FILE": str(server.authority),
            "OUTBOUND_ALLOWED": f"localhost:{server.port},localhost:{server.tls_port}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "ERROR",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=Path(__file__).resolve().parents[2], check=True)
        import django

        django.setup()
        measure(server)


def measure(server: services.Dovecot) -> None:
    from django.db.models import Count

    from accounts.models import Team, User
    from incidents.mail import fetching, work
    from incidents.mail.models import Mailbox, RawMail
    from incidents.tickets.models import Ticket

    senders = [
        User.objects.create_user(f"sender{n}@example.com", display_name=f"Sender {n}")
        for n in range(NUMBER // 10 + 1)
    ]
    team = Team.objects.create(name="Desk", slug="desk")
    box = Mailbox.objects.create(
        slug="bench", address="bench@example.com", name="Bench", host="localhost", port=server.tls_port, team=team,
        username="bench", password=server.password, takes_old=True,
    )  # fmt: skip
    server.deliver("bench", *(_mail(n, senders[n // 10].email) for n in range(NUMBER)))

    began, spent = time.perf_counter(), time.process_time()
    while fetching.fetch(box.pk):
        pass
    fetched = time.perf_counter()
    while work.through():
        pass
    done = time.perf_counter()

    spent = time.process_time() - spent
    states = dict(RawMail.objects.values_list("state").annotate(n=Count("pk")))
    sys.stdout.write(
        f"{NUMBER} mails: fetched {NUMBER / (fetched - began):.0f}/s, worked through {NUMBER / (done - fetched):.0f}/s, "
        f"both {NUMBER / (done - began):.1f}/s, "
        f"{1000 * spent / NUMBER:.1f} ms of processor for each; {Ticket.objects.count()} tickets, {states}\n"
    )


def _mail(number: int, sender: str) -> bytes:
    words = "\r\n".join(f"Line {line}: the VPN drops every few minutes." for line in range(30))
    return (
        f"From: Somebody <{sender}>\r\nTo: bench@example.com\r\nSubject: Trouble {number}\r\n"
        f"Message-ID: <bench{number}@example.com>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n\r\n{words}\r\n"
    ).encode()


if __name__ == "__main__":
    main()
