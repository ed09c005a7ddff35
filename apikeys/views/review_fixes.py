"""Apply a fix to one key, or to all keys with the same finding."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from apikeys import wording
from apikeys.decorators import PageRequest, get_or_post, signed_in
from apikeys.forms.review import ChosenKeysForm
from apikeys.keys import undo
from apikeys.models import Account, ApiKey
from apikeys.review import fixes
from apikeys.review.findings import Fix
from apikeys.review.groups import SharedFix
from apikeys.views.base import attempt, changed, modal, next_page, posted
from apikeys.views.review import own_findings, settled

DONE = {  # of one key, and of several
    Fix.READ_ONLY: ("{} can only read now", "{} can only read now"),
    Fix.LOCK: ("{} is locked to where it was used", "{} are locked to where they were used"),
    Fix.PAUSE: ("{} is paused", "{} are paused"),
}


@get_or_post
@signed_in
def fix(request: PageRequest, code: str, verb: str, key_id: int | None = None) -> HttpResponse:
    """Apply a fix to the chosen keys. Where it would do something else than was shown, the modal shows it again."""
    wanted, form = fix_called(verb), ChosenKeysForm(posted(request))
    account = Account.objects.get(user=request.user)
    if done := attempt(request, form, lambda by: fixes.apply(wanted, code, form.chosen, account, by=by)):
        url = f"{reverse('apikeys:undo')}?{urlencode({'event': undo.newest_events(done)}, doseq=True)}"
        return changed(request, said(wanted, done, len(form.chosen)), undo=url, back=next_page(request, "review:list"))
    offers = [fixes.offer(wanted, one) for one in own_findings(request, code, key_id) if wanted in one.fixes]
    if not offers:
        return settled(request)
    choices = [(offer, form.is_chosen(offer.finding.key.pk)) for offer in offers]
    return modal(request, "review/fix", form=form, shown=SharedFix(wanted, offers), choices=choices, active="review")


def fix_called(verb: str) -> Fix:
    if verb not in fixes.AT_ONCE:
        raise Http404
    return Fix(verb)


def said(wanted: Fix, done: list[ApiKey], chosen: int) -> str:
    one, several = DONE[wanted]
    what = one.format(done[0].name) if len(done) == 1 else several.format(f"{len(done)} keys")
    skipped = chosen - len(done)
    return f"{what}. {wording.counted(skipped, 'key')} changed in the meantime: check again" if skipped else what
