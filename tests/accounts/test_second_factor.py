"""The second factor: what must not stand in the way of having one."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from django.test import Client

from tests.cast import make_user


def test_whoever_asks_for_a_new_password_in_your_name_does_not_keep_you_from_a_second_factor():
    person = make_user()
    Client().post("/accounts/password/reset/", {"email": person.email})
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.pk)
    session.save()
    response = browser.get("/accounts/2fa/totp/activate/")
    assert response.status_code == 200
    assert "QR" in response.content.decode()
