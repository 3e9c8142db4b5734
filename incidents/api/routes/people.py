"""People, narrowly: by name as pickers find them, with nothing but name and department."""

from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from accounts.access import Scope
from accounts.errors import InvalidInput
from incidents.api import schemas
from incidents.api.answers import say
from incidents.api.gate import TokenRequest
from incidents.api.scopes import reads
from incidents.tickets.people import FEWEST_LETTERS, MOST_CHOICES, count_lookup, known_to

router = Router(tags=["People"])


@router.get("/me", response=schemas.Me, url_name="me", **reads(Scope.TICKETS_READ))
def me(request: TokenRequest) -> HttpResponse:
    """Who the token acts as."""
    user, token = request.user, request.token
    return say(
        request,
        schemas.Me(
            id=user.pk,
            name=user.display_name,
            is_service=user.is_service,
            is_agent=user.is_agent,
            scopes=token.scopes,
            expires_at=token.expires_at,
        ),
    )


@router.get("/people", response=schemas.People, url_name="people", **reads(Scope.PEOPLE_READ))
def people(
    request: TokenRequest,
    q: Query[
        Annotated[str, Field(max_length=120, description="At least three letters of a name.")]
    ],
) -> HttpResponse:
    """The first people whose name has these words. Seldom: nobody reads out here who works in the house."""
    words = " ".join(q.split())
    if len(words) < FEWEST_LETTERS:
        raise InvalidInput(_("Ask for at least three letters."), field="q")
    count_lookup(request.user)
    found = known_to(request.user).found_by(words)[:MOST_CHOICES]
    items = [
        schemas.FoundPerson(
            id=one.pk,
            name=one.display_name,
            department=one.department.name if one.department else "",
        )
        for one in found
    ]
    return say(request, schemas.People(items=items))
