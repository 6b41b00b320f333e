"""The pages that humans read: one frame, escaped, without scripts, with their security headers.

May import starlette and jinja2.
"""

import secrets
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mcp_shop_console.authorization_server.errors import PageError
from mcp_shop_console.authorization_server.shown_text import shown

_templates = Environment(
    loader=PackageLoader("mcp_shop_console.authorization_server", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.filters["shown"] = shown

PRIVATE_HEADERS = {
    # The request's parameters must not leak by Referer, cache or history (RFC 9700 section 4.2).
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}


def page(
    template: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    form_action: str = "'none'",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page made of ``template``.

    Args:
        template: Its file name in the folder ``templates``.
        values: What the template names.
        status: The HTTP status.
        form_action: Where its forms may lead, as Content-Security-Policy sources.
        headers: More headers.
    """
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action {form_action};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    html = _templates.get_template(template).render(values, nonce=nonce)
    all_headers = PRIVATE_HEADERS | {"Content-Security-Policy": policy} | dict(headers or {})
    return HTMLResponse(html, status_code=status, headers=all_headers)


def error_page(error: PageError) -> Response:
    """The page of something that only a human can read."""
    values = {"title": error.title, "sentence": error.sentence, "link": error.link}
    return page("error.html", values, status=error.status, headers=error.headers)


def redirect(address: str) -> Response:
    """Send the browser on, with a GET, whatever it did before (RFC 9700 section 4.12)."""
    response = RedirectResponse(address, status_code=303, headers=PRIVATE_HEADERS)
    # Starlette quotes the address anew; a redirect URI is left byte for byte as registered.
    response.headers["location"] = address
    return response
