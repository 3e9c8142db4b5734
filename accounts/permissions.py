"""What a role can allow. Permissions are code; which role holds which is data.

A permission marked `in_team` may be held within one team; the others only everywhere.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    TICKETS_FILE_FOR_OTHERS = "tickets.file_for_others", _("Report on behalf of someone")
    TICKETS_SEE = "tickets.see", _("See the team's tickets")
    TICKETS_WORK = "tickets.work", _("Work on tickets")
    TICKETS_PRIORITISE = "tickets.prioritise", _("Change priority")
    TICKETS_ASSIGN = "tickets.assign", _("Assign to others and hand over")
    TEAM_LEAD = "team.lead", _("Lead the team")
    ARTICLES_READ_STAFF = "articles.read_staff", _("Read articles for staff")
    ARTICLES_WRITE = "articles.write", _("Write drafts")
    ARTICLES_PUBLISH = "articles.publish", _("Publish and withdraw articles")
    ARTICLES_PUBLISH_OWN = "articles.publish_own", _("Publish own text without a second person")
    PEOPLE_MANAGE = "people.manage", _("Manage people")
    ROLES_MANAGE = "roles.manage", _("Manage roles and teams")
    CATEGORIES_MANAGE = "categories.manage", _("Manage categories and services")
    PROCESS_MANAGE = "process.manage", _("Manage process and service levels")
    CHANNELS_MANAGE = "channels.manage", _("Manage mail, sign-in and connections")
    ANNOUNCEMENTS_MANAGE = "announcements.manage", _("Publish announcements")
    PEOPLE_ERASE = "people.erase", _("Erase people and old tickets")
    AUDIT_READ = "audit.read", _("Read administration and its log")


@dataclass(frozen=True)
class Explained:
    """How the grid of roles shows a permission: its group, one line of explanation, its reach."""

    group: str | Promise
    line: str | Promise
    in_team: bool = False


TICKETS, KNOWLEDGE, ADMINISTRATION = _("Tickets"), _("Knowledge base"), _("Administration")

EXPLAINED: dict[Permission, Explained] = {
    Permission.TICKETS_FILE_FOR_OTHERS: Explained(
        TICKETS, _("File a ticket for a colleague; both see it and can reply.")
    ),
    Permission.TICKETS_SEE: Explained(
        TICKETS, _("Open the desk and read tickets with their internal notes."), in_team=True
    ),
    Permission.TICKETS_WORK: Explained(
        TICKETS, _("Take tickets, reply, write notes, categorise, wait and resolve."), in_team=True
    ),
    Permission.TICKETS_PRIORITISE: Explained(
        TICKETS, _("Change impact, urgency and priority."), in_team=True
    ),
    Permission.TICKETS_ASSIGN: Explained(
        TICKETS, _("Give tickets to somebody else, or to another team."), in_team=True
    ),
    Permission.TEAM_LEAD: Explained(
        TICKETS,
        _("See who has how much, enter absences, decide how tickets are given out, share views."),
        in_team=True,
    ),
    Permission.ARTICLES_READ_STAFF: Explained(
        KNOWLEDGE, _("Find and read articles whose audience is staff.")
    ),
    Permission.ARTICLES_WRITE: Explained(
        KNOWLEDGE, _("Start articles, edit them as drafts, make one from a ticket.")
    ),
    Permission.ARTICLES_PUBLISH: Explained(
        KNOWLEDGE, _("Make a draft readable for its audience, or take an article back.")
    ),
    Permission.ARTICLES_PUBLISH_OWN: Explained(
        KNOWLEDGE, _("Without it, what only they wrote needs somebody else’s approval first.")
    ),
    Permission.PEOPLE_MANAGE: Explained(
        ADMINISTRATION, _("Add, change and deactivate people, and put them into departments.")
    ),
    Permission.ROLES_MANAGE: Explained(
        ADMINISTRATION, _("Make roles and teams, and decide who holds which role where.")
    ),
    Permission.CATEGORIES_MANAGE: Explained(
        ADMINISTRATION, _("Shape the category tree and the list of services.")
    ),
    Permission.PROCESS_MANAGE: Explained(
        ADMINISTRATION,
        _("Shape types, workflows, priorities, service levels, working hours and escalations."),
    ),
    Permission.PEOPLE_ERASE: Explained(
        ADMINISTRATION,
        _("Make people and old tickets anonymous for good, and decide how long things are kept."),
    ),
    Permission.CHANNELS_MANAGE: Explained(
        ADMINISTRATION,
        _("Set up mailboxes, letters, chat services, webhooks, service tokens and single sign-on."),
    ),
    Permission.ANNOUNCEMENTS_MANAGE: Explained(
        ADMINISTRATION,
        _("Write the banners that everybody, a department or a service's users see."),
    ),
    Permission.AUDIT_READ: Explained(
        ADMINISTRATION, _("Read every page of administration and who changed what; change nothing.")
    ),
}

STAFF = frozenset(Permission.values) - {Permission.TICKETS_FILE_FOR_OTHERS}
ADMINISTERING = frozenset(
    {
        Permission.PEOPLE_MANAGE,
        Permission.ROLES_MANAGE,
        Permission.CATEGORIES_MANAGE,
        Permission.PROCESS_MANAGE,
        Permission.CHANNELS_MANAGE,
        Permission.ANNOUNCEMENTS_MANAGE,
        Permission.PEOPLE_ERASE,
        Permission.AUDIT_READ,
    }
)
"""Who holds any of these may enter administration."""

_AGENT = [
    Permission.TICKETS_SEE,
    Permission.TICKETS_WORK,
    Permission.TICKETS_PRIORITISE,
    Permission.TICKETS_ASSIGN,
    Permission.ARTICLES_READ_STAFF,
    Permission.ARTICLES_WRITE,
]


@dataclass(frozen=True)
class SeededRole:
    slug: str
    name: str
    description: str
    permissions: tuple[str, ...]
    everybody: bool = False


SEEDED_ROLES = (
    SeededRole(
        "requester", "Requester", "Everybody: reports problems and follows them.",
        (Permission.TICKETS_FILE_FOR_OTHERS,), everybody=True,
    ),
    SeededRole("agent", "Agent", "Works the tickets of a team.", (*_AGENT,)),
    SeededRole(
        "team-lead", "Team lead", "Leads a team: an agent who may also publish articles.",
        (*_AGENT, Permission.TEAM_LEAD, Permission.ARTICLES_PUBLISH),
    ),
    SeededRole(
        "incident-manager", "Incident manager", "Runs the desk across all teams.",
        (*_AGENT, Permission.TEAM_LEAD, Permission.ARTICLES_PUBLISH, Permission.ANNOUNCEMENTS_MANAGE),
    ),
    SeededRole(
        "knowledge-editor", "Knowledge editor", "Writes and publishes articles.",
        (
            Permission.ARTICLES_READ_STAFF, Permission.ARTICLES_WRITE,
            Permission.ARTICLES_PUBLISH, Permission.ARTICLES_PUBLISH_OWN,
        ),
    ),
    SeededRole(
        "administrator", "Administrator", "Shapes people, roles, categories and services; may do everything.",
        tuple(Permission.values),
    ),
    SeededRole(
        "auditor", "Auditor", "Reads all, changes nothing.",
        (Permission.TICKETS_SEE, Permission.ARTICLES_READ_STAFF, Permission.AUDIT_READ),
    ),
)  # fmt: skip
