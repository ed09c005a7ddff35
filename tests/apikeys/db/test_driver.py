"""Statements that the driver executes are still Django's: on its connection, in its transactions, under its eyes."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apikeys.db import driver
from tests.support.factories import make_key


@pytest.mark.django_db
def test_whoever_listens_to_queries_hears_them() -> None:
    with CaptureQueriesContext(connection) as heard:
        driver.run("SELECT %s", [1])
    assert len(heard) == 1


@pytest.mark.django_db
def test_their_errors_are_django_s() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        driver.run("INSERT INTO apikeys_usedsignature (signature, expires_at) VALUES (NULL, NULL)", [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="A file is not lost as a connection is")
def test_a_call_goes_on_where_its_connection_was_lost() -> None:
    client = make_key().client()
    connection.connection.close()
    assert client.get("/v1/client/holding").json()["data"]["holding"][0]["holding"] == 10_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="A file is not lost as a connection is")
def test_a_connection_that_is_lost_in_a_transaction_fails_it() -> None:
    @transaction.atomic
    def lose_it() -> None:
        connection.connection.close()
        driver.run("SELECT 1", [])

    with pytest.raises(Exception, match="closed"):
        lose_it()
    connection.close()
