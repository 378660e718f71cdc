"""All streams of one client: what comes over sockets goes in, news and questions come out. Pure; time is in seconds."""

from collections import deque
from collections.abc import Mapping
from itertools import islice

from src.client import applying, frames, news
from src.client.constants import MAX_HEADS, MAX_NEWS, QUESTIONS


class Streams:
    """The logs by stream, and the news that nobody has read yet.

    News wait in memory, so there is a bound: beyond it entries are left out and asked for once there is room again.

    Attributes:
        epoch: of the server's data, as the last greeting told it.
        news: the oldest first; whoever reads them takes them out.
    """

    def __init__(self, heads: Mapping[str, int], epoch: str | None) -> None:
        """Goes on behind these entries, of data of this epoch."""
        self.epoch = epoch
        self.news: deque[news.News] = deque()
        self._logs = {stream: applying.Log[frames.Entry](ev) for stream, ev in heads.items()}
        # Those of which something is missing, and those that are asked for.
        self._gaps: set[str] = set()
        self._questions: set[str] = set()

    @property
    def heads(self) -> dict[str, int]:
        """The last entry of each stream that has been read, those that moved last first: where to go on later."""
        heads = {stream: log.ev for stream, log in reversed(self._logs.items())}
        for unread in reversed(self.news):
            if isinstance(unread, news.Happened):
                heads[unread.stream] = unread.ev - 1
            elif isinstance(unread, news.Anew):
                # Wherever it was read up to, that is too old by now.
                heads.pop(unread.stream, None)
        return heads

    @property
    def heads_to_send(self) -> dict[str, int]:
        """The last entries that have come out, of as many streams as hello takes."""
        latest = islice(reversed(self._logs.items()), MAX_HEADS)
        return {stream: log.ev for stream, log in latest}

    @property
    def _is_full(self) -> bool:
        return len(self.news) >= MAX_NEWS

    def greeted(self, greeting: frames.Greeting, sent: Mapping[str, int], now: float) -> None:
        """A socket is open; `sent` were the heads of its hello."""
        is_fresh = greeting.fresh and bool(self._logs)
        if is_fresh:
            self._logs.clear()
            self._gaps.clear()
        self.epoch = greeting.epoch
        states = {head.stream: head.state for head in greeting.heads}
        self.news.append(news.Online(greeting.account, states, is_fresh=is_fresh))
        for stream in greeting.gone:
            self._drop(stream)
        for head in reversed(greeting.heads):
            self._stands(head, now)
        for stream, log in self._logs.items():
            # The server has not been told of these, and has not told of all.
            if greeting.more and stream not in sent and stream not in states:
                log.behind(now)
            self._look(stream)

    def closed(self, now: float) -> None:
        """The socket is gone, and all questions with it."""
        for stream in tuple(self._questions):
            self.unanswered(stream, now, is_gone=False)

    def entry(self, entry: frames.Entry, now: float) -> None:
        """An entry has come."""
        log = self._logs.get(entry.stream)
        if log is None:
            # A stream that is read from this entry on.
            log = self._logs[entry.stream] = applying.Log(entry.ev - 1)
        if self._is_full:
            log.behind(now)
        else:
            self._tell(entry.stream, log.offer(entry, now))
        self._look(entry.stream)

    def passing(self, frame: frames.Ephemeral) -> None:
        """Something that passes has come."""
        if not self._is_full:
            self.news.append(news.Passing(frame.stream, frame.t, frame.d, frame.ttl / 1000))

    def pinged(self, ping: frames.Ping, now: float) -> None:
        """Streams have moved; where an entry has not come it is held for, then asked for."""
        for stream, ev in ping.h:
            if stream in self._logs:
                self._logs[stream].hint(ev, now)
                self._look(stream)
            else:
                # Where it began was lost.
                self._logs[stream] = applying.Log(ev)
                self.news.append(news.Anew(stream, ev))

    def lagged(self, lag: frames.Lag, now: float) -> None:
        """Entries were left out."""
        for stream in lag.streams:
            self._log(stream).behind(now)
            self._look(stream)

    @property
    def ask_at(self) -> float | None:
        """When the next question is due; None: nothing is missing, or there is no room for an answer."""
        if self._is_full or len(self._questions) >= QUESTIONS:
            return None
        return min((at for stream in self._gaps if (at := self._logs[stream].ask_at) is not None), default=None)

    def ask(self, now: float) -> tuple[str, int] | None:
        """The question that is due: of which stream, after which entry."""
        at = self.ask_at
        if at is None or at > now:
            return None
        stream = next(stream for stream in self._gaps if self._logs[stream].ask_at == at)
        self._questions.add(stream)
        asked = self._logs[stream].asked()
        self._look(stream)
        return stream, asked

    def answered(self, page: frames.PageRead, now: float) -> None:
        """The answer to a question."""
        self._questions.discard(page.stream)
        log = self._log(page.stream)
        due = log.answered(applying.Page(page.events, page.upto, more=page.more, reset=page.reset), now)
        if due.is_reset:
            self.news.append(news.Anew(page.stream, page.upto))
        self._tell(page.stream, due.entries)
        self._look(page.stream)

    def unanswered(self, stream: str, now: float, *, is_gone: bool) -> None:
        """The server does not answer a question, at present or, with `is_gone`, for good: the stream is not ours."""
        self._questions.discard(stream)
        if is_gone:
            self._drop(stream)
        elif stream in self._logs:
            self._logs[stream].unanswered(now)
            self._look(stream)

    def _look(self, stream: str) -> None:
        if self._logs[stream].ask_at is None:
            self._gaps.discard(stream)
        else:
            self._gaps.add(stream)

    def _stands(self, head: frames.Head, now: float) -> None:
        if head.stream not in self._logs:
            self._logs[head.stream] = applying.Log(head.ev)
        elif head.ev < self._logs[head.stream].ev:
            self._logs[head.stream].behind(now)
        else:
            self._logs[head.stream].hint(head.ev, now, at_once=True)

    def _log(self, stream: str) -> applying.Log[frames.Entry]:
        return self._logs.setdefault(stream, applying.Log(0))

    def _drop(self, stream: str) -> None:
        self._gaps.discard(stream)
        if self._logs.pop(stream, None) is not None:
            self.news.append(news.Gone(stream))

    def _tell(self, stream: str, entries: list[frames.Entry]) -> None:
        if entries:
            # Those that moved last stand last.
            self._logs[stream] = self._logs.pop(stream)
        self.news.extend(news.Happened(stream, entry.ev, entry.t, entry.d) for entry in entries)
