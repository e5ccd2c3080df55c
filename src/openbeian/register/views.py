"""``GET /register/lookup``: what everyone may know about a filing number (公共查询)."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from openbeian.regime.filing_number import FilingNumberError
from openbeian.register import queries
from openbeian.register.errors import NotFound
from openbeian.register.queries import NAMESAKES_MAX, PublicService, PublicSubject
from openbeian.web.machines import Refused, answer, instant, reads_only

NAME_LENGTH_MAX = 255
EXAMPLE = "浙ICP备2023000001号-1X"


@csrf_exempt
@reads_only
def lookup(request: HttpRequest) -> HttpResponse:
    """One record by ``number`` (service or subject number), or those with the ``name`` of a unit or a mini program.

    A browser gets a page, everyone else JSON (``format=json`` forces it): 200 with the record, 404 ``not_found``,
    400 for bad input. No log-in. The answer to a name is its first record, with all of them as ``records``.
    """
    number, name = request.GET.get("number", "").strip(), request.GET.get("name", "").strip()
    if not _wants_page(request):
        found, more = _find(number, name)
        records = [_shown(record) for record in found]
        return answer({**records[0], "records": records, "more": more} if name else records[0])
    shown: dict[str, object] = {"number": number, "name": name, "example": EXAMPLE}
    status = 200
    if number or name:
        try:
            shown["records"], shown["more"] = _find(number, name)
        except Refused as refused:
            shown["refused"], status = refused, refused.status
    return render(request, "register/lookup.html", shown, status=status)


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") and request.GET.get("format") != "json"


def _find(number: str, name: str) -> tuple[Sequence[PublicService | PublicSubject], bool]:
    """The records, and whether there are more."""
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
        found = queries.by_name(name) if name else [queries.by_number(number)]
        return found[:NAMESAKES_MAX], len(found) > NAMESAKES_MAX
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
    shown: dict[str, object] = {
        "number": found.number, "organizer_name": found.organizer_name, "since": instant(found.since),
        "in_force": found.in_force, "cancelled_at": instant(found.cancelled_at),
    }
    if isinstance(found, PublicService):
        return {**shown, "subject_number": found.subject_number, "service_name": found.service_name,
                "kind": found.kind.name.lower()}
    return {**shown, "services": [_shown(service) for service in found.services]}
