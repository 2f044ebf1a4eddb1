"""Messages on the console, for development: as they are read, for a link that is broken for its way by mail can't be
copied from there."""

from __future__ import annotations

from django.core.mail.backends.console import EmailBackend as Encoded
from django.core.mail.message import EmailMessage


class EmailBackend(Encoded):
    def write_message(self, message: EmailMessage) -> None:
        self.stream.write(f"To: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}\n{'-' * 79}\n")
