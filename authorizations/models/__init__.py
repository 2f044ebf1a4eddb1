"""What was granted: the durable yes, and the codes and tokens that hang on it."""

from authorizations.models.authorization import Authorization
from authorizations.models.codes import AuthorizationCode, DeviceCode
from authorizations.models.families import TokenFamily
from authorizations.models.requests import AuthorizationRequest
from authorizations.models.tokens import AccessToken, IDToken, RefreshToken, RevokedToken

__all__ = [
    "AccessToken",
    "Authorization",
    "AuthorizationCode",
    "AuthorizationRequest",
    "DeviceCode",
    "IDToken",
    "RefreshToken",
    "RevokedToken",
    "TokenFamily",
]
