"""The addresses of the open API, mounted at the root. A call's address ends in the name of its view."""

from django.urls import path, re_path

from openbeian.wechat import contract
from openbeian.wechat.views import (
    app_token,
    authorization,
    certification,
    component,
    filing,
    shelving,
    tables,
)

#: The calls by the prefix of their address.
CALLS = {
    "cgi-bin/component/api_": (
        component.start_push_ticket, component.component_token, component.create_preauthcode, component.query_auth,
        component.authorizer_token, component.get_authorizer_info, component.get_authorizer_list),
    "cgi-bin/": (authorization.componentloginpage, app_token.token, app_token.stable_token),
    "wxa/icp/": (
        filing.query_icp_verifytask, filing.create_icp_verifytask, filing.upload_icp_media, filing.get_icp_media,
        filing.apply_icp_filing, filing.cancel_apply_icp_filing, filing.cancel_icp_filing,
        filing.get_icp_entrance_info, filing.get_online_icp_order,
        tables.query_icp_service_content_types, tables.query_icp_certificate_types, tables.query_icp_district_code,
        tables.query_icp_nrlx_types, tables.query_icp_subject_types),
    "wxa/": (
        shelving.commit, shelving.submit_audit, shelving.get_latest_auditstatus, shelving.get_auditstatus,
        shelving.undocodeaudit, shelving.release, shelving.change_visitstatus, shelving.getvisitstatus),
    "wxa/sec/": (certification.submit_auth_and_icp, certification.query_auth_and_icp),
}

app_name = "wechat"
urlpatterns = [
    *(path(f"{prefix}{view.__name__}", view, name=view.__name__) for prefix, views in CALLS.items() for view in views),
    path("api/openapi.json", contract.serve, name="contract"),
    re_path(r"^(?:wxa|cgi-bin)/", component.unknown, name="unknown"),
]
