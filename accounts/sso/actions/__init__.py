"""What single sign-on changes here: who is known by which identity, new accounts, roles given by groups."""

from accounts.sso.actions.follow_groups import follow_groups
from accounts.sso.actions.join import join
from accounts.sso.actions.link import link, unlink

__all__ = ["follow_groups", "join", "link", "unlink"]
