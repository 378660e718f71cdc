"""Rules of the web side: small async handlers in routers, errors of our own, no framework feature that loses work."""

import ast
import re
from collections.abc import Iterator

from scripts.checks.source import Finding, FunctionNode, Source, matches

MAX_HANDLER_LINES = 10
ROUTER_MODULES = ("router.py", "*_router.py")
METHODS = frozenset(
    {"api_route", "delete", "get", "head", "options", "patch", "post", "put", "trace", "websocket", "websocket_route"}
)
_ROUTER_NAME = re.compile(r"(app|\w*router)$")

# Names that may not be used at all: {name: (code, where it may, what to do instead)}.
BANNED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "HTTPException": ("H201", ("src/problems.py",), "raise a subclass of src/exceptions.py"),
    "BaseHTTPMiddleware": ("H202", (), "write pure ASGI middleware: this one breaks contexts and buffers streams"),
    "BackgroundTasks": ("H203", (), "publish an event or start a task: a background task is lost with the process"),
    "BackgroundTask": ("H203", (), "publish an event or start a task: a background task is lost with the process"),
}


def banned_names(source: Source) -> Iterator[Finding]:
    """H201, H202, H203: HTTPException, BaseHTTPMiddleware and BackgroundTasks, under whatever name."""
    for node in source.nodes:
        for name in _names(node):
            code, allowed, instead = BANNED.get(name, ("", (), ""))
            if code and not matches(source.path, allowed):
                yield source.finding(node, code, f"no {name}; {instead}")


def _names(node: ast.AST) -> tuple[str, ...]:
    """The names that a node imports, or takes from an imported module."""
    if isinstance(node, ast.ImportFrom):
        return tuple(alias.name for alias in node.names)
    return (node.attr,) if isinstance(node, ast.Attribute) else ()


def router_places(source: Source) -> Iterator[Finding]:
    """H207: an APIRouter is made in router.py or in *_router.py."""
    if matches(source.path, ROUTER_MODULES):
        return
    for call in source.calls:
        if (source.origin(call.func) or "").endswith(".APIRouter"):
            yield source.finding(call, "H207", "an APIRouter stands in router.py or *_router.py")


def handlers(source: Source) -> Iterator[Finding]:
    """H204, H205, H206, H208: a handler is async, short, decides nothing about None, and says what it is for."""
    for function in source.functions:
        route = _route(function)
        if route:
            yield from _handler(source, function, route)


def _handler(source: Source, function: FunctionNode, route: ast.Call) -> Iterator[Finding]:
    if isinstance(function, ast.FunctionDef):
        yield source.finding(function, "H204", f"{function.name} runs in a thread of the pool; write `async def`")
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    lines = _lines(source, body)
    if lines > MAX_HANDLER_LINES:
        message = f"{function.name} has {lines} lines (at most {MAX_HANDLER_LINES}); the work belongs to a service"
        yield source.finding(function, "H205", message)
    for test in (node for statement in body for node in ast.walk(statement)):
        if isinstance(test, ast.Compare) and _tests_none(test):
            yield source.finding(test, "H206", "no test for None in a handler; load by a dependency that answers 404")
    if not documented and not any(keyword.arg == "summary" for keyword in route.keywords):
        yield source.finding(function, "H208", f"{function.name} needs a summary or a docstring for the API's page")


def _route(function: FunctionNode) -> ast.Call | None:
    """The decorator that makes this function a route, if one does."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            owner = decorator.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if decorator.func.attr in METHODS and _ROUTER_NAME.match(name):
                return decorator
    return None


def _lines(source: Source, body: list[ast.stmt]) -> int:
    """How many lines of code these statements fill; blank lines and comments are free."""
    if not body:
        return 0
    lines = source.text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    return sum(1 for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _tests_none(test: ast.Compare) -> bool:
    operands = (test.left, *test.comparators)
    return any(isinstance(operator, ast.Is | ast.IsNot) for operator in test.ops) and any(
        isinstance(operand, ast.Constant) and operand.value is None for operand in operands
    )
