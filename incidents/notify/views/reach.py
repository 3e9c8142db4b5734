"""Where and when somebody is told: their devices, their addresses at chat and phone services, their quiet hours."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_q.tasks import async_task

from accounts.browsers import browser_name
from accounts.errors import InvalidInput, Refused
from accounts.http import UserRequest, answer, for_everyone, go, safe_next
from accounts.limits import require_seldom
from incidents.notify import actions, pushes, trials
from incidents.notify.forms import HabitsForm
from incidents.notify.models import Channel, ChatAddress, ChatService, Device
from incidents.notify.postbox import Undelivered

TESTS_AN_HOUR = 6


@for_everyone
@require_GET
def reach(request: UserRequest) -> HttpResponse:
    return _page(request, HabitsForm.of(request.user))


@for_everyone
@require_POST
def hours(request: UserRequest) -> HttpResponse:
    """Quiet hours, and when the mail of the morning comes."""
    form = HabitsForm.of(request.user, request.POST)
    if form.is_valid():
        try:
            actions.keep_hours(by=request.user, **form.cleaned_data)
        except InvalidInput as refusal:
            form.add_error(refusal.field, refusal.message)
    if not form.is_valid():
        return _page(request, form, status=422)
    messages.success(request, _("Saved."))
    return _back(request)


@for_everyone
@require_POST
def returned_dismiss(request: UserRequest) -> HttpResponse:
    """Wherever the notice stands, and without a way from there: somebody may be writing."""
    actions.dismiss_returned(by=request.user)
    return answer(request, "notify/_returned.html", {}, or_go_to=safe_next(request))


@for_everyone
@require_POST
def device_key(request: UserRequest) -> HttpResponse:
    """Our public key, for a browser that is about to be switched on. The first one to ask makes the pair."""
    return JsonResponse({"key": pushes.public_key()})


@for_everyone
@require_POST
def device_add(request: UserRequest) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    actions.add_device(
        by=request.user,
        name=browser_name(request.headers.get("User-Agent", "")),
        session_key=request.session.session_key or "",
        until=request.session.get_expiry_date(),
        **given,
    )
    messages.success(request, _("This device shows from now on what happens."))
    return _back(request)


@for_everyone
@require_POST
def device_remove(request: UserRequest, pk: int) -> HttpResponse:
    actions.remove_device(_device(request, pk), by=request.user)
    messages.success(request, _("Removed. That device shows nothing any more."))
    return _back(request)


@for_everyone
@require_POST
def device_titles(request: UserRequest, pk: int) -> HttpResponse:
    actions.show_titles(_device(request, pk), by=request.user, shown="shown" in request.POST)
    messages.success(request, _("Saved."))
    return _back(request)


@for_everyone
@require_POST
def device_test(request: UserRequest, pk: int) -> HttpResponse:
    """Sent at once, so that whoever presses the button learns how it went."""
    device = _device(request, pk)
    _require_few(request)
    try:
        pushes.push(device, pushes.test_message(device), mark=f"test {device.pk}", is_urgent=True)
    except Undelivered as failure:
        trials.record(Channel.PUSH, device.name, by=request.user, error=failure.reason)
        raise Refused(_("It did not work: %(why)s.") % {"why": failure.reason}) from failure
    trials.record(Channel.PUSH, device.name, by=request.user)
    messages.success(request, _("Sent. It should appear on the device in a moment."))
    return _back(request)


@for_everyone
@require_POST
def address_set(request: UserRequest, service: int) -> HttpResponse:
    try:
        actions.set_address(_service(service), request.POST.get("to", ""), by=request.user)
    except InvalidInput as refusal:
        return _page(
            request, HabitsForm.of(request.user), status=422,
            wrong={"service": service, "to": request.POST.get("to", "")[:80], "words": refusal.message},
        )  # fmt: skip
    messages.success(request, _("Saved."))
    return _back(request)


@for_everyone
@require_POST
def address_remove(request: UserRequest, service: int) -> HttpResponse:
    actions.remove_address(_service(service), by=request.user)
    messages.success(request, _("Removed. You hear nothing there any more."))
    return _back(request)


@for_everyone
@require_POST
def address_test(request: UserRequest, service: int) -> HttpResponse:
    found = ChatAddress.objects.filter(user=request.user, service=service, service__is_on=True)
    address = get_object_or_404(found)
    _require_few(request)
    async_task("incidents.notify.jobs.try_service", service, address.to, request.user.pk, task_name="try a service", save=False)  # fmt: skip
    messages.success(request, _("On its way. It should be there in a minute."))
    return _back(request)


def _page(
    request: UserRequest, form: HabitsForm, *, status: int = 200, wrong: dict[str, object] | None = None
) -> HttpResponse:  # fmt: skip
    own = dict(ChatAddress.objects.filter(user=request.user).values_list("service", "to"))
    services = ChatService.objects.filter(team=None, is_on=True)
    context = {
        "form": form,
        "devices": Device.objects.filter(user=request.user),
        "services": [(service, own.get(service.pk, "")) for service in services],
        "zone": request.user.zone.key,
        "wrong": wrong,
        "site": settings.SITE_NAME,
    }
    return render(request, "notify/reach.html", context, status=status)


def _device(request: UserRequest, pk: int) -> Device:
    return get_object_or_404(Device, pk=pk, user=request.user)


def _service(pk: int) -> ChatService:
    service = ChatService.objects.filter(pk=pk, team=None, is_on=True).first()
    if service is None:
        raise Http404
    return service


def _require_few(request: UserRequest) -> None:
    """Messages to phones cost money, and push services take note of who sends too many."""
    require_seldom(
        "notify-test", request.user.pk, most=TESTS_AN_HOUR, seconds=3600,
        message=_("That were many tests within an hour. Try again later."),
    )  # fmt: skip


def _back(request: UserRequest) -> HttpResponse:
    return go(request, reverse("notify:reach"))
