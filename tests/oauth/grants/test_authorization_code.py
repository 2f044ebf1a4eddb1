"""CG, PK and RU rows at the token endpoint: a code for its tokens."""

import pytest

from tests.cast import make_code, make_yes


def test_a_code_becomes_tokens(wire, acme, app):
    answer = wire.redeem(app, make_code(make_yes(app, acme.ana, "assets:view", "openid")))
    assert answer.status == 200, answer.body
    new = wire.refresh(app, answer.json()["refresh_token"])
    assert new.status == 200, new.body
    assert wire.refresh(app, answer.json()["refresh_token"]).json()["refresh_token"] == new.json()["refresh_token"]
