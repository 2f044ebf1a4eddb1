"""The description of the API as a page shows it: operations in groups, each with a request to copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

EXAMPLES: dict[str, Any] = {
    "access_token_seconds": 3600,
    "client_id": "gk_4fT9wQ0zYkL2mN7bVxR8sJ",
    "client_secret": "gate_sec_…",
    "name": "Ledger sync",
    "description": "Books what was done",
    "email": "ana@example.com",
    "error": "invalid_request",
    "error_description": "The request is not valid.",
    "last_accessed_address": "203.0.113.7",
    "last_four": "x3Qa",
    "ordering": "name",
    "q": "ledger",
}
NOTHING = frozenset({"expires_at", "next", "previous", "retired_at", "revoked_at", "suspended_at", "user"})
SCOPES = ["work_orders:view"]
BY_TYPE: dict[str, Any] = {"integer": 1, "number": 1, "boolean": False, "string": "text", "object": {}}


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    required: bool
    help: str
    choices: list[str]


@dataclass(frozen=True)
class Answer:
    status: str
    text: str
    body: str

    @property
    def is_good(self) -> bool:
        return self.status.startswith("2")


KINDS = {"GET": "", "POST": "good", "PUT": "warn", "PATCH": "warn", "DELETE": "bad"}


@dataclass(frozen=True)
class Operation:
    """One method at one address. `id` is its anchor on the page."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    scopes: list[str]
    parameters: list[Field]
    fields: list[Field]
    curl: str
    answers: list[Answer]

    @property
    def kind(self) -> str:
        """The colour of its method (templates/elements/badge.html)."""
        return KINDS[self.method]


class Reference:
    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.info = schema["info"]
        self.server = schema["servers"][0]["url"]
        flow = schema["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
        self.token_url, self.scopes = flow["tokenUrl"], flow["scopes"]

    @property
    def groups(self) -> list[tuple[str, list[Operation]]]:
        """By subject, in the order of the addresses."""
        tagged = [
            (operation["tags"][0], self.operation(method, path, operation))
            for path, methods in self.schema["paths"].items()
            for method, operation in methods.items()
        ]
        tagged.sort(key=lambda pair: pair[0])
        return [(tag, [found for _, found in pairs]) for tag, pairs in groupby(tagged, key=lambda pair: pair[0])]

    @property
    def base_url(self) -> str:
        return f"{self.server}/api/v1"

    @property
    def token_curl(self) -> str:
        return f'curl -u "$KEY:$SECRET" -d grant_type=client_credentials {self.token_url}'

    def operation(self, method: str, path: str, found: dict[str, Any]) -> Operation:
        body = self.body_of(found)
        return Operation(
            id=found["operationId"].replace("_", "-"),
            method=method.upper(),
            path=path,
            summary=found.get("summary", ""),
            text=found.get("description", ""),
            scopes=found["security"][0]["oauth2"],
            parameters=[self.parameter(each) for each in found.get("parameters", ())],
            fields=list(self.fields_of(body)) if body else [],
            curl=self.curl(method, path, body),
            answers=[self.answer(status, each) for status, each in found["responses"].items()],
        )

    def parameter(self, found: dict[str, Any]) -> Field:
        schema = found["schema"]
        return Field(
            found["name"],
            self.type_of(schema),
            found.get("required", False),
            found.get("description", ""),
            self.choices_of(schema),
        )

    def fields_of(self, schema: dict[str, Any]) -> Iterator[Field]:
        required = schema.get("required", ())
        for name, found in schema.get("properties", {}).items():
            text = found.get("description", "")
            yield Field(name, self.type_of(found), name in required, text.partition("\n\n*")[0], self.choices_of(found))

    def answer(self, status: str, found: dict[str, Any]) -> Answer:
        schema = self.resolved(found.get("content", {}).get("application/json", {}).get("schema"))
        body = json.dumps(self.example(schema), indent=2, ensure_ascii=False) if schema else ""
        return Answer(status, found.get("description", ""), body if status.startswith("2") else "")

    def curl(self, method: str, path: str, body: dict[str, Any] | None) -> str:
        address = self.server + path.replace("{pk}", "1").replace("{consumer_id}", "1").replace("{id}", "1")
        lines = [
            f"curl {'' if method == 'get' else f'-X {method.upper()} '}{address}",
            '-H "Authorization: Bearer $TOKEN"',
        ]
        if body is not None:
            sent = json.dumps(self.example(body), ensure_ascii=False)
            lines += ['-H "Content-Type: application/json"', f"-d '{sent}'"]
        return " \\\n  ".join(lines)

    def body_of(self, found: dict[str, Any]) -> dict[str, Any] | None:
        content = found.get("requestBody", {}).get("content", {}).get("application/json")
        return self.resolved(content["schema"]) if content else None

    def resolved(self, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        """Behind a $ref."""
        if schema and "$ref" in schema:
            found: dict[str, Any] = self.schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return found
        return schema

    def variants(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """A schema that may be several things, as the list of them."""
        parts = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf") or [schema]
        return [self.resolved(part) or {} for part in parts]

    def choices_of(self, schema: dict[str, Any]) -> list[str]:
        return [
            str(value) for part in self.variants(schema) for value in part.get("enum", ()) if value not in ("", None)
        ]

    def type_of(self, schema: dict[str, Any]) -> str:
        names: list[str] = []
        for part in self.variants(self.resolved(schema) or {}):
            kinds = part.get("type", "string" if "enum" in part else "object")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                names.append(f"{self.type_of(part['items'])}[]" if kind == "array" else str(part.get("format", kind)))
        return " | ".join(dict.fromkeys(names))

    def example(self, schema: dict[str, Any] | None, name: str = "") -> Any:
        """A value that fits, with the words of the product."""
        part = self.variants(self.resolved(schema) or {})[0]
        if name in NOTHING:
            return None
        if "enum" in part:
            return part["enum"][0]
        kind = part.get("type", "object")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return {key: self.example(value, key) for key, value in part.get("properties", {}).items()}
        if kind == "array":
            return SCOPES if name.endswith("scopes") else [self.example(part["items"], name)]
        if part.get("format") == "date-time":
            return "2026-12-01T09:30:00Z"
        return EXAMPLES.get(name, BY_TYPE.get(kind))
