"""Permission sets (权限集) a mini program grants to a platform, as far as calls of this API belong to them."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

#: The one permission set of the shelving calls and of certification and filing in one (开发管理与数据分析).
DEVELOPMENT = 18


@dataclass(frozen=True)
class PermissionSet:
    """What the administrator reads before agreeing. Texts are lazy translations."""

    number: int
    name: str
    allows: str


_KNOWN = {
    18: PermissionSet(18, _("开发管理与数据分析"), _("提交代码版本和审核、发布、暂停服务；办理备案、认证及备案")),  # type: ignore[arg-type]
    156: PermissionSet(156, _("小程序备案服务"), _("上传备案材料，提交、撤回和注销备案，查询备案进度")),  # type: ignore[arg-type]
}


def described(number: int) -> PermissionSet:
    """A permission set by its number; one that no call here belongs to is named by its number alone."""
    return _KNOWN.get(number) or PermissionSet(number, _("权限集 %(number)s") % {"number": number}, _("本平台没有属于它的接口"))  # type: ignore[arg-type]
