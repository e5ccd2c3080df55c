"""``/register/…``: the public look-up."""

from django.urls import path

from openbeian.register import views

app_name = "register"
urlpatterns = [path("lookup", views.lookup, name="lookup")]
