# syntax=docker/dockerfile:1
# One image for every process: `docker run smsblaster services.billing serve`, `simulator`, ...
# A release names its base by digest (docs/releasing.md), so that it can be built again.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS python
ENV PYTHONUNBUFFERED=1 \
    PIP_CACHE_DIR=/var/cache/pip \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

# What the processes need, in a virtual environment without pip.
FROM python AS dependencies
WORKDIR /build
COPY requirements/image.lock ./
RUN --mount=type=cache,target=/var/cache/pip \
    python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --require-hashes --no-deps --requirement image.lock

# The code generated from the contract. Its generators stay in this stage.
FROM python AS contract
WORKDIR /src
COPY requirements/contract.lock ./
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes --no-deps --requirement contract.lock
COPY protos protos
RUN python protos/generate.py

# The console: one page and its assets. Its types are generated from the API's document.
FROM contract AS console
ENV PYTHONPATH=/src:/src/gen \
    npm_config_cache=/var/cache/npm
COPY requirements/image.lock ./
COPY requirements/console.lock ./
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --require-hashes --no-deps --requirement image.lock --requirement console.lock
COPY console console
COPY servicekit servicekit
COPY services services
RUN --mount=type=cache,target=/var/cache/npm \
    python console/run.py npm ci --omit=dev --ignore-scripts --no-fund --no-audit \
    && mkdir -p console/generated \
    && python -m services.gateway openapi --closed-enums > console/generated/openapi.json \
    && python console/run.py npm run types \
    && python console/run.py vite build

FROM python AS runtime
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app:/app/gen \
    PYTHONDONTWRITEBYTECODE=1
# A new volume starts with these folders: they belong to the account that writes there.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin smsblaster \
    && install -d -o smsblaster -g smsblaster -m 0700 \
        /var/lib/smsblaster/jwt-keys /var/lib/smsblaster/messages /var/lib/smsblaster/simulator
WORKDIR /app
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=contract /src/gen gen
COPY --from=console /src/console/dist console/dist
COPY admin admin
COPY servicekit servicekit
COPY services services
COPY simulator simulator
# The guides, which the gateway shows.
COPY docs/guides docs/guides
# What the metric smsblaster_build_info tells of this image.
ARG VERSION=unknown
ARG COMMIT=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=
ENV SMSBLASTER_VERSION=${VERSION} \
    SMSBLASTER_COMMIT=${COMMIT}
LABEL org.opencontainers.image.title="SMSBlaster" \
      org.opencontainers.image.description="Multi-tenant SMS platform: one image for every process" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
# Compiled here: the root file system is read-only when it runs.
RUN python -m compileall -q /app
USER 10001:10001
STOPSIGNAL SIGTERM
# The platform that runs the container checks health over HTTP (OPS_LISTEN), with its own timeouts.
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m"]
