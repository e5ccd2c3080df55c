"""Every door of the process of the simulated administration."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process serves and reaches its database."""
    connection.ensure_connection()
    return JsonResponse({"ok": True})


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("openbeian.simulator.urls")),
]
