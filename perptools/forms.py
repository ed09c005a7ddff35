"""Form rendering: Django's widgets, with our template around each field."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    field_template_name = "components/_field.html"
