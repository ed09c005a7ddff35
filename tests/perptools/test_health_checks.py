"""Health checks. tests/faults covers outages of the database."""

from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_healthz_answers_without_the_database() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json(), answer["Cache-Control"]) == (200, {"status": "alive"}, "no-store")


@pytest.mark.django_db
def test_server_with_its_tables_is_ready() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_server_without_a_migration_is_not_ready() -> None:
    MigrationRecorder.Migration.objects.filter(app="apikeys").first().delete()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["why"]) == (503, "migrations are missing")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_check_allows_no_other_method(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_health_check_ignores_host_and_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/healthz", headers={"Host": "10.0.0.7:8000"})
    assert (response.status_code, response.json()["status"]) == (200, "alive")
