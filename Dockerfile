# Hearth in one image: the same for the one-command server and for each process by itself.
#   docker build -t hearth .
#   docker run --init -p 8000:8000 -v hearth:/data hearth
# Settings come from the environment, secrets too or from /data; the image holds neither (.env stays outside).
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG UV=0.13.*
RUN pip install --no-cache-dir "uv==${UV}"
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# The dependencies by themselves: this layer lives until uv.lock changes.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project
COPY . .
RUN uv sync --locked --no-dev

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --create-home --home-dir /home/hearth hearth \
    && install -d -o hearth -g hearth -m 0700 /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HEARTH_DATA=/data HOST=0.0.0.0 PORT=8000
WORKDIR /app
USER hearth
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=4)"]
ENTRYPOINT ["/app/scripts/entrypoint.sh"]
CMD ["serve"]
