"""A person with a browser that has no scripts: pages over HTTP, with cookies and forms, against a real server."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

MOST_STEPS = 12
SECONDS = 30


@dataclass
class Form:
    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    # Of each button: its words, name and value, and the address it posts to if it has its own.
    buttons: list[tuple[str, str, str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page as a browser would send them untouched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.open: Form | None = None
        self.select = ""
        self.button: tuple[str, str, str] | None = None
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("action", ""))
            self.found.append(self.open)
        elif self.open is None:
            return
        elif tag == "input" and "name" in given:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.open.fields.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and self.select and ("selected" in given or self.is_first_option()):
            self.open.fields = [one for one in self.open.fields if one[0] != self.select]
            self.open.fields.append((self.select, given.get("value", "")))
        elif tag == "button":
            self.button = (given.get("name", ""), given.get("value", ""), given.get("formaction", ""))
            self.words = []

    def is_first_option(self) -> bool:
        return self.open is not None and self.select not in {name for name, _ in self.open.fields}

    def handle_data(self, data: str) -> None:
        if self.button:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self.button and self.open:
            self.open.buttons.append((" ".join("".join(self.words).split()), *self.button))
            self.button = None
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.open = None


class Visitor:
    """Somebody at `base_url`; redirects are followed while they stay there."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.Client(timeout=SECONDS)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, address: str) -> httpx.Response:
        return self.settle(self.http.get(urljoin(self.base_url, address)))

    def settle(self, answer: httpx.Response) -> httpx.Response:
        """The page, or the redirect that leaves for somewhere else."""
        for _ in range(MOST_STEPS):
            if not answer.has_redirect_location:
                return answer
            there = urljoin(str(answer.url), answer.headers["Location"])
            if urlsplit(there)[:2] != urlsplit(self.base_url)[:2]:
                return answer
            answer = self.http.get(there)
        raise AssertionError(f"It goes round in circles at {answer.url}")

    def press(self, page: httpx.Response, button: str, **values: str) -> httpx.Response:
        """Fill in the form that has this button and press it."""
        for form in Forms(page.text).found:
            for words, name, value, action in form.buttons:
                if words == button:
                    sent = [one for one in form.fields if one[0] not in values] + list(values.items())
                    sent += [(name, value)] if name else []
                    return self.post(page, action or form.action, sent)
        raise AssertionError(f"There is no button “{button}” on {page.url}:\n{page.text}")

    def post(self, page: httpx.Response, action: str, sent: list[tuple[str, str]]) -> httpx.Response:
        there = urljoin(str(page.url), action)
        content = str(httpx.QueryParams(sent))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": str(page.url)}
        return self.settle(self.http.post(there, content=content, headers=headers))

    def sign_in(self, person, page: httpx.Response | None = None) -> httpx.Response:
        """On the page that asks for it, or beforehand."""
        from tests.cast import PASSWORD

        page = page or self.get("/accounts/login/")
        return self.press(page, "Sign in", login=person.email, password=PASSWORD)

    def allow(self, address: str, button: str = "Allow") -> str:
        """Where an app's request ends up after the consent page, if there is one."""
        answer = self.get(address)
        if not answer.has_redirect_location:
            answer = self.press(answer, button)
        assert answer.has_redirect_location, answer.text
        return answer.headers["Location"]
