"""Create a key."""

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.keys import CreateForm
from apikeys.keys import creation
from apikeys.models import Account
from apikeys.views.base import attempt, modal, password_is_due, posted
from apikeys.views.secret_reveal import create_once, reveal


@get_or_post
@sensitive_post_parameters("password", "public_key")
@sensitive_variables("created")
@signed_in
@create_once
def key_create(request: PageRequest) -> HttpResponse:
    template = request.GET.get("template", "")
    form = CreateForm(posted(request), template=template, ask_password=password_is_due(request))
    account = Account.objects.get(user=request.user)
    created = attempt(
        request,
        form,
        lambda by: creation.create(account, form.settings(), kind=form.key_kind, by=by, pair=form.pair()),
    )
    if created:
        return reveal(request, *created, in_browser=form.made_in_browser)
    return modal(request, "keys/create", form=form, account=account)
