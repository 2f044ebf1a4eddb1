import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail import mailers as mailers_in_use
from django.test import override_settings

from config.mail import mailers


def test_without_an_address_mail_goes_to_the_console_where_its_links_can_be_copied(capsys):
    link = f"http://127.0.0.1:8000/accounts/password/reset/key/{'x' * 80}/"
    with override_settings(MAILERS=mailers("")):
        EmailMessage("Choose a new password — now", f"Here:\n\n{link}", to=["ben@example.test"]).send()
    lines = capsys.readouterr().out.splitlines()
    assert {"To: ben@example.test", "Subject: Choose a new password — now", link} <= set(lines)


def test_in_production_no_link_to_a_new_password_reaches_the_log(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_ENV", "production")
    assert mailers("")["default"]["BACKEND"].endswith("dummy.EmailBackend")


def test_an_address_says_everything_and_django_accepts_it():
    found = mailers("smtp+tls://gate:p%40ss@mail.example")
    assert found["default"]["OPTIONS"] == {
        "host": "mail.example",
        "port": 587,
        "username": "gate",
        "password": "p@ss",
        "use_tls": True,
        "use_ssl": False,
        "timeout": 10,
    }
    with override_settings(MAILERS=found):
        backend = mailers_in_use.create_connection("default")
    assert (backend.host, backend.port, backend.use_tls, backend.password) == ("mail.example", 587, True, "p@ss")


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtp://[::1"])
def test_an_address_that_cannot_be_used_is_refused_with_a_sentence(url):
    with pytest.raises(ImproperlyConfigured, match="GATEHOUSE_EMAIL_URL must look like"):
        mailers(url)
