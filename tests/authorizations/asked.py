"""An app's request as it waits for a person's answer, and the browser it came in by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from authorizations import browser, requests
from authorizations.models import Authorization, AuthorizationRequest, DeviceCode
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import CALLBACK, CHALLENGE, App, Company
from tests.consumers.pages import signed_in

AN_HOUR = timezone.timedelta(hours=1)


@dataclass
class Asked:
    """`path` is the consent page."""

    company: Company
    person: User
    kept: AuthorizationRequest
    path: str
    client: Client

    def get(self):
        return self.client.get(self.path)

    def page(self) -> str:
        answer = self.get()
        assert answer.status_code == 200, answer.content.decode()
        return answer.content.decode()

    def answer(self, verb: str, **typed: Any):
        """Post the page as it is now, with everything ticked that can be, and `typed` over it."""
        context = self.get().context
        form, question = context["form"], context["question"]
        filled = {"seen": form["seen"].value(), "ticked": sorted(question.optional)}
        if question.ends:
            filled["lasts"] = question.ends[0][0]
        return self.client.post(f"{self.path}{verb}/", {**filled, **typed})

    def allow(self, **typed: Any):
        return self.answer("allow", **typed)

    def deny(self):
        return self.client.post(f"{self.path}deny/")

    @property
    def goes_on_at(self) -> str:
        return f"{self.company.path}/oauth/authorize/{self.path.rstrip('/').rpartition('/')[2]}"

    def again(self) -> AuthorizationRequest:
        with tenant_scope(self.company.tenant):
            return AuthorizationRequest.objects.select_related("family", "user").get(pk=self.kept.pk)

    def authorization(self) -> Authorization | None:
        with tenant_scope(self.company.tenant):
            return Authorization.objects.live().filter(consumer=self.kept.consumer, user=self.person).first()

    def log(self) -> list[AuditEvent]:
        with tenant_scope(self.company.tenant):
            return list(AuditEvent.objects.filter(verb__startswith="authorization.").order_by("sequence"))


def ask(company: Company, app: App, person: User, *scopes: str, client: Client | None = None, **fields: Any) -> Asked:
    """As the authorization endpoint leaves it when the consent page is next."""
    client = client or signed_in(person)
    secret = client.cookies[browser.COOKIE].value if browser.COOKIE in client.cookies else requests.new_browser()
    client.cookies[browser.COOKIE] = secret
    with tenant_scope(company.tenant):
        filled = {"redirect_uri": CALLBACK, "code_challenge": CHALLENGE, "user": person, **fields}
        kept = requests.keep(app.consumer, browser=secret, scopes=sorted(scopes or app.consumer.ceiling), **filled)
        path = f"{company.path}/consent/{requests.reference(kept)}/"
    return Asked(company, person, kept, path, client)


def ask_for_a_device(company: Company, app: App, person: User, *scopes: str, **fields: Any) -> Asked:
    with tenant_scope(company.tenant):
        wanted = sorted(scopes or app.consumer.ceiling)
        device = DeviceCode.objects.create(
            consumer=app.consumer,
            scopes=wanted,
            **{
                "device_checksum": requests.new_browser()[:16].encode(),
                "user_code_checksum": requests.new_browser()[:16].encode(),
                "expires": timezone.now() + AN_HOUR,
                **fields,
            },
        )
    return ask(company, app, person, *wanted, device_code=device, redirect_uri="", code_challenge="", user=None)
