from datetime import timedelta

import pytest
from django.utils import timezone

from consumers import registration
from consumers.models import Consumer, ConsumerSecret
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.api.caller import GOODS, Caller, manager_of
from tests.cast import Machine, make_app, make_group, make_machine

# What an app that acts for people has, as a machine has it.
OF_PEOPLE = {
    "skips_consent": False,
    "redirect_uris": [],
    "url": "",
    "privacy_policy_url": "",
    "eula_url": "",
    "optional_scopes": [],
    "issues_refresh_tokens": True,
    "refresh_idle_seconds": None,
    "refresh_absolute_seconds": None,
    "allows_device_flow": False,
    "allowed_origins": [],
    "post_logout_redirect_uris": [],
    "backchannel_logout_url": "",
    "id_token_algorithm": "RS256",
    "pairwise_subject": False,
    "legacy_without_pkce": False,
}


def stored(company, pk):
    with tenant_scope(company.tenant):
        return Consumer.objects.get(pk=pk)


class TestRegistering:
    @pytest.mark.rfc("6749", "2.3.1", "CA-24")
    def test_the_secret_is_in_the_answer_and_gets_a_token(self, acme, api):
        group = make_group(acme.tenant, "assets:view", "work_orders:view")

        answer = api.post("consumers", {"name": "Ledger sync", "permission_groups": [group.pk]})

        body = answer.json()
        assert answer.status_code == 201, body
        assert answer["Location"] == f"{acme.path}/api/v1/consumers/{body['id']}"
        secret, made = body.pop("client_secret"), stored(acme, body["id"])
        assert body == {
            "id": made.pk,
            "client_id": made.client_id,
            "name": "Ledger sync",
            "description": "",
            "grant_type": "client_credentials",
            "permission_groups": [group.pk],
            "scopes": ["assets:view", "work_orders:view"],
            "token_format": "opaque",
            "access_token_seconds": None,
            "token_endpoint_auth_method": "",
            "default_scopes": [],
            "resource": "",
            "client_type": "confidential",
            "is_first_party": False,
            **OF_PEOPLE,
            "state": "active",
            "created_at": body["created_at"],
            "updated_at": body["updated_at"],
            "suspended_at": None,
            "last_accessed_at": None,
        }
        assert Caller(acme, Machine(made, secret)).token
        assert "client_secret" not in api.get(f"consumers/{made.pk}").json()

    def test_everything_can_be_said(self, acme, api):
        group = make_group(acme.tenant, "assets:view", "work_orders:view")
        wanted = {
            "name": "Ledger sync",
            "description": "Books what was done",
            "grant_type": "client_credentials",
            "permission_groups": [group.pk],
            "token_format": "jwt",
            "access_token_seconds": 900,
            "token_endpoint_auth_method": "client_secret_basic",
            "default_scopes": ["assets:view"],
        }

        body = api.post("consumers", wanted).json()

        assert {name: body[name] for name in wanted} == wanted

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("name", None, "This field may not be null."),
            ("name", "", "This field may not be blank."),
            ("name", "x" * 81, "Ensure this field has no more than 80 characters."),
            ("name", "a\u202eb", "Use visible characters only."),
            ("name", "a\0b", "Null characters are not allowed."),
            ("permission_groups", [], "This list may not be empty."),
            ("permission_groups", [999999999], "Choose permission groups of this company."),
            ("permission_groups", ["x"], "A valid integer is required."),
            ("permission_groups", "x", 'Expected a list of items but got type "str".'),
            ("token_format", "saml", '"saml" is not a valid choice.'),
            ("access_token_seconds", 899, "Ensure this value is greater than or equal to 900."),
            ("access_token_seconds", 3601, "The company allows 3600 seconds at most."),
            ("grant_type", "password", '"password" is not a valid choice.'),
            ("default_scopes", ["inventory:view"], "The permission groups don't allow inventory:view."),
            ("tenant", 1, "There is no such field."),
            ("client_secret", "mine", "There is no such field."),
        ],
    )
    def test_a_wrong_field_is_named(self, acme, api, field, value, sentence):
        group = make_group(acme.tenant)
        wanted = {"name": "Ledger sync", "permission_groups": [group.pk], field: value}

        answer = api.post("consumers", wanted)

        body = answer.json()
        assert answer.status_code == 400
        assert (body["error"], body["error_description"]) == ("invalid_request", "The request is not valid.")
        assert list(body["fields"]) == [field]
        assert sentence in body["fields"][field]

    def test_a_name_that_is_taken_is_said_at_the_field(self, acme, api):
        machine = make_machine(acme.tenant, "assets:view", name="Ledger sync")
        group = make_group(acme.tenant, "assets:view")

        answer = api.post("consumers", {"name": "Ledger sync", "permission_groups": [group.pk]})

        assert answer.json()["fields"] == {"name": ["Another OAuth consumer of this company has this name."]}
        other = make_machine(acme.tenant, "assets:view")
        assert api.patch(f"consumers/{other.consumer.pk}", {"name": machine.consumer.name}).status_code == 400

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-05")
    def test_a_group_of_another_company_is_unknown(self, acme, beta, api):
        theirs = make_group(beta.tenant, "assets:view")

        answer = api.post("consumers", {"name": "Ledger sync", "permission_groups": [theirs.pk]})

        assert answer.json()["fields"] == {"permission_groups": ["Choose permission groups of this company."]}

    def test_a_group_that_somebody_deletes_meanwhile_is_said_at_the_field(
        self, acme, api, owner_connection, monkeypatch
    ):
        group = make_group(acme.tenant, "assets:view")

        def meanwhile(request, scopes):
            owner_connection.execute("DELETE FROM permissions_permissiongroup WHERE id = %s", [group.pk])

        monkeypatch.setattr("consumers.rest.refuse_beyond", meanwhile)

        answer = api.post("consumers", {"name": "Ledger sync", "permission_groups": [group.pk]})

        assert answer.status_code == 400
        assert answer.json()["fields"] == {"permission_groups": ["Choose permission groups of this company."]}
        with tenant_scope(acme.tenant):
            assert not Consumer.objects.filter(name="Ledger sync").exists()

    def test_nobody_hands_on_more_than_they_have(self, acme):
        modest = manager_of(acme, "consumers:add", "consumers:edit", "consumers:view", "assets:view")
        strong, weak = make_group(acme.tenant, "work_orders:edit"), make_group(acme.tenant, "assets:view")
        other = make_machine(acme.tenant, groups=[weak]).consumer

        made = modest.post("consumers", {"name": "Ledger sync", "permission_groups": [strong.pk]})
        widened = modest.patch(f"consumers/{other.pk}", {"permission_groups": [weak.pk, strong.pk]})
        promoted = modest.patch(f"consumers/{modest.machine.consumer.pk}", {"permission_groups": [strong.pk, weak.pk]})

        for answer in (made, widened, promoted):
            assert answer.status_code == 403
            assert answer.json()["error"] == "beyond_own_permissions"
            assert "work_orders:edit" in answer.json()["error_description"]
        with tenant_scope(acme.tenant):
            assert not Consumer.objects.filter(name="Ledger sync").exists()
            assert [group.pk for group in other.groups.all()] == [weak.pk]

    def test_a_narrowed_token_mints_nothing_wider_than_itself(self, acme):
        machine = make_machine(acme.tenant, "consumers:add", "consumers:edit", "assets:view", "work_orders:edit")
        narrowed = Caller(acme, machine, scope="consumers:add consumers:edit")
        suspended = make_machine(acme.tenant, "assets:view").consumer
        with tenant_scope(acme.tenant):
            own = machine.consumer.groups.get()
            registration.suspend_consumer(suspended)

        answers = [
            narrowed.post("consumers", {"name": "Heir", "permission_groups": [own.pk]}),
            narrowed.post(f"consumers/{machine.consumer.pk}/secrets", {"name": "mine"}),
            narrowed("DELETE", f"consumers/{suspended.pk}/suspension"),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert {answer.json()["error"] for answer in answers} == {"beyond_own_permissions"}
        with tenant_scope(acme.tenant):
            assert not Consumer.objects.filter(name="Heir").exists()
            assert machine.consumer.secrets.count() == 1
        assert Caller(acme, machine).post(f"consumers/{machine.consumer.pk}/secrets", {"name": "b"}).status_code == 201

    def test_what_sleeps_in_a_group_is_no_obstacle_to_a_new_secret(self, acme, owner_connection):
        machine = make_machine(acme.tenant, "consumers:edit", "assets:view")
        owner_connection.execute(
            "UPDATE tenants_tenant SET modules = array_remove(modules, 'assets') WHERE id = %s", [acme.tenant.pk]
        )
        answer = Caller(acme, machine).post(f"consumers/{machine.consumer.pk}/secrets", {"name": "next"})
        assert answer.status_code == 201

    def test_a_secret_of_somebody_stronger_is_not_given_out(self, acme):
        modest = manager_of(acme, "consumers:edit", "assets:view")
        strong = make_machine(acme.tenant, "work_orders:edit").consumer

        answer = modest.post(f"consumers/{strong.pk}/secrets", {"name": "mine"})

        assert answer.status_code == 403
        assert answer.json()["error"] == "beyond_own_permissions"


class TestReading:
    def test_the_list_is_paged_and_ordered(self, acme, api):
        for name in ("Bravo", "Alpha", "Charlie"):
            make_machine(acme.tenant, "assets:view", name=name)

        first = api.get("consumers?limit=2&ordering=name").json()
        second = api.get(first["next"].partition(acme.path + "/api/v1/")[2]).json()

        assert first["count"] == 4
        assert [row["name"] for row in first["results"]] == ["Alpha", "Bravo"]
        assert second["results"][0]["name"] == "Charlie"
        assert second["next"] is None
        assert api.get("consumers?ordering=-name").json()["results"][-1]["name"] == "Alpha"

    def test_the_list_can_be_narrowed(self, acme, api):
        group = make_group(acme.tenant, "assets:view")
        found = make_machine(acme.tenant, groups=[group], name="Ledger sync", description="Books")
        make_machine(acme.tenant, "assets:view", name="Sensor")
        api("PUT", f"consumers/{found.consumer.pk}/suspension")

        queries = ("q=ledger", "q=books", "state=suspended", f"permission_group={group.pk}", f"client_id={found.key}")
        for query in queries:
            names = [row["name"] for row in api.get(f"consumers?{query}").json()["results"]]
            assert names == ["Ledger sync"], query

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("ordering=secret", "ordering"),
            ("state=gone", "state"),
            ("limit=x", "limit"),
            ("limit=100000", "limit"),
            ("offset=-1", "offset"),
            ("q=%00", "q"),
            ("permission_group=abc", "permission_group"),
        ],
    )
    def test_a_wrong_parameter_is_named(self, api, query, field):
        answer = api.get(f"consumers?{query}")

        assert answer.status_code == 400
        assert list(answer.json()["fields"]) == [field]

    @pytest.mark.parametrize("query", ["offset=99999999999999999999", "permission_group=99999999999999999999"])
    def test_a_far_page_is_empty(self, api, query):
        answer = api.get(f"consumers?{query}")

        assert (answer.status_code, answer.json()["results"]) == (200, [])

    def test_a_list_costs_the_same_however_long_it_is(self, acme, api, django_assert_max_num_queries):
        for _ in range(12):
            make_machine(acme.tenant, "assets:view")

        with django_assert_max_num_queries(9):
            assert len(api.get("consumers").json()["results"]) == 13

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
    def test_unknown_and_foreign_ids_look_the_same(self, beta, api):
        theirs = make_machine(beta.tenant).consumer

        for path in (f"consumers/{theirs.pk}", "consumers/999999999", "consumers/99999999999999999999"):
            for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
                answer = api(method, path, body)
                assert answer.status_code == 404
                assert answer.json() == {"error": "not_found", "error_description": "Not found."}
            for method, more in (("PUT", "suspension"), ("DELETE", "suspension"), ("GET", "secrets")):
                assert api(method, f"{path}/{more}").status_code == 404
            assert api.post(f"{path}/secrets", {"name": "mine"}).status_code == 404
        with tenant_scope(beta.tenant):
            assert Consumer.objects.present().get(pk=theirs.pk).state == "active"


class TestChanging:
    def test_only_what_is_sent_changes(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view", name="Before", description="Kept").consumer

        answer = api.patch(f"consumers/{consumer.pk}", {"name": "After"})

        assert answer.status_code == 200
        assert (answer.json()["name"], answer.json()["description"]) == ("After", "Kept")
        assert stored(acme, consumer.pk).name == "After"

    def test_the_grant_type_can_not_change(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view").consumer

        answer = api.patch(f"consumers/{consumer.pk}", {"grant_type": "authorization_code"})

        assert answer.json()["fields"] == {"grant_type": ["There is no such field."]}

    def test_groups_that_no_longer_allow_the_default_scopes_are_refused(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view", default_scopes=["assets:view"]).consumer
        group = make_group(acme.tenant, "work_orders:view")

        answer = api.patch(f"consumers/{consumer.pk}", {"permission_groups": [group.pk]})

        assert list(answer.json()["fields"]) == ["default_scopes"]

    def test_suspending_and_resuming_can_be_repeated(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view").consumer
        path = f"consumers/{consumer.pk}/suspension"

        for _ in range(2):
            answer = api("PUT", path)
            assert (answer.status_code, answer.json()["state"]) == (200, "suspended")
        for _ in range(2):
            answer = api.delete(path)
            assert (answer.status_code, answer.json()["state"]) == (200, "active")
        with tenant_scope(acme.tenant):
            lines = AuditEvent.objects.filter(object_id=str(consumer.pk)).values_list("verb", flat=True)
            assert list(lines.order_by("sequence")) == [
                "consumer.registered",
                "consumer.suspended",
                "consumer.resumed",
            ]

    def test_somebody_stronger_is_not_resumed(self, acme):
        modest = manager_of(acme, "consumers:edit", "assets:view")
        strong = make_machine(acme.tenant, "work_orders:edit").consumer

        assert modest("PUT", f"consumers/{strong.pk}/suspension").status_code == 200
        assert modest.delete(f"consumers/{strong.pk}/suspension").status_code == 403
        assert stored(acme, strong.pk).state == "suspended"

    def test_what_is_deleted_is_gone(self, acme, api):
        machine = make_machine(acme.tenant, "assets:view")
        path = f"consumers/{machine.consumer.pk}"

        assert api.delete(path).status_code == 204
        assert api.delete(path).status_code == 404
        assert api.get(path).status_code == 404
        assert stored(acme, machine.consumer.pk).state == "deleted"


class TestSecrets:
    def test_a_second_one_is_shown_once_and_the_first_can_go(self, acme, api):
        machine = make_machine(acme.tenant, *GOODS)
        path = f"consumers/{machine.consumer.pk}/secrets"
        expiry = (timezone.now() + timedelta(days=30)).isoformat()

        added = api.post(path, {"name": "successor", "expires_at": expiry})
        listed = api.get(f"{path}?ordering=created_at").json()["results"]
        retired = api.delete(f"{path}/{listed[0]['id']}")

        body = added.json()
        assert added.status_code == 201
        assert body["client_secret"][-4:] == body["last_four"]
        assert [secret["name"] for secret in listed] == ["default", "successor"]
        assert not any("client_secret" in secret for secret in listed)
        assert retired.status_code == 204
        assert Caller(acme, Machine(machine.consumer, body["client_secret"])).token
        states = [secret["state"] for secret in api.get(f"{path}?ordering=created_at").json()["results"]]
        assert states == ["retired", "active"]

    def test_the_only_working_one_stays(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view").consumer
        with tenant_scope(acme.tenant):
            only = ConsumerSecret.objects.get(consumer=consumer)

        answer = api.delete(f"consumers/{consumer.pk}/secrets/{only.pk}")

        assert (answer.status_code, answer.json()["error"]) == (409, "last_secret")

    def test_there_is_a_limit(self, acme, api):
        consumer = make_machine(acme.tenant, "assets:view").consumer

        answers = [api.post(f"consumers/{consumer.pk}/secrets", {"name": f"n{number}"}) for number in range(5)]

        assert [answer.status_code for answer in answers] == [201, 201, 201, 201, 409]
        assert answers[-1].json()["error"] == "secret_limit_reached"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": "default"}, "name"),
            ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
            ({"name": "x", "expires_at": "9999-12-31T23:59:59Z"}, "expires_at"),
            ({"name": "x", "expires_at": "soon"}, "expires_at"),
            ({"name": "x", "digest": "00"}, "digest"),
        ],
    )
    def test_a_wrong_field_is_named(self, acme, api, body, field):
        consumer = make_machine(acme.tenant, "assets:view").consumer

        answer = api.post(f"consumers/{consumer.pk}/secrets", body)

        assert answer.status_code == 400
        assert list(answer.json()["fields"]) == [field]

    def test_a_secret_of_another_consumer_is_not_found(self, acme, api):
        mine, other = make_machine(acme.tenant, "assets:view").consumer, make_machine(acme.tenant).consumer
        with tenant_scope(acme.tenant):
            secret = ConsumerSecret.objects.get(consumer=other)

        assert api.delete(f"consumers/{mine.pk}/secrets/{secret.pk}").status_code == 404


class TestApps:
    """Consumers with authorization code."""

    CALLBACKS = ["https://app.example/callback", "http://127.0.0.1:9000/callback"]

    def wanted(self, company, **fields):
        group = make_group(company.tenant, "assets:view", "work_orders:view")
        return {
            "name": "Field book",
            "permission_groups": [group.pk],
            "grant_type": "authorization_code",
            "redirect_uris": self.CALLBACKS,
            **fields,
        }

    def test_everything_can_be_said_of_a_confidential_app(self, acme, api):
        wanted = self.wanted(
            acme,
            client_type="confidential",
            is_first_party=True,
            skips_consent=True,
            url="https://app.example/",
            privacy_policy_url="https://app.example/privacy",
            eula_url="https://app.example/eula",
            optional_scopes=["assets:view"],
            default_scopes=["work_orders:view"],
            issues_refresh_tokens=False,
            refresh_idle_seconds=3600,
            refresh_absolute_seconds=86_400,
            allows_device_flow=True,
            post_logout_redirect_uris=["https://app.example/bye"],
            backchannel_logout_url="https://app.example/logout",
            id_token_algorithm="ES256",
            pairwise_subject=True,
            legacy_without_pkce=True,
        )

        answer = api.post("consumers", wanted)

        body = answer.json()
        assert answer.status_code == 201, body
        assert {name: body[name] for name in wanted} == wanted
        assert body["client_secret"].startswith("gate_sec_")

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ({}, {"redirect_uris": ["https://elsewhere.example/"]}),
            ({"public": True}, {"allowed_origins": ["https://elsewhere.example"]}),
            ({}, {"allows_device_flow": True}),
            ({}, {"legacy_without_pkce": True}),
            ({"is_first_party": True}, {"skips_consent": True}),
        ],
    )
    def test_who_receives_its_tokens_is_not_changed_by_somebody_weaker(self, acme, kind, change):
        """It would be a way to what the app may do and the caller may not."""
        app = make_app(acme.tenant, *GOODS, **kind)
        weak = manager_of(acme, "consumers:view", "consumers:edit", "assets:view")
        before = stored(acme, app.consumer.pk)

        answer = weak.patch(f"consumers/{app.consumer.pk}", change)

        assert answer.status_code == 403
        assert answer.json()["error"] == "beyond_own_permissions"
        (name,) = change
        assert getattr(stored(acme, app.consumer.pk), name) == getattr(before, name)
        assert weak.patch(f"consumers/{app.consumer.pk}", {"name": "Renamed"}).status_code == 200
        assert manager_of(acme).patch(f"consumers/{app.consumer.pk}", change).status_code == 200

    def test_who_sends_what_is_there_already_changes_nothing(self, acme):
        app = make_app(acme.tenant, *GOODS)
        weak = manager_of(acme, "consumers:view", "consumers:edit", "assets:view")
        body = weak.get(f"consumers/{app.consumer.pk}").json()
        again = {name: body[name] for name in ("redirect_uris", "skips_consent", "allows_device_flow")}
        assert weak.patch(f"consumers/{app.consumer.pk}", again).status_code == 200

    def test_a_public_app_has_a_key_and_no_secret(self, acme, api):
        body = api.post(
            "consumers",
            self.wanted(
                acme,
                client_type="public",
                redirect_uris=["com.example.app:/callback"],
                allowed_origins=["https://app.example"],
            ),
        ).json()

        assert body["client_secret"] is None
        assert body["allowed_origins"] == ["https://app.example"]
        answer = api.post(f"consumers/{body['id']}/secrets", {"name": "mine"})
        assert (answer.status_code, answer.json()["error"]) == (409, "public_client")

    @pytest.mark.rfc("6749", "3.1.2", "RU-17")
    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("redirect_uris", [], "Callback URL can't be blank"),
            ("redirect_uris", ["http://app.example/cb"], "Use https."),
            ("redirect_uris", ["javascript:alert(1)"], "Begin with https://"),
            ("redirect_uris", ["https://app.example/#x"], "Leave out the fragment"),
            ("redirect_uris", ["https://*.example/"], "Leave out the wildcard"),
            ("redirect_uris", ["https://a.example/", "https://u@b.example/"], "https://u@b.example/: Leave out"),
            ("redirect_uris", ["https://a.example/\nhttps://b.example/"], "Write one address in each entry."),
            ("redirect_uris", [f"https://a.example/{n}" for n in range(21)], "Use 20 addresses at most."),
            ("redirect_uris", ["com.example.app:/cb"], "Only public apps"),
            ("url", "http://app.example/", "Begin with https://"),
            ("eula_url", "javascript:alert(1)", "Begin with https://"),
            ("privacy_policy_url", "https://app.example/\u202e", "Use ASCII"),
            ("skips_consent", True, "Only your own app"),
            ("allowed_origins", ["https://app.example"], "Only a public app"),
            ("optional_scopes", ["inventory:view"], "don't allow inventory:view"),
            ("refresh_idle_seconds", 60, "Between 3600 and"),
            ("refresh_idle_seconds", 365 * 86_400, "Between 3600 and"),
            ("resource", "https://api.example/", "Only a consumer with client credentials"),
            ("id_token_algorithm", "none", "is not a valid choice"),
            ("client_type", "secret", "is not a valid choice"),
        ],
    )
    def test_a_wrong_field_is_named(self, acme, api, field, value, sentence):
        answer = api.post("consumers", self.wanted(acme, **{field: value}))

        assert answer.status_code == 400
        assert list(answer.json()["fields"]) == [field]
        assert sentence in str(answer.json()["fields"][field])

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("legacy_without_pkce", True),
            ("skips_consent", True),
            ("token_endpoint_auth_method", "client_secret_post"),
        ],
    )
    def test_what_needs_a_secret_is_refused_of_a_public_app(self, acme, api, field, value):
        answer = api.post("consumers", self.wanted(acme, client_type="public", is_first_party=True, **{field: value}))

        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])

    def test_a_machine_has_nothing_of_what_people_meet(self, acme, api):
        wanted = self.wanted(acme, grant_type="client_credentials", url="https://app.example/")

        answer = api.post("consumers", wanted)

        assert sorted(answer.json()["fields"]) == ["redirect_uris", "url"]

    def test_what_was_promised_stays(self, acme, api):
        made = api.post("consumers", self.wanted(acme)).json()

        for field, value in (
            ("grant_type", "client_credentials"),
            ("client_type", "public"),
            ("is_first_party", True),
            ("client_id", "mine"),
        ):
            answer = api.patch(f"consumers/{made['id']}", {field: value})
            assert answer.json()["fields"] == {field: ["There is no such field."]}

    def test_a_changed_callback_is_in_the_log_before_and_after(self, acme, api):
        made = api.post("consumers", self.wanted(acme)).json()

        body = api.patch(f"consumers/{made['id']}", {"redirect_uris": ["https://new.example/cb"]}).json()

        assert body["redirect_uris"] == ["https://new.example/cb"]
        with tenant_scope(acme.tenant):
            line = AuditEvent.objects.filter(verb="consumer.amended", object_id=str(made["id"])).get()
        assert line.before == {"redirect_uris": self.CALLBACKS}
        assert line.after == {"redirect_uris": ["https://new.example/cb"]}

    def test_an_old_value_beyond_a_new_limit_stops_nobody_from_changing_another(self, acme, api):
        made = api.post("consumers", self.wanted(acme, refresh_idle_seconds=86_400)).json()
        type(acme.tenant).objects.filter(pk=acme.tenant.pk).update(refresh_idle_seconds=3600)

        assert api.patch(f"consumers/{made['id']}", {"name": "Renamed"}).status_code == 200

    def test_an_apis_identifier_is_its_own(self, acme, api):
        group = make_group(acme.tenant)
        wanted = {"permission_groups": [group.pk], "resource": "https://api.example/stock"}

        assert api.post("consumers", {"name": "Stock", **wanted}).status_code == 201
        answer = api.post("consumers", {"name": "Other", **wanted})

        assert answer.json()["fields"] == {"resource": ["Another OAuth consumer of this company has this identifier."]}
