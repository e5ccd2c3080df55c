"""The page where a certification fee is paid."""

from django.urls import path

from openbeian.certification import views

app_name = "certification"
urlpatterns = [path("pay/<slug:procedure_id>", views.pay, name="pay")]
