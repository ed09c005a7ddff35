"""Date formats of the Django admin: with the time zone, as on the pages."""

DATETIME_FORMAT = "j M Y, H:i T"
