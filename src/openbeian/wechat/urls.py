"""The addresses of the open API, mounted at the root."""

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

COMPONENT = {
    "api_start_push_ticket": component.start_push_ticket,
    "api_component_token": component.component_token,
    "api_create_preauthcode": component.create_preauthcode,
    "api_query_auth": component.query_auth,
    "api_authorizer_token": component.authorizer_token,
    "api_get_authorizer_info": component.get_authorizer_info,
    "api_get_authorizer_list": component.get_authorizer_list,
}
FILING = {
    "query_icp_verifytask": filing.query_icp_verifytask,
    "create_icp_verifytask": filing.create_icp_verifytask,
    "upload_icp_media": filing.upload_icp_media,
    "get_icp_media": filing.get_icp_media,
    "apply_icp_filing": filing.apply_icp_filing,
    "cancel_apply_icp_filing": filing.cancel_apply_icp_filing,
    "cancel_icp_filing": filing.cancel_icp_filing,
    "get_icp_entrance_info": filing.get_icp_entrance_info,
    "get_online_icp_order": filing.get_online_icp_order,
    "query_icp_service_content_types": tables.query_icp_service_content_types,
    "query_icp_certificate_types": tables.query_icp_certificate_types,
    "query_icp_district_code": tables.query_icp_district_code,
    "query_icp_nrlx_types": tables.query_icp_nrlx_types,
    "query_icp_subject_types": tables.query_icp_subject_types,
}
SHELVING = {
    "commit": shelving.commit,
    "submit_audit": shelving.submit_audit,
    "get_latest_auditstatus": shelving.get_latest_auditstatus,
    "get_auditstatus": shelving.get_auditstatus,
    "undocodeaudit": shelving.undocodeaudit,
    "release": shelving.release,
    "change_visitstatus": shelving.change_visitstatus,
    "getvisitstatus": shelving.getvisitstatus,
}

CERTIFICATION = {
    "submit_auth_and_icp": certification.submit_auth_and_icp,
    "query_auth_and_icp": certification.query_auth_and_icp,
}

app_name = "wechat"
urlpatterns = [
    *(path(f"cgi-bin/component/{name}", view, name=name) for name, view in COMPONENT.items()),
    path("cgi-bin/componentloginpage", authorization.componentloginpage, name="componentloginpage"),
    path("cgi-bin/token", app_token.token, name="token"),
    path("cgi-bin/stable_token", app_token.stable_token, name="stable_token"),
    *(path(f"wxa/icp/{name}", view, name=name) for name, view in FILING.items()),
    *(path(f"wxa/{name}", view, name=name) for name, view in SHELVING.items()),
    *(path(f"wxa/sec/{name}", view, name=name) for name, view in CERTIFICATION.items()),
    path("api/openapi.json", contract.serve, name="contract"),
    re_path(r"^(?:wxa|cgi-bin)/", component.unknown, name="unknown"),
]
