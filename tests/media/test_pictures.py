"""What child processes make of pictures: upright, in sRGB, and without a word of where they were taken."""

import errno
import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from src.media import blurhash, limits, tasks
from src.media.formats import told_by
from src.media.rendered import Reason, Refused, Rendered
from tests.media import files

pytestmark = pytest.mark.unit

GREYS = [("1", 1, "PNG"), ("L", 200, "PNG"), ("LA", (200, 255), "PNG"), ("I;16", 40_000, "PNG")]
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")


def rendered(content: bytes, folder: Path) -> Rendered:
    """What is made of a file."""
    source, target = folder / "source", folder / "made"
    source.write_bytes(content)
    target.mkdir()
    found = told_by(content)
    assert found is not None
    return tasks.render_picture(str(source), str(target), found)


def opened(made: Rendered, variant: str = "original") -> Image.Image:
    """One of the pictures that were made."""
    (path,) = (file.path for file in made.files if file.variant == variant)
    return Image.open(io.BytesIO(Path(path).read_bytes()))


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_picture_is_turned_upright_and_tells_nothing(tmp_path: Path, picture_format: str) -> None:
    content = files.with_secrets(picture_format)
    assert files.SECRET in content
    made = rendered(content, tmp_path)
    assert (made.kind, made.width, made.height) == ("image", 200, 320)
    for variant in ("original", "small"):
        image = opened(made, variant)
        assert image.size == (200, 320)
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & image.info.keys()
        red, green, blue = image.convert("RGB").getpixel((190, 10))  # type: ignore[misc]
        assert red > 150 > max(green, blue), "the red corner is in the upper right now"
    for file in made.files:
        assert files.SECRET not in Path(file.path).read_bytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_with_the_same_picture(tmp_path: Path, orientation: int) -> None:
    # https://exiftool.org/TagNames/EXIF.html: what a camera has to do to a picture to get each of them.
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turned = files.picture()
    if orientation in back:
        turned = turned.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = opened(rendered(files.written(turned, "PNG", exif=exif), tmp_path))
    assert image.tobytes() == files.picture().tobytes()


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_keeps_moving_and_gets_a_still_preview(tmp_path: Path, picture_format: str) -> None:
    made = rendered(files.animation(picture_format), tmp_path)
    image = opened(made)
    assert (made.kind, image.format, image.n_frames, image.size) == ("animation", "WEBP", 5, (64, 48))  # type: ignore[attr-defined]
    assert made.duration == pytest.approx(0.5, abs=0.01)
    assert getattr(opened(made, "small"), "n_frames", 1) == 1


def test_transparency_stays_and_what_is_opaque_all_over_has_none(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (50, 50), (10, 20, 30, 128))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    made = rendered(files.written(clear, "PNG"), tmp_path / "a")
    assert opened(made).mode == "RGBA"
    assert (opened(made, "small").format, opened(made, "small").mode) == ("WEBP", "RGBA")
    opaque = rendered(files.written(clear.convert("RGB").convert("RGBA"), "PNG"), tmp_path / "b")
    assert opened(opaque).mode == "RGB"


@pytest.mark.parametrize(
    ("mode", "colour", "picture_format"),
    [*GREYS, ("CMYK", (0, 0, 0, 50), "JPEG"), ("L", 200, "JPEG"), ("P", 3, "PNG")],
)
def test_every_mode_becomes_one_that_browsers_show(
    tmp_path: Path, mode: str, colour: object, picture_format: str
) -> None:
    image = Image.new(mode, (40, 30), colour)  # type: ignore[arg-type]
    made = rendered(files.written(image, picture_format), tmp_path)
    assert opened(made).mode == "RGB"
    if mode == "I;16":
        assert opened(made).getpixel((1, 1)) == (156, 156, 156)


def _swapped_profile() -> bytes:
    """SRGB with its reds and blues exchanged, under another name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # https://www.color.org/specification/ICC.1-2022-05.pdf, 7.3: a table of tags behind 128 bytes and their number.
    count = int.from_bytes(profile[128:132], "big")
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = places[b"rXYZ"] + 4, places[b"bXYZ"] + 4
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    return bytes(profile).replace(b"s\0R\0G\0B", b"x\0R\0G\0B")


def test_colours_of_a_profile_are_those_that_it_means(tmp_path: Path) -> None:
    profile = _swapped_profile()
    for picture_format, corner in (("JPEG", (5, 5)), ("PNG", (5, 5))):
        folder = tmp_path / picture_format
        folder.mkdir()
        image = opened(rendered(files.written(files.picture(), picture_format, icc_profile=profile), folder))
        red, _, blue = image.getpixel(corner)  # type: ignore[misc]
        assert blue > 150 > red


def test_a_profile_that_is_none_is_left_alone(tmp_path: Path) -> None:
    made = rendered(files.written(files.picture(), "PNG", icc_profile=b"no profile"), tmp_path)
    assert opened(made).tobytes() == files.picture().tobytes()


@pytest.mark.parametrize("size", [(320, 200), (160, 100)])
def test_what_a_camera_puts_behind_a_picture_is_no_animation(tmp_path: Path, size: tuple[int, int]) -> None:
    made = rendered(
        files.written(files.picture(), "MPO", save_all=True, append_images=[files.picture(*size)]), tmp_path
    )
    assert (made.kind, made.width, made.height) == ("image", 320, 200)
    assert opened(made).format == "JPEG"


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
def test_a_full_disk_is_not_the_fault_of_the_picture(tmp_path: Path, picture_format: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(files.written(files.picture(), picture_format))
    (tmp_path / f"original.{picture_format.lower()}").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as failed:
        tasks.render_picture(str(source), str(tmp_path), picture_format.lower())
    assert failed.value.errno == errno.ENOSPC


def test_what_is_larger_than_anybody_shows_is_made_smaller(tmp_path: Path) -> None:
    made = rendered(files.written(Image.new("RGB", (5000, 10)), "PNG"), tmp_path)
    assert (made.width, made.height) == (limits.LARGEST_SIDE, 8)
    assert opened(made, "small").size == (640, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (files.written(Image.new("1", (6325, 6325)), "PNG"), Reason.TOO_MANY_PIXELS),
        (files.written(Image.new("1", (limits.MAX_PIXELS + 1, 1)), "PNG")[:100], Reason.TOO_MANY_PIXELS),
        (files.many_frames(limits.MAX_FRAMES + 1), Reason.TOO_MANY_FRAMES),
        (files.animation()[:-50], Reason.UNREADABLE),
    ],
)
def test_limits_are_looked_at_before_anything_is_decoded(tmp_path: Path, content: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        rendered(content, tmp_path)
    assert refused.value.reason is reason


def test_as_many_frames_as_are_allowed_pass(tmp_path: Path) -> None:
    assert rendered(files.many_frames(limits.MAX_FRAMES), tmp_path).kind == "animation"


def test_frames_together_have_a_limit(tmp_path: Path) -> None:
    frames = [Image.new("1", (6000, 6000), number % 2) for number in range(6)]
    content = files.written(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(Refused) as refused:
        rendered(content, tmp_path)
    assert refused.value.reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (files.picture().resize((32, 20)), "LTQvd-^HDQ%1}-8yv|R6DQv|Mei^"),
        (files.picture().resize((20, 32)), "TTQvd-}-DQ^H8yv|DQv|Me%1R6i^"),
        (Image.new("RGB", (32, 32), "white"), "L9TSUA~qfQ~q~qoffQoffQfQfQfQ"),
        (Image.new("RGB", (32, 32), "black"), "L00000fQfQfQfQfQfQfQfQfQfQfQ"),
        (Image.linear_gradient("L").resize((32, 32)).convert("RGB"), "L#HetWoffQof00WBfQWBxuj[fQj["),
    ],
)
def test_a_blurhash_is_that_of_other_implementations(image: Image.Image, expected: str) -> None:
    # As the package `blurhash` 1.1.5 writes them.
    assert blurhash.encoded(image.tobytes(), *image.size) == expected
