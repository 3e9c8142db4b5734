"""The demo's announcements: what the IT desk tells everybody, or the people who use one service."""

import tomllib
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Department
from incidents.demo.company import FOLDER, Company
from incidents.portal.models import Announcement


def announce(company: Company, *, now: datetime) -> None:
    """Their days count from the day on which the demo is made."""
    told: dict[str, Any] = tomllib.loads((FOLDER / "company.toml").read_text(encoding="utf-8"))
    for slug, departments in told["used_by"].items():
        company.services[slug].used_by.set(Department.objects.filter(name__in=departments))
    for one in told["announcement"]:
        Announcement.objects.create(
            title=one["title"],
            body=one["body"].strip(),
            tone=one["tone"],
            service=company.services.get(one.get("service", "")),
            starts_at=now - timedelta(hours=one["hours_ago"]),
            ends_at=now + timedelta(hours=one["hours_left"]),
        )
