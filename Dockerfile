# The consumer in a container: `mfa-monitor run --from-eventhub`, for those who do not run Functions.
#
# Pin the base by digest when you build; the digest of today cannot be known in a file:
#   docker build --build-arg PYTHON=python:3.13-slim-bookworm@sha256:... -t mfa-monitor .
# Run it with a read-only root, see infra/README.md.
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
# Two environments: what builds stays behind, what runs has neither pip nor setuptools.
RUN ["python", "-m", "venv", "/opt/build"]
RUN ["/opt/build/bin/python", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--require-hashes", "-r", "requirements-build.txt"]
RUN ["python", "-m", "venv", "--without-pip", "/opt/monitor"]
RUN ["/opt/build/bin/python", "-m", "pip", "--python", "/opt/monitor/bin/python", "install", "--no-cache-dir", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes", "-r", "requirements.txt"]
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
RUN ["/opt/build/bin/python", "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "/wheels", "."]
RUN ["/opt/build/bin/python", "-m", "pip", "--python", "/opt/monitor/bin/python", "install", "--no-deps", "--no-index", "--find-links", "/wheels", "entra-mfa-monitor"]

FROM ${PYTHON}
RUN ["python", "-m", "pip", "uninstall", "--yes", "pip"]
RUN ["useradd", "--system", "--uid", "10001", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "monitor"]
RUN ["install", "--directory", "--owner=monitor", "--group=monitor", "--mode=0700", "/data"]
COPY --from=build /opt/monitor /opt/monitor
ENV PATH=/opt/monitor/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
# SIGTERM lets the batch in hand be committed, then gives the partitions back.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8711/healthz', timeout=8)"]
ENTRYPOINT ["mfa-monitor", "--data", "/data"]
CMD ["run", "--from-eventhub", "--json"]
