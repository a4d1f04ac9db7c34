"""The file for Kubernetes: what the cluster would make of it, and that it agrees with the image and the program."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kubernetes_validate
import pytest
import yaml

from bot.config import Settings
from bot.storage import advisory_locks, leases
from tests.test_deploy import argument, service

ROOT = Path(__file__).parent.parent
FILE = ROOT / "deploy" / "kubernetes.yaml"
# The oldest that the validator knows and clusters still run, and the newest.
VERSIONS = ("1.30", "1.37")
A_SECRET = {"TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB"}


@cache
def manifests() -> dict[str, dict[str, Any]]:
    """Each object of the file, by its kind."""
    objects = list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))
    found = {each["kind"]: each for each in objects}
    assert len(found) == len(objects)
    return found


def pod() -> dict[str, Any]:
    return dict(manifests()["Deployment"]["spec"]["template"])


def container() -> dict[str, Any]:
    (only,) = pod()["spec"]["containers"]
    return dict(only)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_takes_every_object(version: str) -> None:
    for each in manifests().values():
        kubernetes_validate.validate(each, version, strict=True)


def test_the_validator_refuses_a_field_that_there_is_not() -> None:
    wrong = json.loads(json.dumps(manifests()["Deployment"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_everything_finds_the_pods_and_the_secret() -> None:
    labels = pod()["metadata"]["labels"]
    deployment = manifests()["Deployment"]["spec"]
    selectors = [
        deployment["selector"]["matchLabels"],
        manifests()["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        manifests()["Service"]["spec"]["selector"],
        *(each["labelSelector"]["matchLabels"] for each in pod()["spec"]["topologySpreadConstraints"]),
    ]

    assert all(selector == labels for selector in selectors)
    assert [each["secretRef"]["name"] for each in container()["envFrom"]] == [manifests()["Secret"]["metadata"]["name"]]
    assert manifests()["Service"]["spec"]["ports"][0]["targetPort"] in [each["name"] for each in container()["ports"]]


def test_the_program_understands_what_the_pod_is_told() -> None:
    told = {each["name"]: each["value"] for each in container()["env"]}
    secret = manifests()["Secret"]["stringData"]
    settings, problems = Settings.read(told | secret | A_SECRET)

    assert problems == []
    assert settings.shards == "auto"
    assert settings.log_format == "json"
    assert {name.lower() for name in {*told, *secret}} <= set(Settings.__dataclass_fields__)
    assert settings.port == container()["ports"][0]["containerPort"]


def test_one_setting_names_the_database_and_nothing_is_kept_in_the_pod() -> None:
    volumes = pod()["spec"]["volumes"]

    assert manifests()["Secret"]["stringData"]["DATABASE"].startswith("postgresql://")
    assert all(not {"emptyDir", "secret"}.isdisjoint(each) for each in volumes)
    assert {each["name"] for each in container()["volumeMounts"]} == {each["name"] for each in volumes}
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_certificate_that_the_address_names_is_where_the_pod_has_it() -> None:
    address = parse_qs(urlsplit(manifests()["Secret"]["stringData"]["DATABASE"]).query)
    mounted = {each["mountPath"]: each["name"] for each in container()["volumeMounts"]}
    (secret,) = [each for each in pod()["spec"]["volumes"] if "secret" in each]

    assert address["sslmode"] == ["verify-full"]
    assert address["sslrootcert"] == ["/etc/encourage-bot/ca.crt"]
    assert mounted["/etc/encourage-bot"] == secret["name"]


def test_the_pod_is_the_unprivileged_user_of_the_image_with_its_bounds() -> None:
    security = pod()["spec"]["securityContext"]

    assert argument("USER") == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert container()["image"].partition(":")[0] == service()["image"]
    assert container()["resources"]["limits"]["memory"].removesuffix("Mi") == service()["mem_limit"].removesuffix("m")
    assert container()["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_an_outage_of_discord_restarts_no_pod_and_an_update_leaves_no_shard_without_one() -> None:
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    probes = {kind: container()[kind]["httpGet"]["path"] for kind in kinds}
    update = manifests()["Deployment"]["spec"]["strategy"]["rollingUpdate"]

    assert probes == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert update == {"maxSurge": 1, "maxUnavailable": 0}
    # A pod that begins its shards is taken for one that is ready until the probe has failed three times, by default.
    noticed = advisory_locks.IDLE_SECONDS + leases.GRACE_SECONDS + 3 * container()["readinessProbe"]["periodSeconds"]
    assert manifests()["Deployment"]["spec"]["minReadySeconds"] > noticed
