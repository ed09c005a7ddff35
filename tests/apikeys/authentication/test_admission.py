"""Through the whole of Django, as a caller: who is admitted, who is refused, and what each is told."""

import base64
import json
from datetime import timedelta
from typing import Any

import base58
import pytest
import time_machine
from django.utils import timezone
from nacl.signing import SigningKey

from apikeys.crypto import credentials
from apikeys.keys import deletion, editing, pausing, regeneration
from apikeys.models import ApiKey, Kind, UsedSignature
from apikeys.permissions import Permission
from tests.support.api_clients import ApiClient, BearerClient, SignedClient
from tests.support.factories import BOTH, READ, TRADING, HeldKey, make_key, owner, settings_for

pytestmark = pytest.mark.django_db

KINDS = [Kind.BEARER, Kind.SIGNING]


@pytest.fixture(autouse=True)
def _no_budgets(settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 0
    settings.API_CALLS_PER_SECOND = 0


def reason(response: Any) -> tuple[int, int, str]:
    body = response.json()
    assert body["success"] is False
    return response.status_code, body["code"], body["reason"]


UNAUTHORIZED = (401, -1001, "unauthorized")

# -- Admitted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_told_who_it_is(kind: Kind) -> None:
    held = make_key(kind=kind, name="grid bot")
    assert held.client().get("/v1/whoami").json()["data"]["name"] == "grid bot"


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_says_when_the_key_expires(kind: Kind) -> None:
    held = make_key(kind=kind)
    assert held.client().get("/v1/whoami")["X-Key-Expires"] == held.key.expires_at.isoformat()


def test_an_answer_is_never_cached() -> None:
    assert make_key().client().get("/v1/whoami")["Cache-Control"] == "no-store"


def test_head_is_answered_like_get_without_its_body() -> None:
    response = make_key().client().request("HEAD", "/v1/whoami")
    assert (response.status_code, response.content, int(response["Content-Length"]) > 0) == (200, b"", True)


def test_the_scheme_is_read_in_any_case() -> None:
    held = make_key(kind=Kind.BEARER)
    response = ApiClient().get("/v1/whoami", headers={"Authorization": f"bearer {held.secret}"})
    assert response.status_code == 200


def test_a_key_without_its_prefix_is_the_same_key() -> None:
    held = make_key()
    client = held.client()
    client.key = client.key.removeprefix("ed25519:")
    assert client.get("/v1/whoami").status_code == 200


def test_the_account_is_compared_in_any_case() -> None:
    held = make_key()
    client = held.client()
    client.account_id = "0x" + client.account_id[2:].upper()
    assert client.get("/v1/whoami").status_code == 200


@pytest.mark.parametrize("skew_ms", [-290_000, 290_000])
def test_a_timestamp_nearly_300_seconds_off_is_accepted(skew_ms: int) -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami", now_ms() + skew_ms)
    assert client.get("/v1/whoami", headers=headers).status_code == 200


# -- Strangers: one answer, whatever was wrong ---------------------------------------------------------------------


def wrong_authorizations(held: HeldKey) -> dict[str, str]:
    token = held.secret
    public_id, secret = token[4:20], token[21:]
    return {
        "empty": "",
        "scheme only": "Bearer",
        "scheme and a space": "Bearer ",
        "no scheme": token,
        "glued": f"Bearer{token}",
        "another scheme": f"Token {token}",
        "basic": "Basic " + base64.b64encode(f"{token}:".encode()).decode(),
        "quoted": f'Bearer "{token}"',
        "comma": f"Bearer {token},",
        "equals": f"Bearer {token}=",
        "two spaces": f"Bearer  {token}",
        "newline": f"Bearer {token}\n",
        "twice": f"Bearer {token},Bearer {token}",
        "with another": f"Bearer {token},Bearer x",
        "another first": f"Bearer x,Bearer {token}",
        "space inside": f"Bearer {token[:30]} {token[30:]}",
        "cut": f"Bearer {token[:-1]}",
        "last character": f"Bearer {token[:-1]}{'a' if token[-1] != 'a' else 'b'}",
        "one more": f"Bearer {token}A",
        "case swapped": f"Bearer ptk_{public_id}_{secret.swapcase()}",
        "upper case": f"Bearer {token.upper()}",
        "no secret": f"Bearer ptk_{public_id}_",
        "id only": f"Bearer ptk_{public_id}",
        "no prefix": f"Bearer {public_id}_{secret}",
        "wrong prefix": f"Bearer xxxx_{public_id}_{secret}",
        "dashes": f"Bearer ptk-{public_id}-{secret}",
        "unknown id": f"Bearer ptk_{'z' * 16}_{secret}",
        "sql": f"Bearer ptk_'OR'1'='1_{secret}",
        "7000 letters": f"Bearer ptk_{public_id}_{'A' * 7000}",
        "jwt": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "not ascii": "Bearer ptk_é",
    }


NAMES_OF_WRONG_AUTHORIZATIONS = list(wrong_authorizations(HeldKey(ApiKey(), "x" * 70)))


@pytest.mark.parametrize("name", NAMES_OF_WRONG_AUTHORIZATIONS)
@pytest.mark.parametrize("after_a_success", [False, True])
def test_a_wrong_authorization_is_unauthorized(name: str, after_a_success: bool) -> None:
    held = make_key(kind=Kind.BEARER)
    if after_a_success:
        assert held.client().get("/v1/whoami").status_code == 200
    value = wrong_authorizations(held)[name]
    assert reason(ApiClient().get("/v1/whoami", headers={"Authorization": value})) == UNAUTHORIZED


def test_a_wrong_secret_with_a_right_checksum_is_unauthorized() -> None:
    held, other = make_key(kind=Kind.BEARER), make_key(kind=Kind.BEARER)
    body = f"{held.secret[:21]}{other.secret[21:64]}"
    assert reason(BearerClient(body + credentials.checksum(body)).get("/v1/whoami")) == UNAUTHORIZED


@pytest.mark.parametrize("header", ["X-API-Key", "Cookie", "X-Authorization"])
def test_a_token_in_another_header_counts_as_none(header: str) -> None:
    held = make_key(kind=Kind.BEARER)
    value = f"token={held.secret}" if header == "Cookie" else held.secret
    assert reason(ApiClient().get("/v1/whoami", headers={header: value})) == UNAUTHORIZED


def wrong_signed_headers(client: SignedClient) -> dict[str, dict[str, str | None]]:
    good = client.sign(b"GET/v1/whoami")
    signature = base64.urlsafe_b64decode(good["orderly-signature"])
    stranger = SigningKey(b"\7" * 32)
    nobody = "ed25519:" + base58.b58encode(bytes(stranger.verify_key)).decode()
    signed_by_nobody = stranger.sign(good["orderly-timestamp"].encode() + b"GET/v1/whoami").signature

    def encoded(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode()

    return {
        "no signature": {"orderly-signature": None},
        "no key": {"orderly-key": None},
        "no account": {"orderly-account-id": None},
        "no timestamp": {"orderly-timestamp": None},
        "empty signature": {"orderly-signature": ""},
        "zero signature": {"orderly-signature": encoded(b"\0" * 64)},
        "first byte": {"orderly-signature": encoded(bytes([signature[0] ^ 1]) + signature[1:])},
        "halves swapped": {"orderly-signature": encoded(signature[32:] + signature[:32])},
        "63 bytes": {"orderly-signature": encoded(signature[:63])},
        "65 bytes": {"orderly-signature": encoded(signature + b"\0")},
        "hex": {"orderly-signature": signature.hex()},
        "twice": {"orderly-signature": f"{good['orderly-signature']},{good['orderly-signature']}"},
        "mock": {"orderly-signature": "mock_signature", "orderly-timestamp": "mock_timestamp"},
        "key of nobody": {"orderly-key": nobody, "orderly-signature": encoded(signed_by_nobody)},
        "account of nobody": {"orderly-account-id": "0x" + "0" * 64},
        "account in no form": {"orderly-account-id": "é" * 66},
        "another curve": {"orderly-key": "secp256k1:" + client.key.removeprefix("ed25519:")},
        "7000-letter key": {"orderly-key": "ed25519:" + "A" * 7000},
        "short key": {"orderly-key": "ed25519:1"},
        "timestamp 0": {"orderly-timestamp": "0"},
        "timestamp in seconds": {"orderly-timestamp": good["orderly-timestamp"][:10]},
        "timestamp with a fraction": {"orderly-timestamp": good["orderly-timestamp"] + ".5"},
        "with a bearer header": {"Authorization": "Bearer x"},
    }


@pytest.mark.parametrize("name", list(wrong_signed_headers(SignedClient("ed25519:x", "1" * 32, ""))))
def test_wrong_signed_headers_are_unauthorized(name: str) -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami") | wrong_signed_headers(client)[name]
    sent = {header: value for header, value in headers.items() if value is not None}
    assert reason(ApiClient().get("/v1/whoami", headers=sent)) == UNAUTHORIZED


def test_a_right_signature_with_a_right_token_is_unauthorized() -> None:
    signing, bearer = make_key(), make_key(kind=Kind.BEARER)
    headers = {"Authorization": f"Bearer {bearer.secret}"}
    assert reason(signing.client().get("/v1/whoami", headers=headers)) == UNAUTHORIZED


def test_a_bearer_id_is_not_a_signing_key() -> None:
    held = make_key(kind=Kind.BEARER)
    ApiKey.objects.filter(pk=held.key.pk).update(
        kind=Kind.SIGNING, public_id="ed25519:x", secret_hash="", secret_check=""
    )
    assert reason(held.client().get("/v1/whoami")) == UNAUTHORIZED


def test_a_signature_for_another_target_is_unauthorized() -> None:
    client = make_key(permissions=BOTH).client()
    assert reason(client.get("/v1/client/info", headers=client.sign(b"GET/v1/whoami"))) == UNAUTHORIZED


def test_a_view_is_given_the_target_that_was_signed() -> None:
    client = make_key(permissions=BOTH).client()
    headers = client.sign(b"GET/v1/whoami")
    response = client.http.generic("GET", "/v1/client/key_info", headers=headers, RAW_URI="/v1/whoami")
    assert reason(response) == UNAUTHORIZED


def test_a_server_that_hides_the_raw_target_is_said_so() -> None:
    client = make_key().client()
    response = client.http.get("/v1/whoami", headers=client.sign(b"GET/v1/whoami"))
    assert reason(response) == (500, -1000, "internal_error")


def test_strangers_all_get_the_same_answer() -> None:
    bearer, client = make_key(kind=Kind.BEARER), make_key().client()
    answers = set()
    for value in wrong_authorizations(bearer).values():
        answers.add(without_the_moment(ApiClient().get("/v1/whoami", headers={"Authorization": value})))
    for changes in wrong_signed_headers(client).values():
        headers = {k: v for k, v in (client.sign(b"GET/v1/whoami") | changes).items() if v is not None}
        answers.add(without_the_moment(ApiClient().get("/v1/whoami", headers=headers)))
    assert len(answers) == 1


def without_the_moment(response: Any) -> str:
    body = {name: value for name, value in response.json().items() if name not in ("timestamp", "request_id")}
    headers = {name: value for name, value in response.items() if name != "X-Request-Id"}
    return json.dumps([response.status_code, body, headers, str(response.cookies)])


def test_a_stranger_is_asked_for_a_bearer_token() -> None:
    assert ApiClient().get("/v1/whoami")["WWW-Authenticate"] == 'Bearer realm="PERPTools"'


# -- Holders of a key are told exactly why --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_key_is_refused_on_the_next_call(kind: Kind) -> None:
    held = make_key(kind=kind)
    client = held.client()
    assert client.get("/v1/whoami").status_code == 200
    deletion.revoke(held.key, by=owner(held.key.account.user))
    assert reason(client.get("/v1/whoami")) == (401, -1002, "key_revoked")


@pytest.mark.parametrize("kind", KINDS)
def test_a_paused_key_is_refused_until_it_is_resumed(kind: Kind) -> None:
    held = make_key(kind=kind)
    by = owner(held.key.account.user)
    pausing.pause(held.key, by=by)
    refused = reason(held.client().get("/v1/whoami"))
    pausing.resume(held.key, by=by)
    assert (refused, held.client().get("/v1/whoami").status_code) == ((401, -1002, "key_paused"), 200)


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_a_key_is_refused_from_the_moment_it_expires(seconds: int, status: int) -> None:
    held = make_key(kind=Kind.BEARER)
    with time_machine.travel(held.key.expires_at + timedelta(seconds=seconds), tick=False):
        assert held.client().get("/v1/whoami").status_code == status


def test_an_inactive_owners_keys_are_all_refused() -> None:
    held = make_key()
    held.key.account.user.is_active = False
    held.key.account.user.save()
    assert reason(held.client().get("/v1/whoami")) == (401, -1002, "owner_inactive")


def test_a_refused_address_is_named() -> None:
    held = make_key(networks="203.0.113.7")
    response = held.client(REMOTE_ADDR="203.0.113.8").get("/v1/whoami")
    assert (reason(response), response.json()["address"]) == ((403, -1002, "address_not_allowed"), "203.0.113.8")


def test_a_damaged_address_rule_refuses() -> None:
    held = make_key(networks="203.0.113.7")
    ApiKey.objects.filter(pk=held.key.pk).update(networks="damaged")
    assert held.client(REMOTE_ADDR="203.0.113.7").get("/v1/whoami").status_code == 403


@pytest.mark.parametrize(
    ("networks", "peer", "forwarded", "status"),
    [
        ("", "127.0.0.1", "198.51.100.1", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.8", 403),
        ("203.0.113.0/24", "127.0.0.1", "203.0.113.255", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, 198.51.100.66", 403),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, unknown", 403),
        ("", "127.0.0.1", "203.0.113.7, unknown", 200),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7, 10.200.0.5", 200),
        ("127.0.0.1", "127.0.0.1", "198.51.100.66", 403),
        ("127.0.0.1", "127.0.0.1", "", 403),
        ("", "127.0.0.1", "", 200),
        ("127.9.8.7", "127.9.8.7", "", 200),
        ("203.0.113.7", "127.9.8.7", "203.0.113.7", 403),
    ],
)
def test_behind_proxies_the_first_untrusted_hop_calls(
    settings: Any, networks: str, peer: str, forwarded: str, status: int
) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1"), ip_network("10.200.0.0/16"))
    extra = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {})
    assert make_key(networks=networks).client(**extra).get("/v1/whoami").status_code == status


@pytest.mark.parametrize("header", ["X-Real-IP", "True-Client-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"])
def test_no_other_header_says_who_calls(header: str) -> None:
    held = make_key(networks="203.0.113.7", kind=Kind.BEARER)
    headers = {"Authorization": f"Bearer {held.secret}", header: "203.0.113.7"}
    assert ApiClient(REMOTE_ADDR="198.51.100.66").get("/v1/whoami", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("granted", "missing"), [(READ, Permission.TRADING), (TRADING, Permission.READ)], ids=["read", "trading"]
)
def test_a_missing_permission_is_named(granted: frozenset[Permission], missing: Permission) -> None:
    client = make_key(permissions=granted).client()
    refused = (
        client.get("/v1/positions") if missing is Permission.READ else client.delete("/v1/order?order_id=1&symbol=x")
    )
    assert (reason(refused), refused.json()["permission"]) == ((403, -1002, "permission_missing"), missing)


@pytest.mark.parametrize("skew_ms", [-303_000, 303_000])
def test_a_stale_timestamp_is_refused_with_the_measured_skew(skew_ms: int) -> None:
    client = make_key().client()
    with time_machine.travel(timezone.now(), tick=False):
        headers = client.sign(b"GET/v1/whoami", now_ms() + skew_ms)
        response = client.get("/v1/whoami", headers=headers)
    assert (reason(response), response.json()["skew_ms"]) == ((401, -1001, "stale_timestamp"), skew_ms)


def test_a_caller_may_narrow_its_window() -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami", now_ms() - 6_000) | {"x-recv-window": "5000"}
    assert reason(client.get("/v1/whoami", headers=headers)) == (401, -1001, "stale_timestamp")


def test_a_refusal_says_where_help_is() -> None:
    body = make_key(networks="203.0.113.7").client().get("/v1/whoami").json()
    assert body["help"] == "http://127.0.0.1:8000/guide#address_not_allowed"


def test_a_refusal_carries_its_request_id() -> None:
    response = ApiClient().get("/v1/whoami")
    assert response.json()["request_id"] == response["X-Request-Id"]


# -- Writes --------------------------------------------------------------------------------------------------------

REMOVE = "/v1/client/remove_orderly_key"


ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'


def test_a_signed_write_is_accepted_once() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"POST/v1/order" + ORDER)
    first = client.post("/v1/order", ORDER, headers=headers).status_code
    assert (first, reason(client.post("/v1/order", ORDER, headers=headers))) == (200, (401, -1001, "replayed_request"))


def test_a_replay_in_another_spelling_is_refused() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"POST/v1/order" + ORDER)
    client.post("/v1/order", ORDER, headers=headers)
    unpadded = headers | {"orderly-signature": headers["orderly-signature"].rstrip("=")}
    assert reason(client.post("/v1/order", ORDER, headers=unpadded))[2] == "replayed_request"


def test_a_refused_write_cannot_be_replayed_either() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"DELETE/v1/order?order_id=1&symbol=PERP_BTC_USDC")
    target = "/v1/order?order_id=1&symbol=PERP_BTC_USDC"
    first = client.delete(target, headers=headers).status_code
    assert (first, reason(client.delete(target, headers=headers))[2]) == (400, "replayed_request")


def test_a_write_refused_for_its_key_uses_no_signature() -> None:
    client = make_key(permissions=READ).client()
    client.post("/v1/order", ORDER)
    assert not UsedSignature.objects.exists()


def test_the_same_read_may_be_repeated() -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami")
    assert [client.get("/v1/whoami", headers=headers).status_code for _ in range(2)] == [200, 200]


def test_a_key_can_remove_itself() -> None:
    held = make_key()
    client = held.client()
    answer = client.post(REMOVE, {"orderly_key": held.key.public_id})
    assert (answer.status_code, reason(client.get("/v1/whoami"))[2]) == (200, "key_revoked")


def test_a_key_can_remove_no_other() -> None:
    held, other = make_key(), make_key()
    answer = held.client().post(REMOVE, {"orderly_key": other.key.public_id})
    assert (answer.status_code, other.client().get("/v1/whoami").status_code) == (400, 200)


@pytest.mark.parametrize("verb", ["set", "reset"])
def test_a_key_cannot_change_its_address_rule(verb: str) -> None:
    held = make_key(permissions=BOTH)
    answer = held.client().post(f"/v1/client/{verb}_orderly_key_ip_restriction", {"orderly_key": held.key.public_id})
    assert reason(answer) == (403, -1002, "managed_on_the_page")


# -- Paths, methods and bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/whoami/", "/v1/get_account", "/v1/orderly_key"])
def test_an_unknown_path_is_answered_in_the_envelope(path: str) -> None:
    assert reason(ApiClient().get(path)) == (404, -1000, "path_not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_a_wrong_method_is_answered_in_the_envelope(method: str) -> None:
    assert reason(ApiClient().request(method, "/v1/whoami")) == (405, -1000, "method_not_allowed")


def test_a_chunked_body_is_refused() -> None:
    headers = {"Transfer-Encoding": "chunked"}
    assert reason(make_key().client().post(REMOVE, {}, headers=headers)) == (411, -1005, "length_required")


@pytest.mark.parametrize("length", ["1000001", "9" * 5000, "-1", "x"])
def test_a_body_too_large_is_refused(length: str) -> None:
    assert reason(make_key().client().post(REMOVE, {}, CONTENT_LENGTH=length)) == (413, -1005, "body_too_large")


def test_a_script_name_is_refused() -> None:
    assert make_key().client(SCRIPT_NAME="/v1").get("/v1/whoami").status_code == 400


def test_no_call_touches_a_session_or_sets_a_cookie() -> None:
    assert not make_key().client().get("/v1/whoami").cookies


def test_a_public_path_ignores_credentials() -> None:
    headers = {"orderly-signature": "stale", "Authorization": "Bearer x"}
    assert ApiClient().get("/v1/ip_info", headers=headers).status_code == 200


def test_ip_info_says_which_address_is_seen() -> None:
    assert ApiClient(REMOTE_ADDR="203.0.113.9").get("/v1/ip_info").json()["data"]["ip"] == "203.0.113.9"


# -- Edits are in force on the next call ------------------------------------------------------------------------------


def test_a_narrowed_address_rule_is_in_force_on_the_next_call() -> None:
    held = make_key(kind=Kind.BEARER)
    client = held.client()
    assert client.get("/v1/whoami").status_code == 200
    wanted = settings_for(name=held.key.name, networks="203.0.113.7", expires_at=held.key.expires_at)
    editing.edit(held.key, wanted, by=owner(held.key.account.user))
    assert client.get("/v1/whoami").status_code == 403


def test_of_a_regenerated_key_both_work_during_the_overlap() -> None:
    held = make_key(kind=Kind.BEARER)
    _new, secret = regeneration.regenerate(
        held.key,
        expires_at=held.key.expires_at,
        overlap=timedelta(hours=1),
        by=owner(held.key.account.user),
    )
    assert [client.get("/v1/whoami").status_code for client in (held.client(), BearerClient(secret))] == [200, 200]
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert [client.get("/v1/whoami").status_code for client in (held.client(), BearerClient(secret))] == [401, 200]


def now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)
