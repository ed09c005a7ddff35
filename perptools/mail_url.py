"""EMAIL_URL: the mail server, and how to connect to it.

Mails contain links that reset a password, and the mail server gets our password for it. Neither is sent unencrypted,
unless the server is this machine or the URL says `tls=no`.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

STARTTLS, TLS, CLEAR = "STARTTLS", "TLS", "in clear"
OF_SCHEMES = {"smtps": TLS, "smtp+ssl": TLS, "smtp+tls": STARTTLS}
PORTS = {STARTTLS: 587, TLS: 465, CLEAR: 25}
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
YES, NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
SPELLINGS = (
    "Write smtp+tls://user:password@host:587 for STARTTLS, smtps://user:password@host:465 for TLS from the first byte, "
    "or smtp://host:25?tls=no for mails and passwords in clear."
)


def configuration(url: str) -> dict[str, Any]:
    """Return Django's mail settings for a URL. Raises ImproperlyConfigured, which doesn't repeat the password."""
    scheme = urlsplit(url).scheme
    if not scheme.startswith("smtp"):
        return dict(environ.Env.email_url_config(url))
    parts = urlsplit(url)
    way = _way(scheme, parts.hostname or "", dict(parse_qsl(parts.query, keep_blank_values=True)))
    found = dict(environ.Env.email_url_config(url.partition("?")[0]))
    return {
        **found,
        "EMAIL_PORT": found["EMAIL_PORT"] or PORTS[way],
        "EMAIL_USE_TLS": way == STARTTLS,
        "EMAIL_USE_SSL": way == TLS,
    }


def _way(scheme: str, host: str, query: dict[str, str]) -> str:
    if unknown := query.keys() - {"tls", "ssl"}:
        raise ImproperlyConfigured(f"EMAIL_URL has {', '.join(sorted(unknown))}, which means nothing. {SPELLINGS}")
    asked = {OF_SCHEMES[scheme]} if scheme in OF_SCHEMES else set()
    for name, way in (("tls", STARTTLS), ("ssl", TLS)):
        value = query.get(name, "").lower()
        if name in query and value not in YES | NO:
            raise ImproperlyConfigured(f"EMAIL_URL has {name}, which is neither yes nor no. {SPELLINGS}")
        if value in YES:
            asked.add(way)
    if len(asked) > 1 or (asked and query.get("tls", "").lower() in NO):
        raise ImproperlyConfigured(f"EMAIL_URL asks for two ways to the mail server. {SPELLINGS}")
    if asked:
        return asked.pop()
    if host in THIS_MACHINE or query.get("tls", "").lower() in NO:
        return CLEAR
    raise ImproperlyConfigured(f"EMAIL_URL would send mails and passwords in clear. {SPELLINGS}")
