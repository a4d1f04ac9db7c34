# Two stages: what installs the bot stays in the first one.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cogs cogs
# Without pip, which nothing needs once the bot is installed, and with what each start would make again.
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -c constraints.txt ".[postgres,speed,telegram]" \
    && /venv/bin/python -P -m bot.prepared \
    && /venv/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8080
# All that the bot writes is below /app/data; everything else may be read-only.
WORKDIR /app
RUN install --directory --owner=10001 --group=10001 --mode=700 data
VOLUME /app/data
USER 10001:10001
EXPOSE 8080
# /livez says whether the process still works, not whether Discord answers: a new container would not end an outage.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT'] or 8080), timeout=4); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "bot"]
