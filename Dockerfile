# One image for every part of Roxham. Nothing here needs BuildKit: the classic builder of old engines makes it, too.
# Two stages, so that an index address given as a build argument stays out of the image's history.
FROM python:3.12-slim-bookworm AS built

# Where pip finds packages, if not at its default; what it installs is pinned by hash, wherever it comes from.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_CERT

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
RUN python -m venv /opt/venv
COPY requirements/container.txt /opt/container.txt
RUN /opt/venv/bin/python -m pip install --quiet --require-hashes --no-deps -r /opt/container.txt

# The project lies where it runs: dbt's models and the sources' YAMLs are read as files.
COPY . /opt/roxham
RUN /opt/venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e /opt/roxham \
    && /opt/venv/bin/python -m compileall -q /opt/roxham

FROM python:3.12-slim-bookworm

LABEL org.opencontainers.image.title="Roxham" \
    org.opencontainers.image.description="Government border-interception releases as monthly crossing facts" \
    org.opencontainers.image.licenses="MIT"

# The two folders that volumes cover: a new volume takes over their owner.
RUN groupadd --gid 10001 roxham \
    && useradd --uid 10001 --gid roxham --no-create-home --home-dir /tmp --shell /usr/sbin/nologin roxham \
    && install -d -o roxham -g roxham -m 0755 /var/lib/roxham \
    && install -d -o roxham -g roxham -m 0700 /var/lib/airflow

COPY --from=built /opt/venv /opt/venv
COPY --from=built /opt/roxham /opt/roxham

# The root may be read-only: nothing is written but below the two volumes and /tmp.
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    ROXHAM_HOME=/var/lib/roxham \
    AIRFLOW_HOME=/var/lib/airflow \
    DO_NOT_TRACK=1 \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    SCARF_NO_ANALYTICS=true
WORKDIR /opt/roxham
USER roxham
VOLUME ["/var/lib/roxham", "/var/lib/airflow"]
ENTRYPOINT ["python", "-m", "orchestration.container"]
CMD ["init"]
