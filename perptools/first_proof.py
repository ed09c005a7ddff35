"""The first proof that an account's address is its user's own: a new password, set by a link that was mailed to it.

Anybody can sign up with somebody else's address. Whoever proves it is the account's owner, and nothing that was made
before may go on working behind their back: not a session (the new password ends them), not another address, to which a
link could be mailed, and no key. A second factor cannot be there: allauth lets nobody set one up before.
"""

from allauth.account.models import EmailAddress

from apikeys import lifecycle
from apikeys.lifecycle import Actor
from apikeys.models import ApiKey

PAUSED_BECAUSE = (
    "The password was reset by a link to an address that was never confirmed before. "
    "Somebody else may have made this key: resume it only if you know it."
)


def hand_over(address: EmailAddress) -> list[ApiKey]:
    """Give an account to whoever proved its address. Returns the keys that are paused by it."""
    EmailAddress.objects.filter(user=address.user).exclude(pk=address.pk).delete()
    address.set_verified()
    address.set_as_primary()
    return lifecycle.pause_all(address.user.account, by=Actor(), reason=PAUSED_BECAUSE)
