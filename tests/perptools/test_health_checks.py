"""What a load balancer asks. That a database is away is shown in tests/faults."""

from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_a_process_that_answers_is_alive_and_asks_no_database() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json(), answer["Cache-Control"]) == (200, {"status": "alive"}, "no-store")


@pytest.mark.django_db
def test_a_server_with_its_tables_is_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_a_server_without_a_migration_is_not_ready() -> None:
    MigrationRecorder.Migration.objects.filter(app="apikeys").first().delete()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "migrations are missing")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_takes_no_other_method(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_a_probe_is_answered_at_any_host_and_is_not_redirected_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
