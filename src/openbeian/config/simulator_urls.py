"""Every door of the process of the simulated administration."""

from django.urls import include, path

from openbeian.config import health

# Django looks for them in the root only. The web process's own error pages link to doors this process does not have.
handler400 = "openbeian.simulator.errors.bad_request"
handler404 = "openbeian.simulator.errors.not_found"
handler500 = "openbeian.simulator.errors.server_error"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("openbeian.simulator.urls")),
]
