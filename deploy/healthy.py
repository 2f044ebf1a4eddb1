"""Whether this container's web node can serve: its own /readyz, asked under the name it answers to."""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit


def main() -> int:
    caller = HTTPConnection("127.0.0.1", int(os.environ.get("GATEHOUSE_PORT", "8000")), timeout=5)
    try:
        caller.request("GET", "/readyz", headers={"Host": urlsplit(os.environ["GATEHOUSE_BASE_URL"]).netloc})
        return 0 if caller.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1
    finally:
        caller.close()


if __name__ == "__main__":
    sys.exit(main())
