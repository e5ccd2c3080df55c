"""Every door of the web process."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process serves and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("gate/", include("openbeian.shelf.urls")),
    path("register/", include("openbeian.register.urls")),
    path("certification/", include("openbeian.certification.urls")),
    path("", include("openbeian.wechat.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("desk/", include("openbeian.desk.urls")),
    path("", include("openbeian.portal.urls")),
]
