"""An app's picture. Only what we drew ourselves is ever served: an upload is decoded, within limits that are checked
before a pixel is, and drawn anew, so that nothing else that the file may hold survives (OWASP ASVS 5.2)."""

from __future__ import annotations

import io
import warnings
from hashlib import sha256
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageOps, UnidentifiedImageError

from consumers.models import Consumer, ConsumerLogo
from tenants import audit

LARGEST = 1024 * 1024
# What is read at all, of anybody who sends a file to any page; up to here somebody hears what is wrong with theirs.
MOST_READ = 8 * LARGEST
LONGEST_SIDE = 4096
SIDE = 256
FORMATS = ("PNG", "JPEG", "WEBP")
SECONDS = 365 * 86_400


class UploadLimit(FileUploadHandler):
    """First of settings.FILE_UPLOAD_HANDLERS: Django has a limit for every part of a form but files, and would fill
    the disk with one before anybody is asked who they are."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        if content_length > MOST_READ:
            raise RequestDataTooBig("a file larger than anybody may send")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class NotAPicture(Exception):
    """`sentence` says to a person why."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def drawn(upload: bytes) -> bytes:
    """The picture as PNG, at most SIDE × SIDE, its first frame alone, without anything else. Raises NotAPicture."""
    if len(upload) > LARGEST:
        raise NotAPicture(too_large())
    try:
        with warnings.catch_warnings():
            # Pillow warns of a bomb before it raises; our own limit is lower than both.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(upload), formats=FORMATS) as picture:
                if max(picture.size) > LONGEST_SIDE:
                    raise Image.DecompressionBombError
                return _redrawn(picture)
    except Image.DecompressionBombError:
        raise NotAPicture(_("The picture has too many pixels. Use one of 4096 × 4096 at most.")) from None
    except UnidentifiedImageError:
        raise NotAPicture(_("Use a PNG, JPEG or WebP picture.")) from None
    except Exception as error:  # decoders of three formats, fed by strangers: whatever they raise means the same
        raise NotAPicture(_("The picture is damaged. Export it again and try once more.")) from error


def _redrawn(picture: Image.Image) -> bytes:
    picture.draft("RGB", (SIDE * 2, SIDE * 2))  # JPEG decodes small what is shown small
    if picture.mode.startswith("I"):
        # Sixteen bits of grey; Pillow would cut off what is brighter than eight can say.
        picture = picture.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode not in ("L", "LA", "RGB", "RGBA"):
        picture = picture.convert("RGBA")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)  # before anything is copied
    plain = ImageOps.exif_transpose(picture).convert("RGBA")
    # A new canvas: the old one carries what the file said about itself (EXIF, text, colour profile).
    canvas = Image.new("RGBA", plain.size)
    canvas.paste(plain)
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


def too_large() -> str | Promise:
    return _("Use a picture of 1 MB at most.")


@transaction.atomic
def keep(consumer: Consumer, png: bytes, *, by: object = None) -> None:
    """Of drawn()."""
    etag = sha256(png).hexdigest()
    before = etag_of(consumer)
    if before == etag:
        return
    ConsumerLogo.objects.update_or_create(
        consumer=consumer, tenant_id=consumer.tenant_id, defaults={"png": png, "etag": etag}
    )
    audit.record("consumer.logo_changed", consumer, before={"logo": before[:12]}, after={"logo": etag[:12]}, by=by)


@transaction.atomic
def remove(consumer: Consumer, *, by: object = None) -> None:
    before = etag_of(consumer)
    if before:
        ConsumerLogo.objects.filter(consumer=consumer).delete()
        audit.record("consumer.logo_removed", consumer, before={"logo": before[:12]}, by=by)


def etag_of(consumer: Consumer) -> str:
    """ "" without a logo. The address with it in its query may be kept for long (logo below)."""
    found: str | None = ConsumerLogo.objects.filter(consumer=consumer).values_list("etag", flat=True).first()
    return found or ""


@require_safe
def logo(request: HttpRequest, pk: int) -> HttpResponse:
    """Open to whoever asks: people meet the app before they sign in, and a logo is what it shows to the world."""
    found = get_object_or_404(
        ConsumerLogo.objects.filter(consumer__in=Consumer.objects.present()).only("png", "etag"), consumer=pk
    )
    etag = f'"{found.etag}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(bytes(found.png), content_type="image/png")
    current = request.GET.get("v") == found.etag[:12]
    response["Cache-Control"] = f"public, max-age={SECONDS}, immutable" if current else "public, max-age=300"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
