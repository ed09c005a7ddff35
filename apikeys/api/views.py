"""What a key can do about itself under /v1/: ask about itself, and delete itself."""

from typing import Any, Literal

import msgspec
from django.http import HttpResponse

from apikeys.audit.log import Actor
from apikeys.http import responses
from apikeys.http.endpoints import any_key, public
from apikeys.http.errors import BadParameter, ManagedOnThePage
from apikeys.http.parsing import read_body, read_query
from apikeys.http.request import ApiRequest
from apikeys.keys import deletion
from apikeys.models import AddressRule, ApiKey


class KeyInfoQuery(msgspec.Struct):
    key_status: Literal["ACTIVE", "REMOVING", "REMOVED"] | None = None


class OwnKeyQuery(msgspec.Struct):
    orderly_key: str = ""


class OwnKeyBody(msgspec.Struct):
    orderly_key: str  # no default: a misspelt name must not delete the key that sent it


@any_key
def whoami(request: ApiRequest) -> HttpResponse:
    key = request.api_key
    return responses.success(
        {
            "name": key.name,
            "key": key.public_id,
            "kind": key.kind,
            "account_id": key.account_id,
            "uid": key.uid,
            "permissions": key.permissions,
            "address_rule": key.address_rule,
            "networks": _networks(request),
            "expires_at": key.expires_at,
            "address": _client_ip(request),
        }
    )


@any_key
def key_info(request: ApiRequest) -> HttpResponse:
    """Describe this key only. A key can't see or manage other keys."""
    wanted = read_query(request, KeyInfoQuery).key_status or "ACTIVE"
    return responses.rows([_key_info(request)] if wanted == "ACTIVE" else [])


@any_key
def ip_restriction(request: ApiRequest) -> HttpResponse:
    _check_is_itself(request, read_query(request, OwnKeyQuery).orderly_key)
    info = _key_info(request)
    wanted = ("orderly_key", "ip_restriction_list", "ip_restriction_status", "tag")
    return responses.success({"account_id": request.api_key.account_id, **{name: info[name] for name in wanted}})


@any_key
def change_ip_restriction(request: ApiRequest) -> HttpResponse:
    raise ManagedOnThePage


@any_key
def remove_itself(request: ApiRequest) -> HttpResponse:
    """Let a bot that notices a leak delete its own key."""
    named = read_body(request, OwnKeyBody).orderly_key
    if not named:
        raise BadParameter("orderly_key: name the API key to delete, your own.", field="orderly_key")
    _check_is_itself(request, named)
    key = ApiKey.objects.get(pk=request.api_key.id)
    deletion.revoke(key, by=Actor(address=_client_ip(request)), reason="Removed by the key itself, over the API")
    return responses.success({})


@public
def ip_info(request: ApiRequest) -> HttpResponse:
    """Return the client's IP address. The paper venue doesn't know its location."""
    return responses.success({"ip": _client_ip(request), "city": "", "region": "", "checked": True})


def _key_info(request: ApiRequest) -> dict[str, Any]:
    key = request.api_key
    restricted = key.address_rule == AddressRule.LIST
    return {
        "orderly_key": key.public_id,
        "key_status": "ACTIVE",
        "ip_restriction_list": _networks(request),
        "ip_restriction_status": "ALLOW_RESTRICTION_LIST" if restricted else "ALLOW_ALL_IPS",
        "expiration": int(key.expires_at.timestamp() * 1000),
        "scope": ",".join(key.permissions),
        "tag": key.name,
    }


def _check_is_itself(request: ApiRequest, orderly_key: str) -> None:
    if orderly_key not in ("", request.api_key.public_id, request.api_key.public_id.removeprefix("ed25519:")):
        raise BadParameter("orderly_key: a key can only ask about itself.", field="orderly_key")


def _networks(request: ApiRequest) -> list[str]:
    return request.api_key.networks.split(",") if request.api_key.networks else []


def _client_ip(request: ApiRequest) -> str:
    return str(request.client_ip)
