"""Tags and filters about keys, from `apikeys.formatting`."""

from django import template

from apikeys import formatting

register = template.Library()

for tag in (formatting.icon, formatting.copy_button, formatting.copy_key_id):
    register.simple_tag(tag)
for text in (
    formatting.key_id,
    formatting.mask,
    formatting.local_time,
    formatting.local_date,
    formatting.plain_local_time,
    formatting.relative,
    formatting.nearness,
    formatting.status,
    formatting.status_text,
    formatting.permission_type,
    formatting.addresses,
):
    register.filter(text)
