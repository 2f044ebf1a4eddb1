"""Get a token from the consumer's own page: the real request through the real pipeline, shown as a program sees it.
The secret is used once and kept nowhere."""

from __future__ import annotations

import json
from base64 import b64encode
from http.client import responses
from urllib.parse import quote_plus, urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from consumers.models import Consumer
from oauth import clients, pipeline
from oauth.request import FORM, WireRequest
from oauth.response import WireResponse
from permissions.object_access import may_manage, visible
from tenants.access import member_required
from tenants.middleware import TenantRequest

SHOWN_HEADERS = frozenset({"Content-Type", "Cache-Control", "WWW-Authenticate", "Retry-After"})
LONGEST = 255


@sensitive_post_parameters("secret")
@require_POST
@member_required
@never_cache
def tester(request: TenantRequest, pk: int) -> HttpResponse:
    consumer: Consumer = get_object_or_404(visible(request.membership, Consumer.objects.present()), pk=pk)
    if not may_manage(request.membership, consumer):
        raise PermissionDenied
    secret, scope = request.POST.get("secret", "").strip(), request.POST.get("scope", "").strip()
    answer = pipeline.answer(token_request(request, consumer, secret[:LONGEST], scope))
    context = {"consumer": consumer, "tester_url": reverse("oauth:tester", args=[pk]), "scope": scope, **shown(answer)}
    return render(request, "oauth/tested.html", context)


def token_request(request: TenantRequest, consumer: Consumer, secret: str, scope: str) -> WireRequest:
    """What a program of the consumer would send, from the address of the person who tries it."""
    fields = {"grant_type": consumer.grant_type, **({"scope": scope} if scope else {})}
    authorization = ""
    if consumer.token_endpoint_auth_method == clients.POST:
        fields |= {"client_id": consumer.key, "client_secret": secret}
    else:
        pair = f"{quote_plus(consumer.key)}:{quote_plus(secret)}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return WireRequest(
        method="POST",
        endpoint="token",
        slug=request.tenant.slug,
        host=None,
        issuer=request.tenant.issuer,
        content_type=FORM,
        body=urlencode(fields).encode(),
        authorization=authorization,
        address=getattr(request, "client_address", None),
        request_id=getattr(request, "id", ""),
    )


def shown(answer: WireResponse) -> dict[str, object]:
    """Status, headers that matter and JSON."""
    return {
        "worked": answer.status == 200,
        "status": f"{answer.status} {responses[answer.status]}",
        "headers": [(name, value) for name, value in answer.headers if name in SHOWN_HEADERS],
        "body": json.dumps(json.loads(answer.body), indent=2),
    }
