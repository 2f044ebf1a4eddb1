"""The process environment, typed: what an operator chose, and the secrets of this installation."""

import os
from base64 import b64encode
from functools import cache
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Literal

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOCAL_SECRETS = LOCAL / "secrets.env"

Environment = Literal["development", "production", "test"]
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    given = text(name)
    if not given:
        return default
    if not given.isascii() or not given.isdecimal() or int(given) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {minimum}, not {given!r}.")
    return int(given)


def seconds(name: str, default: int) -> int:
    return integer(name, default)


def boolean(name: str, default: bool) -> bool:
    given = text(name).lower()
    if not given:
        return default
    if given not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {given!r}.")
    return given in TRUE


def csv(name: str, default: tuple[str, ...] = ()) -> list[str]:
    given = text(name)
    return [part.strip() for part in given.split(",") if part.strip()] if given else list(default)


def secret(name: str) -> str:
    """From NAME, from the file NAME_FILE names, or (never in production) from this checkout's own."""
    given = optional_secret(name)
    if given:
        return given
    if environment() == "production":
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE, a file that holds it).")
    return local_secrets()[name]


def optional_secret(name: str) -> str:
    path = text(f"{name}_FILE")
    if not path or text(name):
        return text(name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {path} ({error.strerror}).") from None


def environment() -> Environment:
    match text("GATEHOUSE_ENV", "development"):
        case "development":
            return "development"
        case "production":
            return "production"
        case "test":
            return "test"
        case other:
            raise ImproperlyConfigured(f"GATEHOUSE_ENV must be development, production or test, not {other!r}.")


def data_folder() -> Path:
    return Path(text("GATEHOUSE_DATA", str(LOCAL / "data"))).expanduser().absolute()


@cache
def local_secrets() -> dict[str, str]:
    if not LOCAL_SECRETS.exists():
        create_local_secrets()
    lines = LOCAL_SECRETS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def create_local_secrets() -> None:
    """Complete or not at all, never over another process's: a lost pepper ends every credential."""
    made = {
        "GATEHOUSE_SECRET_KEY": token_urlsafe(48),
        "GATEHOUSE_PEPPER": token_urlsafe(48),
        "GATEHOUSE_KEYRING": f"local:{b64encode(token_bytes(32)).decode()}",
    }
    LOCAL.mkdir(exist_ok=True)
    draft = LOCAL_SECRETS.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in made.items())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, LOCAL_SECRETS)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
