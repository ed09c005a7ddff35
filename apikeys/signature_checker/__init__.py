"""The signature checker: why a request's signature is invalid, and how to fix it (no Django, no database)."""
