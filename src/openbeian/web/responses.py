"""Answers of the public doors that are not pages: ``/register/…`` and ``/gate/…``."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from openbeian.regime.calendar import SHANGHAI

View = Callable[[HttpRequest], HttpResponseBase]


class Refused(Exception):
    """A request that cannot be answered: which parameter, why, and what would be right."""

    def __init__(self, *, code: str, field: str, zh: str, en: str, remedy: str, status: int = 400) -> None:
        super().__init__(en)
        self.code, self.field, self.zh, self.en, self.remedy, self.status = code, field, zh, en, remedy, status

    def answer(self) -> JsonResponse:
        """The documented error ``{code, field, reason_zh, reason_en, remedy}``."""
        return answer({
            "code": self.code, "field": self.field, "reason_zh": self.zh, "reason_en": self.en,
            "remedy": self.remedy}, status=self.status)


def instant(at: datetime | None) -> str | None:
    """An instant as every answer writes it: ISO 8601 in the zone of the law."""
    return at.astimezone(SHANGHAI).isoformat() if at else None


def answer(content: dict[str, object], *, status: int = 200) -> JsonResponse:
    """A JSON answer with Chinese in clear, not to be cached."""
    response = JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response


def reads_only(view: View) -> View:
    """Serve GET and HEAD, to machines; answer every other method, and :class:`Refused`, with the documented error."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            response = Refused(
                code="method_not_allowed", field="", zh="只支持 GET。", en="Only GET is supported.",
                remedy="请使用 GET 请求。Use GET.", status=405).answer()
            response["Allow"] = "GET, HEAD"
            return response
        try:
            return view(request)
        except Refused as refused:
            return refused.answer()

    guarded.for_machines = True  # type: ignore[attr-defined]
    return guarded
