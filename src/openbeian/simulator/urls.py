"""Every door of the simulated administration; `openbeian.config.simulator_urls` is the root that includes them."""

from django.urls import path

from openbeian.simulator import api, pages, soap

urlpatterns = [
    path("", pages.desk, name="desk"),
    path("records/<int:record_id>", pages.record, name="record"),
    path("records/<int:record_id>/decision", pages.decision, name="decision"),
    path("records/<int:record_id>/attachments/<int:index>", pages.attachment, name="attachment"),
    path("records/<int:record_id>/resend", pages.resend, name="resend"),
    path("provinces", pages.provinces, name="provinces"),
    path("provinces/<str:code>", pages.province, name="province"),
    path("provinces/<str:code>/switch", pages.switch, name="switch"),
    path("provinces/<str:code>/issue", pages.issue, name="issue"),
    path("phone", pages.phone, name="phone"),
    path("sms-verification", pages.sms_verification, name="sms_verification"),
    path("settings", pages.settings, name="settings"),
    path("settings/faults", pages.faults, name="faults"),
    path("settings/script", pages.script, name="script"),
    path("api/phone", api.phone),
    path("api/sms-verification", api.sms_verification),
    path("api/records", api.records),
    path("api/records/<int:record_id>", api.record),
    path("api/records/<int:record_id>/decide", api.decide),
    path("api/records/<int:record_id>/resend", api.resend),
    path("api/settings", api.settings),
    path("api/faults", api.faults),
    path("api/script", api.script),
    path("api/provinces", api.provinces),
    path("api/provinces/<str:code>", api.province),
    path("api/issue", api.issue),
    path("api/seed-record", api.seed_record),
    path("api/filed", api.filed),
    path("api/outgoing", api.outgoing),
    *(path(f"<str:province>/{service}", soap.service(service)) for service in soap.SERVICES),
]
