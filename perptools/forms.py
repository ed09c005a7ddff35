"""How forms are rendered: with Django's widgets, and our own template around each field."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    field_template_name = "components/_field.html"
