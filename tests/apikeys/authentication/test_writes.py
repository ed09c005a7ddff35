"""Writes are checked once more in their own transaction."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import connection

from apikeys.keys import pausing
from apikeys.models import Kind, UsedSignature
from tests.support.api_clients import reason
from tests.support.concurrency import at_once
from tests.support.factories import BOTH, READ, TRADING, make_key, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_budgets")]


REMOVE = "/v1/client/remove_orderly_key"
KINDS = [Kind.BEARER, Kind.SIGNING]


LIMIT = {
    "symbol": "PERP_BTC_USDC",
    "side": "BUY",
    "order_type": "LIMIT",
    "order_price": "90000",
    "order_quantity": "0.01",
}
ORDER = b'{"symbol":"PERP_BTC_USDC","side":"BUY","order_type":"MARKET","order_quantity":"0.001"}'


def test_signed_write_is_accepted_once() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"POST/v1/order" + ORDER)
    first = client.post("/v1/order", ORDER, headers=headers).status_code
    assert (first, reason(client.post("/v1/order", ORDER, headers=headers))) == (200, (409, -1007, "replayed_request"))


def test_replay_in_another_spelling_is_rejected() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"POST/v1/order" + ORDER)
    client.post("/v1/order", ORDER, headers=headers)
    unpadded = headers | {"orderly-signature": headers["orderly-signature"].rstrip("=")}
    assert reason(client.post("/v1/order", ORDER, headers=unpadded))[2] == "replayed_request"


def test_rejected_write_cannot_be_replayed() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"DELETE/v1/order?order_id=1&symbol=PERP_BTC_USDC")
    target = "/v1/order?order_id=1&symbol=PERP_BTC_USDC"
    first = client.delete(target, headers=headers).status_code
    assert (first, reason(client.delete(target, headers=headers))[2]) == (400, "replayed_request")


CANCEL_ALL = "/v1/orders?symbol=PERP_BTC_USDC"


def test_repeated_cancel_gets_the_same_response_and_changes_nothing() -> None:
    client = make_key(permissions=BOTH).client()
    first_order = client.post("/v1/order", LIMIT).json()["data"]["order_id"]
    headers = client.sign(f"DELETE{CANCEL_ALL}".encode())
    first = client.delete(CANCEL_ALL, headers=headers)
    later_order = client.post("/v1/order", LIMIT).json()["data"]["order_id"]
    again = client.delete(CANCEL_ALL, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    statuses = [client.get(f"/v1/order/{number}").json()["data"]["status"] for number in (first_order, later_order)]
    assert statuses == ["CANCELLED", "NEW"]


def test_repeated_cancel_passes_all_checks_of_the_gate() -> None:
    issued = make_key(permissions=BOTH)
    client = issued.client()
    headers = client.sign(f"DELETE{CANCEL_ALL}".encode())
    assert client.delete(CANCEL_ALL, headers=headers).status_code == 200
    pausing.pause(issued.key, by=owner(issued.key.account.user))
    assert reason(client.delete(CANCEL_ALL, headers=headers))[2] == "key_paused"


def test_cancel_recorded_by_an_older_version_has_no_stored_response() -> None:
    client = make_key(permissions=BOTH).client()
    headers = client.sign(f"DELETE{CANCEL_ALL}".encode())
    client.delete(CANCEL_ALL, headers=headers)
    UsedSignature.objects.update(answer="")
    assert reason(client.delete(CANCEL_ALL, headers=headers)) == (409, -1007, "replayed_request")


def test_simultaneous_equal_cancels_run_once(transactional_db: None) -> None:
    client = make_key(permissions=BOTH).client()
    client.post("/v1/order", LIMIT)
    headers = client.sign(f"DELETE{CANCEL_ALL}".encode())
    answers = at_once(*[lambda: client.delete(CANCEL_ALL, headers=headers)] * 3)
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content for answer in answers}) == 1


def test_replay_error_explains_how_to_send_equal_orders() -> None:
    client = make_key(permissions=TRADING).client()
    headers = client.sign(b"POST/v1/order" + ORDER)
    client.post("/v1/order", ORDER, headers=headers)
    assert "client_order_id" in client.post("/v1/order", ORDER, headers=headers).json()["message"]


def test_write_rejected_because_of_its_key_uses_no_signature() -> None:
    client = make_key(permissions=READ).client()
    client.post("/v1/order", ORDER)
    assert not UsedSignature.objects.exists()


def test_same_read_can_be_repeated() -> None:
    client = make_key().client()
    headers = client.sign(b"GET/v1/whoami")
    assert [client.get("/v1/whoami", headers=headers).status_code for _ in range(2)] == [200, 200]


def test_key_can_delete_itself() -> None:
    issued = make_key()
    client = issued.client()
    answer = client.post(REMOVE, {"orderly_key": issued.key.public_id})
    assert (answer.status_code, reason(client.get("/v1/whoami"))[2]) == (200, "key_revoked")


NOT_THIS_KEY = [
    {},
    {"orderlyKey": "ed25519:old"},
    {"orderlykey": "OWN"},
    {"key": "OWN"},
    {"orderly_key": ""},
    {"orderly_key": None},
    {"orderly_key": 7},
    {"orderly_key": ["OWN"]},
    {"orderly_key": " OWN"},
    {"orderly_key": "ed25519:"},
    {"orderly_key": "OWN0"},
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", NOT_THIS_KEY, ids=map(str, range(len(NOT_THIS_KEY))))
def test_key_is_deleted_only_if_the_body_names_it(kind: Kind, body: dict[str, Any]) -> None:
    issued = make_key(kind=kind)
    named = json.loads(json.dumps(body).replace("OWN", issued.key.public_id))
    answer = issued.client().post(REMOVE, named)
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, -1005, "orderly_key")
    issued.key.refresh_from_db()
    assert issued.key.revoked_at is None


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{"])
def test_body_that_is_not_an_object_deletes_no_key(body: bytes) -> None:
    issued = make_key(kind=Kind.BEARER)
    assert issued.client().post(REMOVE, body).status_code == 400
    issued.key.refresh_from_db()
    assert issued.key.revoked_at is None


def test_key_cannot_delete_another_key() -> None:
    issued, other = make_key(), make_key()
    answer = issued.client().post(REMOVE, {"orderly_key": other.key.public_id})
    assert (answer.status_code, other.client().get("/v1/whoami").status_code) == (400, 200)


@pytest.mark.parametrize("verb", ["set", "reset"])
def test_key_cannot_change_its_ip_restriction(verb: str) -> None:
    issued = make_key(permissions=BOTH)
    answer = issued.client().post(
        f"/v1/client/{verb}_orderly_key_ip_restriction", {"orderly_key": issued.key.public_id}
    )
    assert reason(answer) == (403, -1002, "managed_on_the_page")


class WatchedBody(BytesIO):
    """A body that records whether it was read in a transaction, because its client decides how long that takes."""

    in_a_transaction: list[bool]

    def read(self, size: int | None = -1, /) -> bytes:
        self.in_a_transaction.append(connection.in_atomic_block)
        return super().read(size)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", list(Kind))
def test_no_lock_is_held_while_a_body_arrives(kind: Kind) -> None:
    client, body = make_key(permissions=TRADING, kind=kind).client(), WatchedBody(ORDER)
    body.in_a_transaction = []
    answer = client.post("/v1/order", ORDER, **{"wsgi.input": body})
    assert (answer.status_code, set(body.in_a_transaction)) == (200, {False})
