"""A form of multipart/form-data (RFC 7578) that is read as it comes: one file, and a few short fields."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from src.media.constants import MAX_FORM_BYTES, MAX_FORM_PARTS
from src.problems import MalformedBody

FILE_PART = "file"


class Form:
    """The form; `fields` are complete after `end`. The name that a file has with its sender is not even looked at."""

    def __init__(self, content_type: str) -> None:
        """Takes the header of the request.

        Raises:
            MalformedBody: there is no boundary in it.
        """
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise MalformedBody
        self.fields: dict[str, str] = {}
        self._name = ""
        self._header = b""
        self._disposition = b""
        self._value = bytearray()
        self._room = MAX_FORM_BYTES
        self._parts = 0
        self._files = 0
        self._pieces: list[bytes] = []
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_begin": self._begin_header,
                    "on_header_field": self._add_to_header,
                    "on_header_value": self._add_to_value,
                    "on_headers_finished": self._open_part,
                    "on_part_data": self._take,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise MalformedBody from None

    def feed(self, data: bytes) -> list[bytes]:
        """Takes the next bytes of the body; gives those among them that belong to the file.

        Raises:
            MalformedBody: it is no form, has too many parts or fields that are too long.
        """
        try:
            self._parser.write(data)
        except FormParserError:
            raise MalformedBody from None
        pieces, self._pieces = self._pieces, []
        return pieces

    def end(self) -> None:
        """The body is over.

        Raises:
            MalformedBody: the form is not.
        """
        if not self._ended:
            raise MalformedBody

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_FORM_PARTS:
            raise MalformedBody
        self._name, self._disposition, self._value = "", b"", bytearray()

    def _begin_header(self) -> None:
        self._header = b""

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition += data[start:end]

    def _open_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        try:
            self._name = options[b"name"].decode()
        except (KeyError, UnicodeDecodeError):
            raise MalformedBody from None
        if self._name == FILE_PART:
            self._files += 1
        if self._files > 1 or self._name in self.fields:
            raise MalformedBody

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE_PART:
            self._pieces.append(data[start:end])
            return
        self._room -= end - start
        if self._room < 0:
            raise MalformedBody
        self._value += data[start:end]

    def _end_part(self) -> None:
        if self._name == FILE_PART:
            return
        try:
            self.fields[self._name] = self._value.decode()
        except UnicodeDecodeError:
            raise MalformedBody from None

    def _end(self) -> None:
        self._ended = True
