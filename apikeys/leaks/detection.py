"""Detect secrets in URLs and on plain http. The key is paused at once, and its owner is notified."""

from urllib.parse import unquote

from django.views.decorators.debug import sensitive_variables

from apikeys.authentication.key_lookup import find_key
from apikeys.authentication.verification import verify_token
from apikeys.crypto import credentials
from apikeys.crypto.credentials import PresentedToken
from apikeys.crypto.secret_scanning import find_seeds, find_tokens
from apikeys.http.call import Call
from apikeys.keys import leak_response
from apikeys.models import ApiKey
from apikeys.network.client_ip import ClientIP

SHORTEST_SECRET = 43  # characters
MOST_SECRETS_TRIED = 4  # in one URL: each costs as much as the rest of a call


@sensitive_variables()
def pause_keys_in_url(path: str, query: str, client_ip: ClientIP) -> None:
    """Look for valid secrets in a path and query. They are in logs and histories now, whatever the answer will be."""
    if len(path) < SHORTEST_SECRET and len(query) < SHORTEST_SECRET:
        return  # as nearly every path and query is
    reason = "Its secret was sent in a URL, and URLs are logged."
    pause_keys_in(unquote(f"{path}?{query}"), reason, str(client_ip), most=MOST_SECRETS_TRIED)


@sensitive_variables()
def pause_keys_in(text: str, reason: str, address: str, most: int | None = None) -> None:
    """Pause the keys whose secrets are in a text. `most` limits how many secrets are tried.

    Callers limit the length of the text.
    """
    for token in filter(None, map(credentials.read_token, find_tokens(text)[:most])):
        _pause_key_of(token, reason, address)
    if seeds := find_seeds(text)[:most]:
        for key in ApiKey.objects.filter(public_id__in=map(credentials.public_id_of_seed, seeds)):
            _pause_key(key, reason, address)


@sensitive_variables()
def pause_key_sent_on_plain_http(call: Call) -> None:
    scheme, _, text = (call.authorization or "").partition(" ")
    token = credentials.read_token(text)
    if token and scheme.lower() == "bearer":
        reason = "Its token was sent over plain http, which others can read."
        _pause_key_of(token, reason, str(call.client_ip))


@sensitive_variables()
def _pause_key_of(token: PresentedToken, reason: str, address: str) -> None:
    row = find_key(token.public_id)
    if verify_token(row, token) and row:
        _pause_key(ApiKey.objects.get(pk=row.id), reason, address)


def _pause_key(key: ApiKey, reason: str, address: str) -> None:
    if not leak_response.needs_no_pause(key):  # asked before any lock is taken: a leaked secret is sent again and again
        leak_response.pause_leaked(key, reason=reason, address=address)
