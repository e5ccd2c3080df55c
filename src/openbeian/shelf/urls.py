"""``/gate/…``: may this mini program be on the shelf?"""

from django.urls import path, re_path

from openbeian.shelf import views

app_name = "shelf"
urlpatterns = [
    path("check", views.check, name="check"),
    # Envoy's ext_authz appends the path of the request it asks about.
    re_path(r"^auth(?:/.*)?$", views.auth, name="auth"),
]
