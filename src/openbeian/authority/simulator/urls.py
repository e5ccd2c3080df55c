"""Every door of the simulator process (ROOT_URLCONF of `openbeian.config.simulator_wsgi`)."""

from django.urls import path

from openbeian.authority.simulator import api, pages, soap

# The project's own error pages link to doors this process does not have.
handler404 = "openbeian.authority.simulator.pages.not_found"
handler400 = "openbeian.authority.simulator.pages.bad_request"

up_down_load = soap.service("upDownLoad", soap.UP_DOWN_LOAD)
query_beian_status = soap.service("queryBeianStatus", soap.QUERY_BEIAN_STATUS)

urlpatterns = [
    path("", pages.desk, name="desk"),
    path("records/<int:record_id>", pages.record, name="record"),
    path("records/<int:record_id>/decision", pages.decision, name="decision"),
    path("phone", pages.phone, name="phone"),
    path("sms-verification", pages.sms_verification, name="sms_verification"),
    path("settings", pages.settings, name="settings"),
    path("api/phone", api.phone),
    path("api/sms-verification", api.sms_verification),
    path("api/records", api.records),
    path("api/records/<int:record_id>/decide", api.decide),
    path("api/settings", api.settings),
    path("<str:province>/ISPWebService/upDownLoad", up_down_load),
    path("<str:province>/BeianStatusWebService/queryBeianStatus", query_beian_status),
]
