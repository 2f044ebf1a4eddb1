"""Errands: what follows when a stranger typed an e-mail address, whether it is anybody's or not. They are left as rows
and run by the background worker, so that no answer tells by the time it takes whose address is known, and a mail server
that is down is an error page to nobody.
"""

from __future__ import annotations

import logging
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Final
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, override

from accounts.models import Errand, User
from tenants import outbox
from tenants.audit import Origin, acting
from tenants.context import platform_url
from tenants.members import record_refused_sign_in

logger = logging.getLogger("gatehouse.worker")

AT_ONCE: Final = 300
LONGEST_EMAIL: Final = 254


def leave(kind: str, email: str, request: HttpRequest) -> None:
    """One statement, the same for every address. A longer one than anybody has is nobody's."""
    if len(email) <= LONGEST_EMAIL:
        Errand.objects.create(
            kind=kind,
            email=email.lower(),
            language=get_language() or "",
            address=request.client_address,  # type: ignore[attr-defined]
            request_id=request.id,  # type: ignore[attr-defined]
        )


def run_due() -> int:
    """A piece of what is due, the longest waiting first. Returns how many were done."""
    done = 0
    for errand in Errand.objects.filter(due_at__lte=timezone.now()).order_by("due_at")[:AT_ONCE]:
        outbox.put_off(errand)
        try:
            run(errand)
        except OSError as problem:
            give_up_in_time(errand, problem)
            if not isinstance(problem, SMTPRecipientsRefused | SMTPResponseException):
                # The mail server can't be reached: the others would only wait for it, too.
                break
        else:
            errand.delete()
            done += 1
    return done


def give_up_in_time(errand: Errand, problem: OSError) -> None:
    """Told without its words, which name the person."""
    what = (type(problem).__name__, errand.attempts)
    if not outbox.was_last(errand):
        logger.warning("A link to a new password could not be sent: %s at try %d; it is tried again.", *what)
        return
    logger.error("A link to a new password could not be sent: %s at try %d; it is given up.", *what)
    errand.delete()


def run(errand: Errand) -> None:
    """Raises OSError when the mail server can't be reached or refuses."""
    user = User.objects.filter(email=errand.email).first()
    if user is None:
        return
    if errand.kind == Errand.Kind.REFUSED:
        with acting(Origin(address=errand.address, request_id=errand.request_id)):
            record_refused_sign_in(user)
    elif user.is_active:
        with override(errand.language or settings.LANGUAGE_CODE):
            message_for_a_new_password(user).send()


def message_for_a_new_password(user: User) -> EmailMessage:
    """With the link that works once (settings.PASSWORD_RESET_TIMEOUT seconds)."""
    path = platform_url(
        "account_reset_password_from_key", user_pk_to_url_str(user), default_token_generator.make_token(user)
    )
    context = {
        "password_reset_url": f"{settings.GATEHOUSE_BASE_URL}{path}",
        "site_name": urlsplit(settings.GATEHOUSE_BASE_URL).netloc,
    }
    subject = render_to_string("account/email/password_reset_key_subject.txt", context)
    body = render_to_string("account/email/password_reset_key_message.txt", context)
    return EmailMessage(subject.strip(), body.strip(), to=[user.email])
