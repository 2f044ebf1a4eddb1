"""Bearer tokens at our own API (RFC 6750)."""

from rest_framework.authentication import BaseAuthentication


class BearerAuthentication(BaseAuthentication):
    pass
