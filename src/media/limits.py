"""How big a picture or film may be. Child processes read it too, so it imports nothing."""

from typing import Final

MEGAPIXEL: Final = 1_000_000
# Of one picture, and of all frames of an animation together; told by the header, before anything is decoded.
MAX_PIXELS: Final = 40 * MEGAPIXEL
MAX_FRAMES_PIXELS: Final = 200 * MEGAPIXEL
MAX_FRAMES: Final = 1_000
# A film of 3840 x 2160, lying or standing.
MAX_FILM_PIXELS: Final = 3840 * 2160
# A fresh container may have so many bytes more than the one that was sent.
CONTAINER_BYTES: Final = 2 * 1024 * 1024
# A bigger picture is stored at this size: twice what the widest common screens show.
LARGEST_SIDE: Final = 4096
SMALL_SIDE: Final = 640
HASHED_SIDE: Final = 32
JPEG_QUALITY: Final = 88
SMALL_QUALITY: Final = 80
ANIMATION_QUALITY: Final = 75
# Browsers take a shorter time for a mistake and show the frame for this long (in milliseconds).
SHORTEST_FRAME: Final = 20
USUAL_FRAME: Final = 100
# Bytes that tell what a file is.
HEAD_BYTES: Final = 4096
