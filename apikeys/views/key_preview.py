"""Live feedback in the forms for creating and editing a key."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apikeys.decorators import PageRequest, signed_in
from apikeys.forms.keys import EditForm, NetworksForm, PreviewForm
from apikeys.network import ip_allowlist
from apikeys.views.base import own_key


@require_POST
@signed_in
def check_networks(request: PageRequest) -> HttpResponse:
    """Show what is wrong with the IP allowlist when its field loses focus, or how it will be stored."""
    form = NetworksForm(request.POST)
    stored = form.cleaned_data["networks"] if form.is_valid() else ""
    context = {
        "form": form,
        "networks": stored.split(",") if stored else [],
        "never_seen": ip_allowlist.never_seen(stored, request.client_ip.address),
        "client_ip": request.client_ip,
    }
    return render(request, "apikeys/keys/_ip_allowlist_check.html", context)


@require_POST
@signed_in
def key_preview(request: PageRequest, key_id: int | None = None) -> HttpResponse:
    """Show what the key would be able to do, and its risks, while the form is being filled in."""
    form = PreviewForm(request.POST) if key_id is None else EditForm(request.POST, key=own_key(request, key_id))
    return render(request, "apikeys/keys/_preview.html", {"form": form})
