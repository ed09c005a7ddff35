"""What is kept in Redis, as JSON: Django's own pickles would run whatever somebody wrote there."""

import json
from typing import Any


class Serializer:
    def dumps(self, value: Any) -> int | str:
        return value if type(value) is int else json.dumps(value)  # Redis counts with plain integers

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)
