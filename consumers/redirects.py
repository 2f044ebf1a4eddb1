"""Where answers may go: what a redirect URI may look like (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 and §4.1), when
two are the same, and which part differs when they are not. Strings are compared as they are: nothing is normalised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 500
MOST = 20

# What RFC 3986 lets an URI be written in, but for the apostrophe, which ends a string in most of what people paste a
# URI into (it may be written as %27); percent signs only before two digits. The wildcard has its own sentence.
WRITTEN = re.compile(r"(?:[A-Za-z0-9\-._~:/?@!$&()*+,;=\[\]#]|%[0-9A-Fa-f]{2})+")
LOOPBACK = re.compile(r"http://(?P<host>127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>(?:[/?].*)?)")
# RFC 8252 §7.1: a domain name under the app's control, in reverse order.
PRIVATE_USE = re.compile(r"[a-z][a-z0-9+\-]*(?:\.[a-z0-9+\-]+)+")
DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?", re.IGNORECASE)
IPV6 = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)
# Names that the answer itself carries (RFC 6749 §4.1.2, RFC 9207, OpenID Connect session management): a URI that has
# one already would give its app two, and the choice between them to whoever wrote the link.
OF_THE_ANSWER = frozenset(
    {"code", "state", "iss", "error", "error_description", "error_uri", "response", "session_state"}
    | {"access_token", "refresh_token", "id_token", "token_type", "expires_in"}
)
LARGEST_PORT = 65535


class Redirects(Protocol):
    """What is asked about: a Consumer, or a row of it."""

    @property
    def redirect_uris(self) -> str: ...
    @property
    def is_public(self) -> bool: ...


# ---- Registration


def validate(uri: str, *, public: bool) -> None:
    """Raises ValidationError saying what is wrong. https everywhere, http on this computer by its IP address alone,
    a scheme of the app's own only for `public` apps, which run on the person's device."""
    parts = written(uri)
    if parts.scheme == "https":
        _validate_host(parts)
    elif parts.scheme == "http":
        _validate_loopback(uri, parts)
    else:
        _validate_private_use(uri, parts, public=public)
    if DOT_SEGMENT.search(parts.path):
        raise ValidationError(_("Write the path without “.” and “..”."), code="path")
    if OF_THE_ANSWER & {name.lower() for name, _value in parse_qsl(parts.query, keep_blank_values=True)}:
        raise ValidationError(
            _("Leave out code, state, iss and error: Gatehouse adds them to its answer."), code="parameter"
        )


def validate_web(uri: str) -> None:
    """Pages people are sent to: https with a host, nothing hidden in them."""
    parts = written(uri)
    if parts.scheme != "https":
        raise ValidationError(_("Begin with https://"), code="scheme")
    _validate_host(parts)


def validate_called(uri: str) -> None:
    """An address that Gatehouse calls: https, and while one develops this computer too (oauth.outbound, which decides
    by itself again when it calls)."""
    if settings.ENVIRONMENT == "production" or not is_loopback(uri):
        validate_web(uri)
    else:
        written(uri)


def validate_origin(origin: str) -> None:
    """An origin exactly as browsers send it (RFC 6454 §6.2): lower case, without path, slash or the usual port."""
    parts = written(origin)
    if parts.scheme not in {"https", "http"}:
        raise ValidationError(_("Begin with https://"), code="scheme")
    _validate_host(parts)
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValidationError(
            _("Use https. http is allowed only on this computer, such as http://127.0.0.1:8000."), code="http"
        )
    usual = {"https": 443, "http": 80}[parts.scheme]
    if origin != f"{parts.scheme}://{parts.netloc}".lower() or parts.port == usual:
        raise ValidationError(
            _("Write it as browsers send it: scheme, host and port in lower case, no slash at the end."), code="origin"
        )


def validate_resource(identifier: str) -> None:
    """An API's identifier (RFC 8707 §2): an absolute URI without fragment. It is compared, never fetched."""
    parts = written(identifier)
    if parts.scheme in {"http", "https"}:
        _validate_host(parts)
    elif parts.scheme != "urn":
        raise ValidationError(_("Begin with https:// or urn:"), code="scheme")
    elif not re.fullmatch(r"[a-z0-9\-]{2,32}:.+", parts.path, re.IGNORECASE):
        raise ValidationError(_("Write a complete URN, such as urn:example:stock."), code="urn")


def written(uri: str) -> SplitResult:
    """The parts of an absolute URI that is written as RFC 3986 has it, without fragment, wildcard and user."""
    if len(uri) > LONGEST:
        raise ValidationError(_("Use %(most)s characters at most."), code="long", params={"most": LONGEST})
    if not uri.isascii():
        raise ValidationError(
            _("Use ASCII characters only: write an international domain name as xn--…, the rest percent-encoded."),
            code="ascii",
        )
    if "\\" in uri:
        raise ValidationError(_("Leave out the backslash."), code="backslash")
    if not WRITTEN.fullmatch(uri):
        raise ValidationError(
            _("Leave out spaces, control characters and signs that an address can't have."), code="characters"
        )
    if "#" in uri:
        raise ValidationError(_("Leave out the fragment: everything from “#” on."), code="fragment")
    if "*" in uri:
        raise ValidationError(_("Leave out the wildcard “*”: write each address in full."), code="wildcard")
    try:
        parts = urlsplit(uri)
        _port = parts.port
    except ValueError:
        raise ValidationError(_("Write the host and the port correctly."), code="host") from None
    if not parts.scheme:
        raise ValidationError(_("Write the complete address, beginning with https://"), code="relative")
    if "@" in parts.netloc:
        raise ValidationError(_("Leave out the user name and password before “@”."), code="userinfo")
    return parts


def _validate_host(parts: SplitResult) -> None:
    host = parts.netloc
    if parts.port is not None or host.endswith(":"):
        host, _colon, port = host.rpartition(":")
        if not port or port.startswith("0"):
            raise ValidationError(_("Write the host and the port correctly."), code="host")
    if not host:
        raise ValidationError(_("Write the complete address, with a host."), code="host")
    if not (_is_ipv6(host) or _is_name(host)):
        raise ValidationError(_("Write the host and the port correctly."), code="host")


def _is_ipv6(host: str) -> bool:
    return bool(IPV6.fullmatch(host))  # urlsplit refuses brackets around anything else


def _is_name(host: str) -> bool:
    """A domain name or an IPv4 address in its one usual form: browsers read 127.1 and 2130706433 as addresses."""
    labels = host.split(".")
    if labels[-1].isdigit() or labels[-1].lower().startswith("0x"):
        try:
            return str(IPv4Address(host)) == host
        except ValueError:
            return False
    return len(host) < 254 and all(map(LABEL.fullmatch, labels))


def _validate_loopback(uri: str, parts: SplitResult) -> None:
    found = LOOPBACK.fullmatch(uri)
    if found and int(found["port"] or 80) <= LARGEST_PORT:
        return
    if parts.hostname == "localhost":
        # RFC 8252 §8.3: a name can be resolved to somewhere else.
        raise ValidationError(_("Write 127.0.0.1 or [::1] instead of localhost."), code="localhost")
    raise ValidationError(
        _("Use https. http is allowed only on this computer, such as http://127.0.0.1:8000."), code="http"
    )


def _validate_private_use(uri: str, parts: SplitResult, *, public: bool) -> None:
    """urlsplit has the scheme in lower case; in the URI it must be so already, as PRIVATE_USE is."""
    scheme = uri.partition(":")[0]
    if not PRIVATE_USE.fullmatch(scheme):
        raise ValidationError(
            _("Begin with https://, or with a scheme of the app's own that has a period, such as com.example.app:/"),
            code="scheme",
        )
    if not public:
        raise ValidationError(_("Begin with https://. Only public apps may have a scheme of their own."), code="scheme")
    if not uri.startswith(f"{scheme}:/"):
        raise ValidationError(_("Write a path after the scheme, such as com.example.app:/callback."), code="path")


# ---- Requests


def find(consumer: Redirects, asked: str) -> str | None:
    """The registered URI that `asked` is, if any."""
    public = consumer.is_public
    return next((one for one in listed(consumer) if matches(one, asked, public=public)), None)


def listed(consumer: Redirects) -> list[str]:
    return consumer.redirect_uris.split()


def matches(registered: str, asked: str, *, public: bool) -> bool:
    """Character by character (RFC 9700 §4.1.3); the port of a loopback address is a public app's own choice at the
    moment it asks (RFC 8252 §7.3)."""
    if registered == asked:
        return True
    if not public:
        return False
    ours, theirs = LOOPBACK.fullmatch(registered), LOOPBACK.fullmatch(asked)
    return bool(
        ours
        and theirs
        and ours["host"] == theirs["host"]
        and ours["rest"] == theirs["rest"]
        and int(theirs["port"] or 80) <= LARGEST_PORT
    )


def is_loopback(uri: str) -> bool:
    """Whether the answer stays on the person's computer."""
    return LOOPBACK.fullmatch(uri) is not None


def host_of(uri: str) -> str:
    """What a person is shown as the answer's goal, of a registered URI: the host, with a port that isn't the usual
    one; the scheme of an app's own. This computer's port says nothing."""
    parts = urlsplit(uri)
    if parts.scheme not in {"https", "http"}:
        return parts.scheme
    host = parts.netloc.lower()
    if is_loopback(uri):
        return host.rpartition(":")[0] if parts.port else host
    return host.removesuffix(":443")


# ---- Recent failures


def difference(registered: Iterable[str], asked: str) -> str:
    """Which part of `asked` is unlike the registered URI that is nearest: unregistered (there is none), unreadable,
    fragment, userinfo, scheme, host, port, path, trailing_slash, case, encoding, query; same if nothing is."""
    try:
        parts = urlsplit(asked)
        _port = parts.port
    except ValueError:
        return "unreadable"
    found = [_differing(urlsplit(one), one, parts, asked) for one in registered]
    return min(found, key=len)[0] if found else "unregistered"


def _differing(ours: SplitResult, registered: str, theirs: SplitResult, asked: str) -> list[str]:
    if registered == asked:
        return ["same"]
    differing = []
    if "#" in asked:
        differing.append("fragment")
    if "@" in theirs.netloc:
        differing.append("userinfo")
    if ours.scheme != theirs.scheme:
        differing.append("scheme")
    if ours.hostname != theirs.hostname:
        differing.append("host")
    elif _port_of(ours) != _port_of(theirs):
        differing.append("port")
    if ours.path != theirs.path:
        differing.append(_of_paths(ours.path, theirs.path))
    if ours.query != theirs.query or ("?" in registered) != ("?" in asked):
        differing.append("query")
    # Alike in all parts, unlike as written: upper case in scheme or host, a usual port written out.
    return differing or ["case" if registered.lower() == asked.lower() else "encoding"]


def _port_of(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2].rpartition("]")[2].partition(":")[2]


def _of_paths(ours: str, theirs: str) -> str:
    if ours.rstrip("/") == theirs.rstrip("/"):
        return "trailing_slash"
    if ours.lower() == theirs.lower():
        return "case"
    return "encoding" if unquote(ours) == unquote(theirs) else "path"
