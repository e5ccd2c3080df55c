"""File for a mini program with wechatpy 1.8.18: python file_with_wechatpy.py settings.json application.json picture.png

settings.json holds what `openbeian clients create --json` and `openbeian clients authorize --json` print, and "url".
"""

import json
import sys
import time

from wechatpy.component import WeChatComponent
from wechatpy.exceptions import WeChatClientException

settings, application = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
URL = settings["url"]


class Component(WeChatComponent):
    API_BASE_URL = f"{URL}/cgi-bin"  # no slash at the end


component = Component(
    settings["component_appid"], settings["component_appsecret"], settings["token"], settings["encoding_aes_key"])
# A platform that takes pushes lets parse_message() keep the ticket; here it is kept by hand.
component.session.set("component_verify_ticket", settings["component_verify_ticket"])
granted = component.query_auth(settings["authorization_code"])["authorization_info"]
client = component.get_client_by_appid(granted["authorizer_appid"])
client.API_BASE_URL = f"{URL}/cgi-bin/"  # a slash at the end


def upload(path, field, certificate_type=None):
    parts = [("type", "image"), ("icp_order_field", field)]  # a list: wechatpy would write a dict as JSON
    if certificate_type:
        parts.append(("certificate_type", str(certificate_type)))
    with open(path, "rb") as file:
        return client.post(f"{URL}/wxa/icp/upload_icp_media", data=parts, files={"media": file})["media_id"]


subject, applet = application["icp_subject"], application["icp_applets"]
subject["organize_info"]["certificate_photo"] = upload(
    sys.argv[3], "icp_subject.organize_info.certificate_photo", subject["organize_info"]["certificate_type"])
for name, person in (("icp_subject", subject["principal_info"]), ("icp_applets", applet["principal_info"])):
    for side in ("certificate_photo_front", "certificate_photo_back"):
        person[side] = upload(sys.argv[3], f"{name}.principal_info.{side}", person["certificate_type"])
    person["authorization_letter"] = upload(sys.argv[3], f"{name}.principal_info.authorization_letter")

task_id = client.post(f"{URL}/wxa/icp/create_icp_verifytask", data={})["task_id"]
while not client.post(f"{URL}/wxa/icp/query_icp_verifytask", data={"task_id": task_id})["is_finish"]:
    time.sleep(1)  # the administrator has 24 hours; a demonstration passes the check by itself
applet["principal_info"]["verify_task_id"] = task_id

try:
    client.post(f"{URL}/wxa/icp/apply_icp_filing", data=application)
except WeChatClientException as refused:
    for hint in refused.response.json().get("hints", []):
        print(hint["err_field"], hint["errcode"], hint["errmsg"])
print(client.get(f"{URL}/wxa/icp/get_icp_entrance_info")["info"])
