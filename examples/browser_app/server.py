"""Serves the files of the browser app. They are all there is: no secret, no session, nothing that knows who you are.

Settings are environment variables; without them, the demo world of `make run` is used.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parents[1]
DEMO = Path(os.environ.get("DEMO_FILE") or PROJECT / ".local" / "demo.json")
REDIRECT_URI = os.environ.get("REDIRECT_URI", "http://127.0.0.1:9501/callback")
RESOURCE_SERVER = os.environ.get("RESOURCE_SERVER", "http://127.0.0.1:8100")
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}

type Files = dict[str, tuple[str, bytes]]


def files(issuer: str, client_id: str) -> Files:
    """What is served: address → (content type, content)."""
    home = urlsplit(REDIRECT_URI)._replace(path="/").geturl()
    config = {"issuer": issuer, "client_id": client_id, "redirect_uri": REDIRECT_URI, "home": home}
    config["resource_server"] = RESOURCE_SERVER
    page = (TYPES[".html"], (FOLDER / "index.html").read_bytes())
    return {
        "/": page,
        urlsplit(REDIRECT_URI).path: page,
        "/app.js": (TYPES[".js"], (FOLDER / "app.js").read_bytes()),
        "/app.css": (TYPES[".css"], (FOLDER / "app.css").read_bytes()),
        "/oidc-client-ts.js": (TYPES[".js"], library().read_bytes()),
        "/config.json": (TYPES[".json"], json.dumps(config).encode()),
    }


def library() -> Path:
    """The library as npm has it; LIBRARY names the file if it is somewhere else."""
    if "LIBRARY" in os.environ:
        return Path(os.environ["LIBRARY"])
    sys.path.insert(0, str(PROJECT))
    from tools import node

    try:
        packages = node.bring_packages(node.bring_node())
    except node.Missing as missing:
        raise SystemExit(str(missing)) from None
    return packages / "node_modules" / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"


def policy(issuer: str) -> str:
    """Scripts from here alone, requests to Gatehouse and the work orders alone: what an injected script would need."""
    allowed = " ".join(f"{part.scheme}://{part.netloc}" for part in map(urlsplit, (issuer, RESOURCE_SERVER)))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; connect-src 'self' {allowed}"
    )


def handler(served: Files, content_security_policy: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = served.get(self.path.partition("?")[0], ("text/plain", b""))
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", content_security_policy)
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Without the query: the code is in it."""
            print(f"{self.command} {self.path.partition('?')[0]} {getattr(code, 'value', code)}", flush=True)

    return Handler


def client() -> tuple[str, str]:
    """The issuer, and the key of a public consumer that may be used from our origin."""
    if "ISSUER" in os.environ:
        return os.environ["ISSUER"], os.environ["CLIENT_ID"]
    if not DEMO.exists():
        raise SystemExit("Start Gatehouse with `make run` first, or set ISSUER and CLIENT_ID.")
    company = json.loads(DEMO.read_text(encoding="utf-8"))["companies"][0]
    able = [one for one in company["consumers"] if REDIRECT_URI in one["redirect_uris"] and not one["client_secret"]]
    return company["issuer"], able[0]["client_id"]


def main() -> None:
    issuer, client_id = client()
    address = urlsplit(REDIRECT_URI)
    serving = handler(files(issuer, client_id), policy(issuer))
    with ThreadingHTTPServer(("127.0.0.1", address.port or 80), serving) as server:
        print(f"Open http://{address.netloc}/ in a browser.", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
