"""The dossier as a form: which inputs there are, in which order, and how a posted form becomes a dossier.

The same sections serve as the plan of the read-only sheet (:mod:`openbeian.portal.sheet`). Names of fields come
from :mod:`openbeian.regime.fields`; what is right or wrong is for the rules alone to say.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from openbeian.regime import code_tables
from openbeian.regime.code_tables import INDIVIDUAL, NONE_OF_THE_ABOVE
from openbeian.regime.dossier import LONG_TERM, Service, as_typed
from openbeian.regime.errors import BilingualError
from openbeian.regime.fields import label
from openbeian.regime.lifecycle import ADDS_A_SERVICE, CANCELLATIONS, OrderKind
from openbeian.regime.numbers import is_digits, whole_number
from openbeian.regime.paths import put, read
from openbeian.regime.pictures import is_video
from openbeian.regime.shape import declared

Dossier = dict[str, Any]
APPROVALS = "service.prior_approvals"
FACE_CHECK = "service.principal.face_check"
#: As many as a dossier may hold.
APPROVALS_MAX = declared(Service)["prior_approvals"].limit
_MEDIA_ID = re.compile("[-A-Za-z0-9_]{1,80}")
_APPROVAL_PICTURE = re.compile(re.escape(APPROVALS) + r"\.([0-9]{1,2})\.picture")


def _individual(dossier: Dossier) -> bool:
    return read(dossier, "organizer.type") == INDIVIDUAL


def _unit(dossier: Dossier) -> bool:
    return not _individual(dossier)


def _always(dossier: Dossier) -> bool:
    return True


@dataclass(frozen=True)
class Input:
    """One input. ``widget`` names a template in ``portal/inputs/``; ``choices`` depend on the dossier so far."""

    path: str
    widget: str = "text"
    width: str = ""
    hint: str | Promise = ""
    optional: bool = False
    redraws: bool = False  # other inputs depend on it
    autocomplete: str = "off"
    mode: str = "text"
    count: int = 1
    shown: Callable[[Dossier], bool] = _always
    choices: Callable[[Dossier], Sequence[Any]] = lambda dossier: ()

    @property
    def key(self) -> str:
        """The HTML id."""
        return key_of(self.path)


@dataclass(frozen=True)
class Section:
    """A part of the form with its own heading."""

    key: str
    title: str | Promise
    inputs: tuple[Input, ...]
    lead: str | Promise = ""
    copies: str = ""  # path of a person whose details may be copied into this section


def _all_of(table: Callable[[], Mapping[Any, Any]]) -> Callable[[Dossier], Sequence[Any]]:
    """The rows of a code table, whatever the dossier holds."""
    return lambda dossier: tuple(table().values())


def _cities(dossier: Dossier) -> Sequence[Any]:
    province = read(dossier, "organizer.province")
    for node in code_tables.district_tree():
        if node.district.code == province:
            return tuple(child.district for child in node.children)
    return ()


def _counties(dossier: Dossier) -> Sequence[Any]:
    city = read(dossier, "organizer.city")
    return code_tables.third_level(city) if city in {row.code for row in _cities(dossier)} else ()


def _organizer_certificates(dossier: Dossier) -> Sequence[Any]:
    return code_tables.certificate_types_of(read(dossier, "organizer.type") or 0)


def _principal(path: str) -> tuple[Input, ...]:
    own = f"{path}.certificate"
    return (
        Input(f"{path}.name", width="half"),
        Input(f"{path}.mobile", width="half", mode="tel", hint=_("11 位手机号，用于接收工信部核验短信。")),
        Input(f"{path}.email", width="half", mode="email"),
        Input(f"{path}.emergency_number", width="half", mode="tel", hint=_("不能与手机号码相同。")),
        Input(f"{own}.type", "select", "half", choices=lambda dossier: code_tables.certificate_types_of(INDIVIDUAL)),
        Input(f"{own}.number", width="half"),
        Input(f"{own}.valid_from", "date", "half"),
        Input(f"{own}.valid_until", "date_or_long_term", "half"),
        Input(f"{own}.photo_front", "upload", "half", hint=_("身份证为人像面。")),
        Input(f"{own}.photo_back", "upload", "half", hint=_("身份证为国徽面。")),
        Input(f"{path}.authorization_letter", "upload", optional=True, shown=_unit,
              hint=_("负责人不是法定代表人时必须上传。")),
    )


CHANGE: tuple[Section, ...] = (
    Section("organizer", _("主办者信息"), (
        Input("organizer.type", "select", "half", redraws=True, choices=_all_of(code_tables.subject_types)),
        Input("organizer.name", width="half", hint=_("须与小程序账号的主体名称一致。")),
        Input("organizer.province", "select", "third", redraws=True, choices=_all_of(code_tables.provinces)),
        Input("organizer.city", "select", "third", redraws=True, choices=_cities),
        Input("organizer.district", "select", "third", choices=_counties),
        Input("organizer.address", hint=_("填写到门牌号，不要重复省、市、区。")),
        Input("organizer.certificate.type", "select", "half", choices=_organizer_certificates),
        Input("organizer.certificate.number", width="half"),
        Input("organizer.certificate.address", hint=_("按证件上的住所完整填写。")),
        Input("organizer.certificate.photo", "upload", shown=_unit, hint=_("原件彩色照片或扫描件，四角完整。")),
        Input("organizer.residence_permit", "upload", optional=True, shown=_individual,
              hint=_("证件住址不在备案省份时上传居住证等证明。")),
        Input("organizer.legal_representative.name", width="half", optional=True, shown=_unit,
              hint=_("主体负责人不是法定代表人时填写。")),
        Input("organizer.legal_representative.certificate_number", width="half", optional=True, shown=_unit),
        Input("organizer.remark", "textarea", optional=True),
    )),
    Section("principal", _("主体负责人"), _principal("organizer.principal"),
            _("一般为法定代表人；个人备案时为本人。")),
    Section("service", _("小程序信息"), (
        Input("service.contents", "tree", hint=_("选择 1 至 5 项最贴近实际业务的二级类目。")),
        Input(APPROVALS, "approvals", hint=_("不涉及的请选择“以上都不涉及”。")),
        Input("service.description", "textarea", hint=_("20 至 200 字，说明小程序实际提供什么服务。")),
    )),
    Section("service-principal", _("小程序负责人"), (
        *_principal("service.principal"),
        Input(FACE_CHECK, "face_check", hint=_("由小程序管理员本人完成，通过后 72 小时内提交有效。")),
    ), _("须为小程序管理员。"), copies="organizer.principal"),
    Section("materials", _("其他材料"), tuple(
        Input(f"materials.{name}", "uploads", "half", optional=True, count=10 if name.endswith("_materials") else 1)
        for name in (
            "commitment_letter", "authenticity_responsibility_letter", "authenticity_commitment_letter",
            "business_name_change_letter", "party_building_confirmation_letter", "website_construction_proposal",
            "holding_certificate_photo", "promise_video", "subject_other_materials", "applets_other_materials",
        )
    ), _("按所在省管局要求上传；不需要的留空。")),
)

#: Which kind of filing it is follows from these numbers and from the register; nobody chooses it.
FILING: tuple[Section, ...] = (*CHANGE, Section("existing", _("已有备案"), (
    Input("existing.subject_number", width="half", optional=True, hint=_("主体的备案号，不带后缀。")),
    Input("existing.service_number", width="half", optional=True,
          hint=_("小程序已在其他平台备案时填写，带后缀。")),
), _("主办者已通过其他平台备案的，填写当时取得的备案号；从未备案或在本平台备案的留空。")))

CANCELLATION: tuple[Section, ...] = (
    Section("cancellation", _("注销信息"), (
        Input("cancellation.reason", "select", choices=_all_of(code_tables.cancel_reasons)),
        Input("cancellation.remark", "textarea", optional=True),
    ), _("经平台和管局审核通过后，备案号失效且不可恢复，小程序随即下架。提交后不能撤回；不想继续时，不回应工信部短信即可。")),
)


def sections(kind: str) -> tuple[Section, ...]:
    """The form of an order of this kind."""
    if OrderKind(kind) in CANCELLATIONS:
        return CANCELLATION
    return FILING if OrderKind(kind) in ADDS_A_SERVICE else CHANGE


def key_of(path: str) -> str:
    """The HTML id of the input at a path."""
    return "f-" + path.replace(".", "-").replace("_", "-")


#: Of these a browser sends nothing where nothing is chosen.
_SENT_FILLED_ONLY = {"upload", "uploads", "tree", "approvals"}


class FormIncomplete(BilingualError):
    """A post is not what a browser sends of the form, filled or not; nothing was saved."""

    zh = "提交的表单不完整，未保存。请重新打开表单填写。"
    en = "The posted form is incomplete and was not saved. Open the form again and fill it in."


def from_post(post: QueryDict, kind: str) -> Dossier:
    """The dossier a posted form holds, its texts read as those of any dossier (:func:`as_typed`).

    Blank inputs are left out; inputs that are not shown are dropped. Raises :class:`FormIncomplete` if an input is missing
    that the form always has.
    """
    if not all(one.path in post for part in sections(kind) for one in part.inputs
               if one.shown is _always and one.widget not in _SENT_FILLED_ONLY):
        raise FormIncomplete()
    organizer = as_typed({"organizer": {"type": post.get("organizer.type", "")}})
    dossier: Dossier = {}
    for part in sections(kind):
        for one in part.inputs:
            if one.shown(organizer) and (value := _READERS.get(one.widget, _text)(post, one.path)):
                put(dossier, one.path, value)
    return as_typed(dossier)


def _text(post: QueryDict, path: str) -> str:
    text = post.get(path, "")
    return text if text.strip() else ""


def _date(post: QueryDict, path: str) -> str:
    return LONG_TERM if post.get(f"{path}.long_term") else _text(post, path)


def _texts(post: QueryDict, path: str) -> list[str]:
    return [text for text in post.getlist(path) if text.strip()]


def _approvals(post: QueryDict, path: str) -> list[dict[str, str]]:
    rows = []
    for position in count():
        if f"{path}.{position}.type" not in post:
            break
        row = {name: _text(post, f"{path}.{position}.{name}") for name in ("type", "number", "picture")}
        rows.append({name: text for name, text in row.items() if text})
    return rows if any(rows) else []


_READERS: dict[str, Callable[[QueryDict, str], Any]] = {
    "date_or_long_term": _date, "tree": _texts, "uploads": _texts, "approvals": _approvals,
}


@dataclass(frozen=True)
class Bound:
    """An input with its value and with what was found wrong about it."""

    input: Input
    value: Any
    choices: Sequence[Any] = ()
    findings: Sequence[Any] = ()
    rows: Sequence["Bound"] = field(default=())

    @property
    def template(self) -> str:
        return f"portal/inputs/{self.input.widget}.html"

    @property
    def label(self) -> tuple[str, str]:
        return label(self.input.path)

    @property
    def media(self) -> list[str]:
        """The media ids of an upload."""
        return media_ids(self.value)

    @property
    def is_video(self) -> bool:
        return is_video(self.input.path)

    @property
    def may_add(self) -> bool:
        return len(self.media) < self.input.count

    @property
    def tree(self) -> list["Branch"]:
        """Service contents as branches with their leaves, those with a choice first."""
        chosen = set(map(whole_number, self.value or ()))
        branches = [
            Branch(top, leaves, sum(leaf.code in chosen for leaf in leaves))
            for top, leaves in code_tables.service_content_tree().items()
        ]
        return sorted(branches, key=lambda branch: branch.chosen == 0)

    @property
    def is_settled(self) -> bool:
        """Whether the prior approvals say "none of the above", beside which nothing else can stand."""
        return any(row.rows[0].value == NONE_OF_THE_ABOVE for row in self.rows)

    @property
    def iso_date(self) -> str:
        """``20380510`` as a date input wants it; empty for anything else."""
        text = str(self.value or "")
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and is_digits(text) else ""

    @property
    def is_long_term(self) -> bool:
        return self.value == LONG_TERM


def media_ids(value: Any) -> list[str]:
    """The media ids in an upload's value; what cannot be one, such as a client's slip, is left out."""
    return [text for text in (value if isinstance(value, list) else [value])
            if isinstance(text, str) and _MEDIA_ID.fullmatch(text)]


@dataclass(frozen=True)
class Branch:
    """A first-level service content, those below it, and how many of them are chosen."""

    top: Any
    leaves: Sequence[Any]
    chosen: int


def find_input(kind: str, path: str) -> Input | None:
    """The upload input at a path, those in rows of prior approvals included."""
    for part in sections(kind):
        for one in part.inputs:
            if one.path == path:
                return one
    row = _APPROVAL_PICTURE.fullmatch(path)
    if row and int(row[1]) < APPROVALS_MAX and sections(kind) is not CANCELLATION:
        return Input(path, "upload")
    return None


def bind(kind: str, dossier: Dossier, findings: Sequence[Any] = ()) -> list[tuple[Section, list[Bound]]]:
    """The form filled in: sections with the inputs that apply to this dossier."""
    placed = placed_findings(findings, kind)
    return [
        (part, [bind_one(one, dossier, placed) for one in part.inputs if one.shown(dossier)])
        for part in sections(kind)
    ]


def bind_one(one: Input, dossier: Dossier, placed: Mapping[str, Sequence[Any]] | None = None) -> Bound:
    """One input filled in."""
    placed = placed or {}
    return Bound(
        input=one, value=read(dossier, one.path) or ([] if one.widget == "tree" else None),
        choices=one.choices(dossier), findings=placed.get(one.path, ()),
        rows=tuple(_approval_rows(dossier, placed)) if one.path == APPROVALS else (),
    )


def _approval_rows(dossier: Dossier, placed: Mapping[str, Sequence[Any]]) -> Iterator["Bound"]:
    approvals = read(dossier, APPROVALS) or [{}]
    for position, row in enumerate(approvals):
        path = f"{APPROVALS}.{position}"
        inputs = [Input(f"{path}.type", "select", "third", redraws=True)]
        if row.get("type") != NONE_OF_THE_ABOVE:
            inputs += [Input(f"{path}.number", "text", "third"), Input(f"{path}.picture", "upload", "third")]
        parts = [
            Bound(one, row.get(one.path.rsplit(".", 1)[1]), findings=placed.get(one.path, ()),
                  choices=tuple(code_tables.prior_approvals().values()) if one.redraws else ())
            for one in inputs
        ]
        yield Bound(Input(path, "approval"), position, findings=placed.get(path, ()), rows=parts)


def placed_findings(findings: Sequence[Any], kind: str) -> dict[str, list[Any]]:
    """Findings by the path of the input they show beside."""
    placed: dict[str, list[Any]] = {}
    for finding in findings:
        placed.setdefault(place_of(finding.field, kind), []).append(finding)
    return placed


def place_of(path: str, kind: str) -> str:
    """The input a finding's field belongs to: the field itself, or the input of the list it is an item of."""
    known = {one.path for part in sections(kind) for one in part.inputs}
    if path in known or path.startswith(f"{APPROVALS}."):
        return path
    above = path
    while "." in above:
        above = above.rsplit(".", 1)[0]
        if above in known:
            return above
    return path
