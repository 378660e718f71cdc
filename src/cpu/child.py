"""The program of a child process: reads calls from its standard input and answers on its standard output.

Started as `python -m src.cpu.child MEMORY_BYTES CPU_SECONDS NICENESS`. It imports nothing but the standard library, so
that a child is up in a few hundredths of a second; a call's function is imported when its name is read. A message is a
length (eight bytes, big-endian) and a pickle: (function, arguments) in, (outcome, value) out. The end of the input ends
it.
"""

import math
import os
import pickle
import resource
import sys
from collections.abc import Callable
from typing import BinaryIO

LENGTH_BYTES = 8
Answer = tuple[str, object]


def main() -> None:
    """Answers calls until there are no more."""
    memory_bytes, cpu_seconds, niceness = map(int, sys.argv[1:])
    os.nice(niceness)
    # What functions print must not get between the answers.
    with os.fdopen(os.dup(1), "wb") as answers, os.fdopen(os.dup(0), "rb") as calls:
        silence = os.open(os.devnull, os.O_RDWR)
        os.dup2(silence, 0)
        os.dup2(silence, 1)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_AS, memory_bytes)
        while (call := _read(calls)) is not None:
            used = resource.getrusage(resource.RUSAGE_SELF)
            _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime) + cpu_seconds)
            answer = _packed(_answer(call))
            answers.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
            answers.flush()


def _limit(kind: int, soft: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _read(calls: BinaryIO) -> bytes | None:
    header = calls.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    return calls.read(int.from_bytes(header, "big"))


def _answer(call: bytes) -> Answer:
    try:
        # Our own parent wrote it.
        function: Callable[..., object]
        function, arguments = pickle.loads(call)  # noqa: S301
        return "result", function(*arguments)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001  it is the caller's business
        error.add_note(f"in a child process, {_place(error)}")
        return "error", error


def _place(error: BaseException) -> str:
    """Where it was raised: the traceback itself stays here."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "somewhere"


def _packed(answer: Answer) -> bytes:
    try:
        return pickle.dumps(answer)
    except MemoryError:
        return pickle.dumps(("memory", None))
    except Exception as error:  # noqa: BLE001  what cannot be pickled fails in ways of its own
        return pickle.dumps(("unpicklable", type(error).__qualname__))


if __name__ == "__main__":
    main()
