"""The app: every feature's routers under one set of rules for errors, limits, permissions and documentation.

`create_app()` is what a server runs; `build_app` is the same without its runtime, for tests that bring their own.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.types import ASGIApp, Lifespan

from src import api_docs, exceptions, problems, runtime
from src.auth import dependencies as auth_dependencies
from src.config import Settings, of
from src.exceptions import Problem, TooManyRequests, Unavailable
from src.feature import BodyLimit, Feature, MadeRouter, Permissions, Registry, RegistryError, Role, Router
from src.features import FEATURES
from src.idempotency import IdempotencyKeyReused, RequestRunning
from src.middleware.stack import MiddlewareSettings, wrap
from src.rate_limit import Policy
from src.scheduler import scheduler

TITLE = "Hearth"
VERSION = "0.1.0"
SUMMARY = "A home server for a community: posts, chats, timelines and notifications under one account."
DESCRIPTION = (
    "What is told as it happens, over sockets or server-sent events, stands at [/docs/sockets](/docs/sockets)."
)

# What any route may answer, before its own code is reached.
_EVERYWHERE = exceptions.problems(
    problems.BadRequest,
    problems.MalformedBody,
    problems.RequestTimeout,
    problems.BodyTooLarge,
    problems.UnsupportedMediaType,
    TooManyRequests,
    Unavailable,
)


def create_app() -> ASGIApp:
    """The app as a server runs it: opens its runtime at start and runs relay, tasks and scheduler beside it."""
    settings = of(Settings)
    return guarded(build_app(settings, FEATURES), settings)


def guarded(app: ASGIApp, settings: Settings, features: Sequence[Feature] = FEATURES) -> ASGIApp:
    """The app behind the middleware that every request passes."""
    limits = Registry(features, consumed=runtime.CONSUMED).all(BodyLimit)
    each = Policy("default", settings.rate_limit, 60) if settings.rate_limit else None
    address = Policy("address", 10 * settings.rate_limit, 60) if settings.rate_limit else None
    layers = MiddlewareSettings(
        limits={part.prefix: part.bytes() for part in limits},
        any_type=tuple(part.prefix for part in limits if part.any_type),
        trusted_hosts=tuple(settings.trusted_hosts),
        cors_origins=tuple(settings.cors_origins),
        default_policy=each,
        address_policy=address,
    )
    return wrap(app, layers)


def build_app(settings: Settings, features: Sequence[Feature]) -> FastAPI:
    """The app of these features.

    Raises:
        RegistryError: the features do not fit together, or a route declares no permission.
    """
    registry = Registry(features, consumed=runtime.CONSUMED)
    app = FastAPI(
        title=TITLE,
        summary=SUMMARY,
        description=DESCRIPTION,
        version=VERSION,
        lifespan=_lifespan(settings, features),
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=_EVERYWHERE,
    )
    # The upper floors first: timelines are read far more often than all else, and each router before costs a look.
    for part in reversed(registry.all(Router)):
        app.include_router(part.router, prefix=part.prefix)
    for made in registry.all(MadeRouter):
        app.include_router(made.make(registry), prefix=made.prefix)
    api_docs.mount(app)
    problems.install_error_handlers(app)
    _name_all_methods(app)
    _refuse_unguarded(app, registry)
    app.openapi = _openapi(app)  # type: ignore[method-assign]
    return app


def _lifespan(settings: Settings, features: Sequence[Feature]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, object]]:
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(runtime.open_runtime(settings, features, migrate=True))
            await stack.enter_async_context(opened.events.running())
            await stack.enter_async_context(opened.tasks.running())
            await stack.enter_async_context(scheduler.Scheduler(opened.database, opened.registry).running())
            yield opened.state()

    return lifespan


def _operation_id(route: APIRoute) -> str:
    """Stable names for generated clients: the tag and the handler's name."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def routes_of(app: FastAPI) -> Iterator[RouteContext]:
    """Every endpoint of the app, with the path and the dependencies that it has where its router is mounted."""
    return (route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute))


def _calls(dependant: Dependant) -> Iterator[object]:
    """Everything that is called before the endpoint."""
    for child in dependant.dependencies:
        yield child.call
        yield from _calls(child)


def _first_of(calls: Sequence[object]) -> object:
    """What comes first of the guard and the claim of a repeated request; a child stands behind its parent here."""
    return next(
        call for call in calls if isinstance(call, auth_dependencies.Requires) or call is auth_dependencies.claimed
    )


def _refuse_unguarded(app: FastAPI, registry: Registry) -> None:
    known = {permission for part in registry.all(Permissions) for permission in part.kind}
    for route in routes_of(app):
        calls = [*_calls(route.dependant)]
        declared = {call.permission for call in calls if isinstance(call, auth_dependencies.Requires)}
        if not declared:
            message = f"{route.path}: the route declares no permission"
            raise RegistryError(message)
        if auth_dependencies.claimed in calls and not isinstance(_first_of(calls), auth_dependencies.Requires):
            message = f"{route.path}: a repeated request would be answered before the permission is looked at"
            raise RegistryError(message)
        if not declared <= known:
            message = f"{route.path}: no feature registers {sorted(map(str, declared - known))}"
            raise RegistryError(message)


def _name_all_methods(app: FastAPI) -> None:
    """Makes a 405 name every method that its path has (RFC 9110, 15.5.6), not only those of the first route there."""
    known = [(route.path_regex, route.methods or set()) for route in routes_of(app)]

    async def refuse(request: Request, error: Exception) -> Response:
        path = request.scope["path"]
        methods = {method for pattern, of_route in known if pattern.match(path) for method in of_route}
        if "GET" in methods:
            # See `middleware.heads`.
            methods.add("HEAD")
        own = getattr(error, "headers", None)
        headers = {"Allow": ", ".join(sorted(methods))} if methods else own
        return problems.render(problems.MethodNotAllowed(headers=headers), request.scope["state"]["request_id"])

    app.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, refuse)


def _openapi(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=TITLE, version=VERSION, summary=SUMMARY, description=DESCRIPTION, routes=app.routes
            )
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components |= problem.pop("$defs", {}) | {"Problem": problem}
            for unused in ("HTTPValidationError", "ValidationError"):
                components.pop(unused, None)
            schema["components"]["securitySchemes"] = auth_dependencies.SECURITY_SCHEMES
            for route in routes_of(app):
                for method in route.methods or ():
                    _describe(schema["paths"][route.path_format][method.lower()], [*_calls(route.dependant)])
            app.openapi_schema = schema
        return app.openapi_schema

    return document


def _describe(operation: dict[str, Any], calls: Sequence[object]) -> None:
    """Adds what follows from an endpoint's dependencies; parameters are never null: who means that leaves them out."""
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    if any(map(auth_dependencies.asks_who, calls)):
        operation["security"] = [{scheme: []} for scheme in auth_dependencies.SECURITY_SCHEMES]
        if all(call.permission.least is Role.NOBODY for call in calls if isinstance(call, auth_dependencies.Requires)):
            operation["security"].append({})
    if auth_dependencies.claimed in calls:
        _list_repetitions(operation["responses"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}


def _list_repetitions(responses: dict[str, Any]) -> None:
    """Adds what a repeated creation may answer to what the route lists itself."""
    (status, document), *_ = exceptions.problems(RequestRunning, IdempotencyKeyReused).items()
    listed = responses.setdefault(str(status), document)
    examples = listed["content"][exceptions.PROBLEM_TYPE]["examples"]
    examples |= document["content"][exceptions.PROBLEM_TYPE]["examples"]
