"""Every door of the process of the simulated administration."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process serves and reaches its database."""
    connection.ensure_connection()
    return JsonResponse({"ok": True})


# Django looks for them in the root only. The web process's own error pages link to doors this process does not have.
handler400 = "openbeian.simulator.errors.bad_request"
handler404 = "openbeian.simulator.errors.not_found"
handler500 = "openbeian.simulator.errors.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("openbeian.simulator.urls")),
]
