"""``GET /register/lookup``: what everyone may know about a filing number (公共查询)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from openbeian.regime.filing_number import FilingNumberError
from openbeian.register import queries
from openbeian.register.errors import NotFound
from openbeian.register.queries import PublicService, PublicSubject
from openbeian.web.machines import Refused, answer, instant, reads_only

NAME_LENGTH_MAX = 255
EXAMPLE = "浙ICP备2023000001号-1X"


@csrf_exempt
@reads_only
def lookup(request: HttpRequest) -> HttpResponse:
    """One record by ``number`` (service or subject number) or by the ``name`` of a unit or a mini program.

    A browser gets a page, everyone else JSON (``format=json`` forces it): 200 with the record, 404 ``not_found``,
    400 for bad input. No log-in.
    """
    number, name = request.GET.get("number", "").strip(), request.GET.get("name", "").strip()
    if not _wants_page(request):
        return answer(_shown(_find(number, name)))
    shown: dict[str, object] = {"number": number, "name": name, "example": EXAMPLE}
    status = 200
    if number or name:
        try:
            found = _find(number, name)
            shown["found"] = found
            shown["services"] = [found] if isinstance(found, PublicService) else found.services
        except Refused as refused:
            shown["refused"], status = refused, refused.status
    return render(request, "register/lookup.html", shown, status=status)


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") and request.GET.get("format") != "json"


def _find(number: str, name: str) -> PublicService | PublicSubject:
    if bool(number) == bool(name):
        raise Refused(
            code="parameter_missing", field="number", zh="请提供备案号或名称（主办单位全称或小程序名称），二者之一。",
            en="Give either a filing number or a name: a unit's full name or a mini program's.",
            remedy=f"例如 Example: /register/lookup?number={EXAMPLE}")
    if len(name) > NAME_LENGTH_MAX:
        raise Refused(
            code="name_too_long", field="name", zh="名称过长。", en="The name is too long.",
            remedy="请填写主办单位全称或小程序名称。Give the unit's full name or the mini program's name.")
    try:
        return queries.lookup(number=number or None, name=name or None)
    except FilingNumberError as error:
        raise Refused(
            code=f"number_{error.code}", field="number", zh=f"{error.zh}。", en=f"{error.en}.",
            remedy=f"备案号形如 A number looks like {EXAMPLE}") from None
    except NotFound as error:
        raise Refused(
            code=error.code, field="number" if number else "name", zh=error.zh, en=error.en, status=404,
            remedy="请核对后再查；个人主办者只能按备案号查询。Check it; individuals are found by number only.",
        ) from None


def _shown(found: PublicService | PublicSubject) -> dict[str, object]:
    if isinstance(found, PublicService):
        return {
            "number": found.number, "subject_number": found.subject_number,
            "organizer_name": found.organizer_name, "service_name": found.service_name,
            "kind": found.kind.name.lower(), "since": instant(found.since), "in_force": found.in_force,
            "cancelled_at": instant(found.cancelled_at),
        }
    return {
        "number": found.number, "organizer_name": found.organizer_name, "since": instant(found.since),
        "services": [_shown(service) for service in found.services],
    }
