"""Every door of the web process."""

from django.urls import include, path

from openbeian.config import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
    path("gate/", include("openbeian.shelf.urls")),
    path("register/", include("openbeian.register.urls")),
    path("certification/", include("openbeian.certification.urls")),
    path("", include("openbeian.wechat.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("desk/", include("openbeian.desk.urls")),
    path("", include("openbeian.portal.urls")),
]
