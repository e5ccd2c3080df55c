"""The screens of the link with the administration: lanes, what fits nowhere, tasks, comparisons, what is overdue."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from openbeian.accounts.permissions import user_of
from openbeian.authority import queries, verbs
from openbeian.authority.models import (
    ANSWERED_BY_UPLOAD,
    Assignment,
    CodeDifference,
    InboxFile,
    Lane,
    Unmatched,
)
from openbeian.authority.verbs.assignments import lines_of_assignment
from openbeian.desk.link_sheet import shown, shown_file
from openbeian.desk.link_words import trouble
from openbeian.desk.permissions import READS_PERSONAL_DATA, admits, screen
from openbeian.ledger import clock
from openbeian.register.claims import overdue_claims
from openbeian.web.pages import OneOf, Text, read_form, show_error

#: Rows of one list.
ROWS = 200


@screen("GET")
def link(request: HttpRequest) -> HttpResponse:
    """Every lane: whether it works, what waits in it, when it is tried next."""
    lanes = [(lane, trouble(lane.send_error), trouble(lane.poll_error)) for lane in queries.lanes(clock.now())]
    return _page(request, "lanes", {"lanes": lanes, "acts": admits(user_of(request).role, "lane_act")})


@screen("POST")
def lane_act(request: HttpRequest, province: str) -> HttpResponse:
    """Halt or resume a lane."""
    get_object_or_404(Lane, pk=province)
    act = read_form(request.POST, act=OneOf(halt=verbs.halt, resume=verbs.resume))["act"]
    if not act(province=province, actor=user_of(request).actor, at=clock.now()):
        messages.info(request, _("链路状态没有变化。"))
    return redirect("desk:link")


@screen("GET")
def inbox(request: HttpRequest) -> HttpResponse:
    """Answers that fit no order, and files with a problem."""
    return _page(request, "inbox", {
        "unmatched": queries.unmatched()[:ROWS], "problems": queries.problems()[:ROWS],
        "acts": admits(user_of(request).role, "inbox_act"),
    })


@screen("GET")
def inbox_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """What a downloaded file says; personal data only for those who may read it."""
    found = get_object_or_404(InboxFile, pk=file_id)
    in_clear = user_of(request).role in READS_PERSONAL_DATA
    return _page(request, "file", {
        "file": found, "records": shown_file(found, in_clear=in_clear), "in_clear": in_clear,
        "unmatched": found.unmatched_set.order_by("pk"), "acts": admits(user_of(request).role, "inbox_act"),
    })


@screen("POST")
def inbox_act(request: HttpRequest) -> HttpResponse:
    """Note that something was dealt with, let a file take effect again, or let the register follow a cancellation."""
    actor = user_of(request).actor
    act, file, answer = read_form(
        request.POST, act=OneOf("seen", "reapply", "apply"), file=forms.ModelChoiceField(InboxFile.objects, required=False),
        unmatched=forms.ModelChoiceField(Unmatched.objects, required=False)).values()
    row = file or answer
    if row is None:
        raise Http404
    if act == "seen":
        verbs.mark_seen(row=row, actor=actor)
    elif act == "reapply" and file is not None:
        verbs.reapply(file_id=file.pk, actor=actor)
        file.refresh_from_db()
        if file.problem:
            messages.error(request, _("文件仍有问题。"))
        else:
            messages.success(request, _("文件已重新处理。"))
    elif act == "apply" and answer is not None:
        numbers = verbs.apply_cancellation(unmatched_id=answer.pk, actor=actor)
        if numbers:
            messages.success(request, _("已随管局注销：%(numbers)s。") % {"numbers": "、".join(numbers)})
        else:
            messages.info(request, _("备案库中没有需要注销的有效备案号。"))
    else:
        raise Http404
    return redirect("desk:inbox")


@screen("GET")
def assignments(request: HttpRequest) -> HttpResponse:
    """What the administration has given the platform to do."""
    done = "done" in request.GET
    return _page(request, "assignments", {"rows": queries.assignments(done=done)[:ROWS], "done": done})


@screen("GET")
def assignment(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """One task or notice, and the form to answer or finish it."""
    found = get_object_or_404(Assignment, pk=assignment_id)
    user = user_of(request)
    in_clear = user.role in READS_PERSONAL_DATA
    return _page(request, "assignment", {
        "row": found, "lines": shown(lines_of_assignment(found), in_clear=in_clear), "in_clear": in_clear,
        "answered": found.kind in ANSWERED_BY_UPLOAD, "uploads": found.uploads.order_by("sequence"),
        "acts": admits(user.role, "assignment_act") and found.done_at is None,
    })


@screen("POST")
def assignment_act(request: HttpRequest, assignment_id: int) -> HttpResponse:
    """Answer a task, or note that a notice was dealt with."""
    get_object_or_404(Assignment, pk=assignment_id)
    actor, at = user_of(request).actor, clock.now()
    act, opinion = read_form(request.POST, act=OneOf("finish", "pass", "fail"), opinion=Text()).values()
    if act == "finish":
        done = verbs.finish_assignment(assignment_id=assignment_id, actor=actor, at=at)
    else:
        try:
            done = verbs.answer_assignment(
                assignment_id=assignment_id, passed=act == "pass", opinion=opinion, actor=actor, at=at)
        except verbs.AnswerRefused as error:
            show_error(request, error)
            return redirect("desk:assignment", assignment_id)
    if done:
        messages.success(request, _("已办结。") if act == "finish" else _("答复将上报管局。"))
    else:
        messages.info(request, _("该任务已办结。"))
    return redirect("desk:assignments")


@screen("GET")
def reconciliations(request: HttpRequest) -> HttpResponse:
    """The latest comparison of our register with each province."""
    return _page(request, "reconciliations", {
        "reports": queries.reconciliations(), "acts": admits(user_of(request).role, "reconcile")})


@screen("POST")
def reconcile(request: HttpRequest, province: str) -> HttpResponse:
    """Compare with one province now."""
    get_object_or_404(Lane, pk=province)
    made = verbs.reconcile(province=province, at=clock.now())
    messages.info(request, _("对账完成，差异 %(count)s 处。") % {"count": len(made.differences)})
    return redirect("desk:reconciliations")


@screen("GET")
def codes(request: HttpRequest) -> HttpResponse:
    """Where the administration's code tables are not as ours."""
    judged = "judged" in request.GET
    return _page(request, "codes", {
        "rows": queries.code_differences(judged=judged)[:ROWS], "judged": judged,
        "acts": admits(user_of(request).role, "code_act")})


@screen("POST")
def code_act(request: HttpRequest, difference_id: int) -> HttpResponse:
    """Accept or reject a difference."""
    accept = read_form(request.POST, act=OneOf(accept=True, reject=False))["act"]
    get_object_or_404(CodeDifference, pk=difference_id)
    if not verbs.judge_code(difference_id=difference_id, accept=accept, actor=user_of(request).actor, at=clock.now()):
        messages.info(request, _("该差异已处理。"))
    return redirect("desk:codes")


@screen("GET")
def overdue(request: HttpRequest) -> HttpResponse:
    """Orders, tasks and claims past their limit."""
    at = clock.now()
    late = queries.assignments().filter(due_at__lt=at)[:ROWS]
    return _page(request, "overdue", {
        "orders": queries.overdue(at, limit=ROWS), "assignments": late, "claims": overdue_claims(at)[:ROWS]})


def _page(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    at = clock.now()
    counts = {
        "inbox": queries.unmatched().count() + queries.problems().count(),
        "assignments": queries.assignments().count(), "codes": queries.code_differences().count(),
        "overdue": queries.overdue_orders(at).count() + queries.assignments().filter(due_at__lt=at).count()
        + overdue_claims(at).count(),
    }
    return render(request, f"desk/link/{name}.html", {**context, "here": name, "counts": counts})
