"""Everything with rules that administration can do to people and their rights, and people to their own profile."""

from accounts.actions.change_email import change_email
from accounts.actions.change_profile import change_profile
from accounts.actions.deactivate import deactivate, reactivate
from accounts.actions.grant import grant, revoke
from accounts.actions.invite import invite, invite_again
from accounts.actions.make_role import make_role
from accounts.actions.note_contact import note_contact
from accounts.actions.save_phone import save_phone
from accounts.actions.send_sign_in_link import send_sign_in_link
from accounts.actions.set_permissions import set_permissions
from accounts.actions.tokens import end_tokens, make_service_account, make_token, revoke_token

__all__ = [
    "change_email",
    "change_profile",
    "deactivate",
    "end_tokens",
    "grant",
    "invite",
    "invite_again",
    "make_role",
    "make_service_account",
    "make_token",
    "note_contact",
    "reactivate",
    "revoke",
    "revoke_token",
    "save_phone",
    "send_sign_in_link",
    "set_permissions",
]
