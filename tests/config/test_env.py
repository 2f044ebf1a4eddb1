"""config.env: what an operator may write, and the secrets a checkout makes for itself."""

import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "GATEHOUSE_EXAMPLE"


@pytest.fixture
def fresh_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(env, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(env, "LOCAL_SECRETS", tmp_path / ".local" / "secrets.env")
    monkeypatch.setenv("GATEHOUSE_ENV", "development")
    for name in ("GATEHOUSE_SECRET_KEY", "GATEHOUSE_PEPPER", "GATEHOUSE_KEYRING"):
        monkeypatch.delenv(name, raising=False)
    env.local_secrets.cache_clear()
    yield tmp_path
    env.local_secrets.cache_clear()


@pytest.mark.parametrize(("given", "meant"), [("1", True), ("Yes", True), ("off", False), ("", True), (" ", True)])
def test_a_choice_is_true_or_false(given, meant, monkeypatch):
    monkeypatch.setenv(NAME, given)
    assert env.boolean(NAME, True) is meant


@pytest.mark.parametrize(
    ("read", "given", "sentence"),
    [
        (lambda: env.boolean(NAME, True), "maybe", f"{NAME} must be true or false, not 'maybe'."),
        (lambda: env.integer(NAME, 1), "-1", f"{NAME} must be a whole number of at least 0, not '-1'."),
        (lambda: env.integer(NAME, 1), "²", f"{NAME} must be a whole number of at least 0, not '²'."),
        (lambda: env.integer(NAME, 1, minimum=1), "0", f"{NAME} must be a whole number of at least 1, not '0'."),
    ],
)
def test_what_can_not_be_meant_is_one_sentence(read, given, sentence, monkeypatch):
    monkeypatch.setenv(NAME, given)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    assert str(refused.value) == sentence


def test_a_list_is_split_at_commas_and_an_empty_one_is_the_default(monkeypatch):
    monkeypatch.setenv(NAME, " a.example, b.example ,,")
    assert env.csv(NAME) == ["a.example", "b.example"]
    monkeypatch.setenv(NAME, "")
    assert env.csv(NAME, ("x",)) == ["x"]


def test_an_unknown_environment_is_refused(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_ENV", "prod")
    with pytest.raises(ImproperlyConfigured, match="must be development, production or test, not 'prod'"):
        env.environment()


def test_a_fresh_checkout_makes_its_secrets_once_and_for_its_owner_only(fresh_checkout):
    made = {name: env.secret(name) for name in ("GATEHOUSE_SECRET_KEY", "GATEHOUSE_PEPPER", "GATEHOUSE_KEYRING")}
    assert len(set(made.values())) == 3
    assert stat.S_IMODE(env.LOCAL_SECRETS.stat().st_mode) == 0o600
    env.local_secrets.cache_clear()
    env.create_local_secrets()
    assert {name: env.secret(name) for name in made} == made
    assert [path.name for path in env.LOCAL.iterdir()] == ["secrets.env"]


def test_production_never_makes_a_secret_up(fresh_checkout, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_ENV", "production")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret("GATEHOUSE_PEPPER")
    assert str(refused.value) == "Set GATEHOUSE_PEPPER (or GATEHOUSE_PEPPER_FILE, a file that holds it)."
    assert not env.LOCAL_SECRETS.exists()


def test_a_secret_may_come_from_a_file(fresh_checkout, monkeypatch):
    file = fresh_checkout / "pepper"
    file.write_text("from the file\n")
    monkeypatch.setenv("GATEHOUSE_PEPPER_FILE", str(file))
    assert env.secret("GATEHOUSE_PEPPER") == "from the file"
    monkeypatch.setenv("GATEHOUSE_PEPPER", "from the environment")
    assert env.secret("GATEHOUSE_PEPPER") == "from the environment"


def test_a_secret_file_that_is_missing_is_one_sentence(fresh_checkout, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_PEPPER_FILE", "/nowhere/pepper")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret("GATEHOUSE_PEPPER")
    assert str(refused.value) == "GATEHOUSE_PEPPER_FILE can't be read: /nowhere/pepper (No such file or directory)."
