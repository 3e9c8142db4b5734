"""What runs by itself and when. `manage.py sync_schedules` writes this list into the queue; nothing is typed in there."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Planned:
    """A job, every so many minutes or once a day at a time (UTC)."""

    name: str
    job: str
    minutes: int = 0
    daily_at: time | None = None


SCHEDULES = (
    Planned("sweep the outbox", "incidents.notify.jobs.sweep", minutes=1),
    Planned("fetch mail", "incidents.mail.jobs.fetch_all", minutes=1),
    Planned("take in mail", "incidents.mail.jobs.work", minutes=1),
    Planned("send invitations", "accounts.jobs.send_invitations", minutes=1),
    Planned("go on with bulk changes", "incidents.desk.jobs.sweep", minutes=1),
    Planned("go on with handovers", "incidents.desk.jobs.sweep_handovers", minutes=1),
    Planned("forget old bulk changes", "incidents.desk.jobs.tidy", daily_at=time(2, 50)),
    Planned("propose types by age", "incidents.tickets.jobs.propose_by_age", daily_at=time(3, 40)),
    Planned(
        "hold new tickets against earlier ones", "incidents.tickets.jobs.compare_new", minutes=5
    ),
    Planned("follow changed matrices", "incidents.tickets.jobs.follow_matrices", minutes=1),
    Planned("warn of promised times", "incidents.sla.jobs.tick", minutes=1),
    Planned("close what is settled", "incidents.sla.jobs.close_settled", minutes=10),
    Planned("escalate", "incidents.escalation.jobs.tick", minutes=1),
    Planned("go on with changed promises", "incidents.sla.jobs.sweep", minutes=1),
    Planned("work out promised times anew", "incidents.sla.jobs.freshen", daily_at=time(1, 30)),
    Planned("publish and archive on time", "knowledge.jobs.on_time", minutes=1),
    Planned("ask for reviews that are due", "knowledge.jobs.raise_due", daily_at=time(4, 20)),
    Planned("forget who is gone", "incidents.live.jobs.forget_gone", minutes=5),
    Planned("check the links of articles", "knowledge.jobs.check_links", daily_at=time(3, 30)),
    Planned("forget unsaved articles", "knowledge.jobs.tidy_writing", daily_at=time(2, 45)),
    Planned("forget old searches", "knowledge.jobs.forget_searches", daily_at=time(2, 55)),
    Planned("find gaps", "incidents.desk.jobs.find_gaps", daily_at=time(4, 0)),
    Planned("seal the audit log", "accounts.jobs.seal_audit", minutes=1),
    Planned("mark the audit log", "accounts.jobs.mark_audit_log", daily_at=time(0, 30)),
    Planned("mark the tickets' logs", "incidents.tickets.jobs.mark_logs", daily_at=time(0, 35)),
    Planned("go on with erasures", "incidents.privacy.jobs.sweep", minutes=1),
    Planned(
        "keep things no longer than the rules say",
        "incidents.privacy.jobs.retain",
        daily_at=time(1, 15),
    ),
    Planned("sweep the webhooks", "incidents.webhooks.jobs.sweep", minutes=1),
    Planned("forget old webhook messages", "incidents.webhooks.jobs.tidy", daily_at=time(2, 35)),
    Planned("follow the directories", "accounts.sso.jobs.sync_directories", daily_at=time(2, 20)),
    Planned("forget counts of the API", "incidents.api.jobs.sweep", daily_at=time(2, 35)),
    Planned("tidy", "incidents.notify.jobs.tidy", daily_at=time(2, 40)),
)
