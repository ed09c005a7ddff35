"""How the administration writes moments: with their zone, as the pages do."""

DATETIME_FORMAT = "j M Y, H:i T"
