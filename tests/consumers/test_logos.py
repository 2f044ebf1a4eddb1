"""Logos: drawn anew from whatever is uploaded, refused in plain words, served harmlessly."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from consumers import logos, registration
from tenants.context import tenant_scope
from tests.cast import make_app, make_beta, make_machine
from tests.consumers.pages import at, verbs_of


def picture(form="PNG", size=(300, 150), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "#1d5fa8").save(out, form, **options)
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width, height):
    """A few bytes that claim to be very large."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def animation():
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_what_is_stored_is_a_small_png_of_our_own(form):
    found = Image.open(io.BytesIO(logos.drawn(picture(form))))

    assert (found.format, found.size) == ("PNG", (256, 128))


def test_nothing_that_the_file_carried_survives():
    polyglot = picture() + b"<script>alert(1)</script><?php evil() ?>"
    exif = Image.Exif()
    exif[0x010E] = "<script>secret place</script>"

    for upload in (polyglot, picture("JPEG", exif=exif.tobytes()), picture("PNG", exif=exif.tobytes())):
        assert b"script" not in logos.drawn(upload)
        assert b"php" not in logos.drawn(upload)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_photograph_stands_upright(form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation

    found = Image.open(io.BytesIO(logos.drawn(picture(form, size=(3000, 1500), exif=exif.tobytes()))))

    assert found.size == ((256, 128) if orientation < 5 else (128, 256))


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("CMYK", (0, 255, 255, 0), (255, 0, 0, 255)),
        ("I;16", 40_000, (156, 156, 156, 255)),
        ("I;16", 300, (1, 1, 1, 255)),
        ("1", 1, (255, 255, 255, 255)),
        ("L", 77, (77, 77, 77, 255)),
        ("LA", (200, 255), (200, 200, 200, 255)),
        ("RGBA", (10, 20, 30, 0), (0, 0, 0, 0)),
    ],
)
def test_colours_stay_what_they_were_however_they_are_written(mode, colour, expected):
    out = io.BytesIO()
    Image.new(mode, (300, 300), colour).save(out, "JPEG" if mode == "CMYK" else "PNG", quality=100)

    found = Image.open(io.BytesIO(logos.drawn(out.getvalue()))).getpixel((128, 128))

    assert max(abs(ours - theirs) for ours, theirs in zip(found, expected, strict=True)) <= 2


def test_of_an_animation_the_first_frame_stays():
    found = Image.open(io.BytesIO(logos.drawn(animation())))

    assert getattr(found, "n_frames", 1) == 1
    red, green, _blue, _alpha = found.convert("RGBA").getpixel((20, 20))
    assert red > 200 > 50 > green


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (b"", "PNG, JPEG or WebP"),
        (b"not a picture", "PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "PNG, JPEG or WebP"),
        (picture("GIF"), "PNG, JPEG or WebP"),
        (picture("BMP"), "PNG, JPEG or WebP"),
        (picture()[:60], "damaged"),
        (picture("JPEG")[:300], "damaged"),
        (picture("WEBP")[:30], ""),
        (bomb(100_000, 100_000), "too many pixels"),
        (bomb(4097, 4096), "too many pixels"),
        (bomb(16_000_000, 1), "too many pixels"),
        (bomb(0, 10), ""),
        (bomb(4000, 4000), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * logos.LARGEST, "1 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(upload, sentence):
    with pytest.raises(logos.NotAPicture) as refusal:
        logos.drawn(upload)

    assert sentence in str(refusal.value)


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda junk: picture()[:80] + junk))
def test_whatever_is_uploaded_is_drawn_or_refused(upload):
    try:
        assert logos.drawn(upload).startswith(b"\x89PNG")
    except logos.NotAPicture as refusal:
        assert refusal.sentence  # noqa: PT017


def upload(browser, company, app, content, name="logo.png"):
    file = SimpleUploadedFile(name, content, content_type="image/png")
    return browser.post(at(company, "logo/", of=app.consumer), {"picture": file})


class TestPages:
    def test_a_logo_is_uploaded_shown_to_all_replaced_and_removed(self, acme, as_person):
        app, browser = make_app(acme.tenant), as_person(acme.ana)
        address = f"{acme.path}/logos/{app.consumer.pk}.png"
        assert Client().get(address).status_code == 404

        assert upload(browser, acme, app, picture()).status_code == 302

        shown = Client().get(address)
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert Client().get(address, headers={"if-none-match": shown["ETag"]}).status_code == 304
        assert address in browser.get(at(acme, of=app.consumer)).content.decode()
        versioned = f"{address}?v={shown['ETag'][1:13]}"
        assert "immutable" in Client().get(versioned)["Cache-Control"]
        assert "immutable" not in shown["Cache-Control"]

        upload(browser, acme, app, picture(size=(20, 20)))
        assert Client().get(address)["ETag"] != shown["ETag"]

        assert "Remove the logo" in browser.get(at(acme, "logo/remove/", of=app.consumer)).content.decode()
        browser.post(at(acme, "logo/remove/", of=app.consumer))
        assert Client().get(address).status_code == 404
        assert verbs_of(acme, app.consumer)[1:] == [
            "consumer.logo_changed",
            "consumer.logo_changed",
            "consumer.logo_removed",
        ]

    @pytest.mark.parametrize(
        "content", [b"<svg/>", bomb(99_999, 99_999), picture()[:50], b"\0" * (logos.LARGEST + 1), b""]
    )
    def test_a_hostile_file_is_answered_with_a_sentence(self, acme, as_person, content):
        answer = upload(as_person(acme.ana), acme, make_app(acme.tenant), content)

        assert answer.status_code == 422

    def test_without_a_file_the_form_says_so(self, acme, as_person):
        answer = as_person(acme.ana).post(at(acme, "logo/", of=make_app(acme.tenant).consumer))

        assert answer.status_code == 422
        assert "Choose a picture." in answer.content.decode()

    @pytest.mark.parametrize(("who", "status"), [("otto", 403), ("ben", 403), ("dora", 404)])
    def test_who_does_not_manage_it_changes_no_logo(self, acme, as_person, who, status):
        app = make_app(acme.tenant)

        assert upload(as_person(acme.people[who]), acme, app, picture()).status_code == status
        assert as_person(acme.people[who]).post(at(acme, "logo/remove/", of=app.consumer)).status_code == status

    def test_a_machine_has_no_logo(self, acme, as_person):
        assert upload(as_person(acme.ana), acme, make_machine(acme.tenant), picture()).status_code == 404

    def test_a_logo_is_its_companys_and_ends_with_its_app(self, acme, as_person):
        app, beta = make_app(acme.tenant), make_beta()
        upload(as_person(acme.ana), acme, app, picture())

        assert Client().get(f"{beta.path}/logos/{app.consumer.pk}.png").status_code == 404
        with tenant_scope(acme.tenant):
            registration.delete_consumer(app.consumer)
        assert Client().get(f"{acme.path}/logos/{app.consumer.pk}.png").status_code == 404


def test_nobody_fills_the_disk_with_a_file(acme, as_person, monkeypatch):
    """Not even somebody unknown: Django reads the form to check where it comes from."""
    app, written = make_app(acme.tenant), []
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", lambda self, *args: written.append(args))
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/accounts/login/")
    huge = b"\x89PNG" + bytes(logos.MOST_READ)

    assert upload(stranger, acme, app, huge).status_code == 400
    assert upload(as_person(acme.ana), acme, app, huge).status_code == 400
    assert written == []
    answer = upload(as_person(acme.ana), acme, app, picture() + bytes(2 * logos.LARGEST))
    assert (answer.status_code, "1 MB at most" in answer.content.decode()) == (422, True)
