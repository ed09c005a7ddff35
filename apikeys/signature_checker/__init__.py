"""The signature checker: why a call's signature does not hold, and how to make it right (no Django, no database)."""
