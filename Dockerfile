# syntax=docker/dockerfile:1

# --- the packages, in an environment of their own
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY monitor monitor
COPY rendering rendering
COPY alerts alerts
COPY storage storage
COPY pagewitness pagewitness
RUN python -m venv --without-pip /opt/pagewitness \
 && python -m pip --python /opt/pagewitness/bin/python install -c constraints.txt ".[postgres]"

# --- what runs: no compiler, no pip, no root
FROM python:3.13-slim-trixie
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin pagewitness \
 && install -d -o pagewitness -g pagewitness -m 0750 /data
COPY --from=build /opt/pagewitness /opt/pagewitness
ENV PATH=/opt/pagewitness/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PAGEWITNESS_DATABASE_URL=sqlite:////data/pagewitness.db \
    PAGEWITNESS_LOG_FORMAT=json \
    PAGEWITNESS_WEB_PORT=8080
# There is no login yet. Inside a container the web must listen on all addresses to be reached at all: publish the port on 127.0.0.1 only.
ENV PAGEWITNESS_WEB_HOST=0.0.0.0
USER pagewitness
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client as c, os; h = c.HTTPConnection('127.0.0.1', int(os.environ['PAGEWITNESS_WEB_PORT']), timeout=4); h.request('GET', '/healthz'); raise SystemExit(h.getresponse().status != 200)"]
ENTRYPOINT ["pagewitness"]
CMD ["run"]
