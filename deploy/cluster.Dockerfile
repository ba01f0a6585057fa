# A node of a Ray cluster. From the root of the project:
#   docker build -f deploy/cluster.Dockerfile -t REGISTRY/rnnforecast-ray:0.1.0 .
# Ray's own image, for KubeRay asks its nodes how they are with tools that are in it.
FROM rayproject/ray:2.60.0-py312-cpu

ENV RAY_USAGE_STATS_ENABLED=0
WORKDIR /home/ray/rnnforecast
COPY --chown=ray pyproject.toml README.md LICENSE ./
COPY --chown=ray rnnforecast rnnforecast
COPY --chown=ray configs configs
RUN pip install --no-cache-dir '.[ray]'
