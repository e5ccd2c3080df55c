"""The content security policy (CSP) of every answer. Django 5.2 has none of its own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Everything comes from this host; no inline script or style, no eval. ``data:`` pictures are the design system's
#: own icons and the QR codes.
POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
))


class ContentSecurityPolicyMiddleware:
    """Adds :data:`POLICY` to every answer that does not bring a policy of its own.

    A page whose form ends at another host names that host's origin as ``response.form_origin``: browsers hold a
    redirect after a form to ``form-action`` too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        origin = getattr(response, "form_origin", "")
        policy = POLICY.replace("form-action 'self'", f"form-action 'self' {origin}") if origin else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
