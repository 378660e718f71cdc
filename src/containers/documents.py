"""The files of an archive: JSON collections item by item, and lists of addresses. Memory holds one item at a time."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator

from src.containers.entries import Readable
from src.containers.exceptions import ArchiveMalformedFile

_PIECE = 2**18
# The longest single value, in characters: far more than a post with all its pictures has.
_MAX_VALUE = 2**20
_MAX_CELL = 2048
_MAX_DIGITS = 400
_WHITE_SPACE = re.compile(r"[ \t\n\r]*")
_HEADER = "Account address"


def _no_constant(_name: str) -> object:
    raise ArchiveMalformedFile  # NaN and the infinities are not JSON


def _whole_number(digits: str) -> float:
    # Of very many digits Python makes no int, and no number here is so large; one item must not stop the others.
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


_JSON = json.JSONDecoder(parse_constant=_no_constant, parse_int=_whole_number)


class Collection:
    """An ActivityStreams OrderedCollection, read once: `total` says how many items it announces, if it does so first.

    Raises:
        ArchiveMalformedFile: when it is opened or iterated over, as soon as the form is broken. Items before that
            place have been given out.
    """

    def __init__(self, source: Readable) -> None:
        self._text = _JsonText(source)
        self.total: int | None = None
        self._text.expect("{")
        if not self._advance():
            raise ArchiveMalformedFile

    def __iter__(self) -> Iterator[object]:
        """The items as they stand, each of any JSON type."""
        self._text.expect("[")
        if self._text.peek() == "]":
            self._text.expect("]")
        else:
            while True:
                yield self._text.value()
                if self._text.expect(",]") == "]":
                    break
        if self._text.expect(",}") == "," and self._advance():
            raise ArchiveMalformedFile  # a second list of items

    def _advance(self) -> bool:
        """Reads members up to the items; False if the object ends before."""
        while True:
            key = self._text.value()
            self._text.expect(":")
            if key == "orderedItems":
                return True
            value = self._text.value()
            if key == "totalItems" and type(value) is int and value >= 0:
                self.total = value
            if self._text.expect(",}") == "}":
                return False


class _JsonText:
    """A JSON text read in pieces, of which single values can be taken."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._position = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no white space, empty at the end."""
        while True:
            if space := _WHITE_SPACE.match(self._buffer, self._position):
                self._position = space.end()
            if self._position < len(self._buffer) or self._ended:
                return self._buffer[self._position : self._position + 1]
            self._read()

    def expect(self, characters: str) -> str:
        """Takes the next character, which has to be one of these."""
        found = self.peek()
        if not found or found not in characters:
            raise ArchiveMalformedFile
        self._position += 1
        return found

    def value(self) -> object:
        """Takes a whole value of any type."""
        self.peek()
        while True:
            taken, end = self._try_value()
            # A number may go on in the next piece.
            if end and (end < len(self._buffer) or self._ended):
                self._position = end
                return taken
            if self._ended or len(self._buffer) - self._position > _MAX_VALUE:
                raise ArchiveMalformedFile
            self._read()

    def _try_value(self) -> tuple[object, int]:
        try:
            taken, end = _JSON.raw_decode(self._buffer, self._position)
        except (ValueError, RecursionError):
            return None, 0
        return taken, end

    def _read(self) -> None:
        left = self._buffer[self._position :]
        # As much again as is there, so that a long value is tried few times.
        data = self._source.read(max(_PIECE, len(left)))
        self._ended = not data
        try:
            self._buffer = left + self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            raise ArchiveMalformedFile from error
        self._position = 0


def read_object(source: Readable) -> object:
    """The one JSON value of a small file."""
    try:
        return json.loads(_read_all(source), parse_constant=_no_constant, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise ArchiveMalformedFile from error


def read_first_column(source: Readable) -> Iterator[str]:
    """The first cells of a small CSV file, each once, without the header that newer files have."""
    try:
        text = _read_all(source).decode("utf-8-sig")
        rows = [row[0].strip() for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ArchiveMalformedFile from error
    cells = (cell for cell in rows if 0 < len(cell) <= _MAX_CELL and cell.isprintable())
    return iter(dict.fromkeys(cell for cell in cells if cell != _HEADER))


def _read_all(source: Readable) -> bytes:
    return b"".join(iter(lambda: source.read(_PIECE), b""))
