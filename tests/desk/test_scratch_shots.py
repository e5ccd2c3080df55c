import pytest
from django.conf import settings as dj
from openbeian.authority import verbs
from openbeian.authority.models import *
from openbeian.authority.verbs.codes import compare_codes
from openbeian.authority.verbs.assignments import keep_assignment
from openbeian.authority.wire.answers import Answer
from openbeian.ledger import clock
from tests.authority.road import *
from tests.authority.test_uploads import three, credit_code
from tests.browser.conftest import chromium
from tests.desk.test_link_pages import visitor
from dataclasses import dataclass, field
pytestmark = pytest.mark.django_db(transaction=True)

@dataclass(frozen=True)
class N:
    category: int
    number: str
    key: str
    content: str = field(repr=False)

def test_shots(three, province, at, chromium, live_server):
    verbs.hand_over(order_id=three[0].pk)
    receive_now(province, decision(987654, False, "2023-09-05", "负责人电话有误"), b"<x", result(three[0].pk), cancelled("33000000099"))
    f = InboxFile.objects.first()
    Unmatched.objects.create(province=ZHEJIANG, file=f, record="CancelledRecord", record_key="33000000777", category=1, reason="cancelled_by_administration", at=clock.now())
    compare_codes(rows=[("Dwxz", "77", "新的单位性质", True),("Zjlx","1","营业执照（新）",True),("Yylb","3","维吾尔语",False)], file=f, at=clock.now())
    keep_assignment(kind=AssignmentKind.RECTIFY, key="9", entry=N(1,"浙ICP备2023000001号-1X","330","请更新主体地址"), numbers=(), ids=(), file=f, at=clock.now())
    keep_assignment(kind=AssignmentKind.UNFILED, key="9", entry=N(1,"","330","unfiled.example.com"), numbers=(), ids=(), file=f, at=clock.now())
    Lane.objects.create(province="110000", halted_at=clock.now(), send_error="5", last_sequence=12)
    Lane.objects.create(province="440000", send_error="15", send_after=clock.now()+__import__('datetime').timedelta(minutes=8), poll_error="network", poll_hours="08:00-20:00")
    Reconciliation.objects.create(province=ZHEJIANG, at=clock.now(), held=12, told=11, differences=[
        {"kind":"differs","number":"浙ICP备2023000001号-1X","appid":"wx0000000000000001","service_id":"3300002","fields":["organizer.name","account.name"]},
        {"kind":"another_number","number":"浙ICP备2023000001号-2X","theirs":"浙ICP备2023000001号-9X","appid":"wx0000000000000002","service_id":"3300004"},
        {"kind":"cancelled_there","number":"浙ICP备2023000001号-3X","appid":"wx0000000000000003","service_id":"3300005"}], repaired=1)
    at("2023-09-19T09:00:00+08:00")
    session = visitor("operator").cookies["sessionid"].value
    for width in (390, 1280):
        for lang in ("zh-hans", "en"):
            context = chromium.new_context(viewport={"width": width, "height": 800})
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url},{"name": "django_language", "value": lang, "url": live_server.url}])
            page = context.new_page()
            for name, path in {"lanes": "link/", "inbox": "link/inbox/", "file": f"link/inbox/{f.pk}/", "tasks": "link/tasks/", "task": f"link/tasks/{Assignment.objects.latest('pk').pk}/", "rec": "link/reconciliations/", "codes": "link/codes/", "overdue": "overdue/"}.items():
                r = page.goto(f"{live_server.url}/desk/{path}")
                assert r.status == 200, (name, r.status)
                wide = page.evaluate("document.documentElement.scrollWidth")
                print(name, width, lang, wide)
                page.screenshot(path=f"/tmp/jshots/{name}-{width}-{lang}.png", full_page=True)
            context.close()
