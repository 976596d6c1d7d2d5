# One image for every process of Loom: the whole tree by default, or `web`, `worker` alone beside a Temporal of your own.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends git make >/dev/null && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile requirements.txt pyproject.toml rxconfig.py ./
COPY scripts scripts
COPY reflex.lock reflex.lock
COPY assets assets
COPY alembic alembic
COPY personas personas
COPY loom_app loom_app
COPY workers workers
RUN make build && rm -rf .web/node_modules .tools

FROM python:3.11-slim-bookworm
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends git bubblewrap ripgrep openssh-client tini >/dev/null \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 loom \
    && install -d -o loom -g loom /data
COPY --from=build /app /app
WORKDIR /app
USER loom
ENV PATH=/app/.venv/bin:$PATH LOOM_DATA_DIR=/data LOOM_PERSONAS_DIR=/data/personas LOOM_API__HOST=0.0.0.0 LOOM_TEMPORAL__HOST=0.0.0.0
VOLUME /data
EXPOSE 8080 8088
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/api/v1/health', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["loom", "up"]
