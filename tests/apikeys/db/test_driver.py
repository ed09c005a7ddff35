"""Statements executed by the driver use Django's connection and transactions, and Django's listeners see them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apikeys.db import driver
from tests.support.factories import make_key


@pytest.mark.django_db
def test_queries_are_visible_to_listeners() -> None:
    with CaptureQueriesContext(connection) as heard:
        driver.run("SELECT %s", [1])
    assert len(heard) == 1


@pytest.mark.django_db
def test_errors_are_djangos() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        driver.run("INSERT INTO apikeys_usedsignature (signature, expires_at) VALUES (NULL, NULL)", [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="A file is not lost as a connection is")
def test_request_continues_after_a_lost_connection() -> None:
    client = make_key().client()
    connection.connection.close()
    assert client.get("/v1/client/holding").json()["data"]["holding"][0]["holding"] == 10_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="A file is not lost as a connection is")
def test_connection_lost_in_a_transaction_fails_it() -> None:
    @transaction.atomic
    def lose_it() -> None:
        connection.connection.close()
        driver.run("SELECT 1", [])

    with pytest.raises(Exception, match="closed"):
        lose_it()
    connection.close()
