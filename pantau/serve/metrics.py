"""Prometheus metrics, read from the board at the moment they are asked for; nothing counts up beside the truth.

For the room, and for a program that brings `server.metrics_token`: that a camera woke tells that something moved there, now, which the public
learns of places and a quarter of an hour later. Rejected: public metrics without cameras (what is left says little), and loopback
as the password (behind a proxy everybody comes from there).

The registry is the app's own, so that two apps in one process (tests, a demo) don't share numbers.
Source: Prometheus, "Writing exporters" (metrics of things watched are collected at scrape time).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import accumulate

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from typing_extensions import override

from pantau.errors import PantauError
from pantau.findings import decoded_share, recall, rested_share
from pantau.serve.http.audience import SCRAPED, ServicesOf
from pantau.serve.levels import measured
from pantau.serve.services import Services
from pantau.store.delays import EDGES_S
from pantau.vocabulary import levels

STATUSES = ("starting", "live", "outage", "ended")
router = APIRouter(tags=["system"])


@router.get(
    "/metrics",
    dependencies=[SCRAPED],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
    summary="Prometheus metrics",
)
def metrics(services: ServicesOf) -> Response:
    """Per camera: samples asked and got, milliseconds, drops by cause, status; and whether the store answers.

    For the signed-in, and who sends `server.metrics_token` as ``Authorization: Bearer``.
    """
    return Response(exposition(services), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class BoardCollector(Collector):
    """Makes the metrics of one app."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @override
    def collect(self) -> Iterator[Metric]:
        """Every metric, afresh."""
        asked = GaugeMetricFamily("pantau_camera_fps_asked", "Samples per second scheduled.", labels=["camera"])
        got = GaugeMetricFamily("pantau_camera_fps_got", "Samples per second analysed.", labels=["camera"])
        step = GaugeMetricFamily("pantau_camera_step_seconds", "Picture to numbers, newest sample.", labels=["camera"])
        stages = GaugeMetricFamily(
            "pantau_camera_stage_seconds",
            "The same by stage; the wait for a turn is in detect.",
            labels=["camera", "stage"],
        )
        age = GaugeMetricFamily("pantau_camera_age_seconds", "Since the newest sample was captured.", labels=["camera"])
        dropped = CounterMetricFamily(
            "pantau_camera_dropped", "Frames not analysed in this run.", labels=["camera", "cause"]
        )
        groups = CounterMetricFamily(
            "pantau_camera_groups", "Groups of pictures by what the gate made of them.", labels=["camera", "fate"]
        )
        share = GaugeMetricFamily(
            "pantau_camera_decoded_share", "Share of the groups of pictures that were decoded whole.", labels=["camera"]
        )
        seen = GaugeMetricFamily(
            "pantau_camera_gate_recall", "Estimated share of movements that woke the camera.", labels=["camera"]
        )
        rested = GaugeMetricFamily(
            "pantau_camera_rested_share",
            "Share of the groups of pictures too long to be slept through in which the detector rested.",
            labels=["camera"],
        )
        status = GaugeMetricFamily("pantau_camera_status", "1 for the state it is in.", labels=["camera", "status"])
        now = self._services.clock()
        for live in self._services.board.all():
            asked.add_metric([live.camera], live.fps_asked)
            got.add_metric([live.camera], live.fps_got)
            if live.step_ms:  # of a camera that is away nothing is known, which is not nothing
                step.add_metric([live.camera], live.step_ms / 1000)
            for stage, took_ms in live.stages_ms.items():
                stages.add_metric([live.camera, stage], took_ms / 1000)
            age.add_metric([live.camera], (now - live.time).total_seconds())
            for cause, n in live.dropped.items():
                dropped.add_metric([live.camera, cause], n)
            for fate, n in live.gated.items():
                groups.add_metric([live.camera, fate], n)
            for gauge, of in ((share, decoded_share), (seen, recall), (rested, rested_share)):
                value = of(live.gated)
                if value is not None:
                    gauge.add_metric([live.camera], value)
            for one in STATUSES:
                status.add_metric([live.camera, one], float(one == live.status))
        yield from (asked, got, step, stages, age, dropped, groups, share, seen, rested, status)
        yield from self._levels()
        yield self._kept()
        yield from self._inference()
        yield from self._alarms(now)
        failing = GaugeMetricFamily(
            "pantau_keeper_failing_seconds", "How long a job of the keeper has been failing.", labels=["job"]
        )
        for job, since in self._services.failing().items():
            failing.add_metric([job], (now - since).total_seconds())
        yield failing
        yield GaugeMetricFamily("pantau_live_streams", "Live pages that are open.", self._services.board.watching)
        yield GaugeMetricFamily("pantau_store_up", "1 when the store answers.", float(answers(self._services)))
        yield InfoMetricFamily("pantau", "What runs.", {"version": self._services.version})

    def _levels(self) -> Iterator[Metric]:
        found = measured(self._services)
        for level in levels().values():
            if (value := found[level.id].value) is not None:
                yield GaugeMetricFamily(level.metric, level.definition.en, value)

    def _kept(self) -> Metric:
        counts, sum_s = self._services.numbers.delays.counted()
        edges = [*map(str, EDGES_S), "+Inf"]
        return HistogramMetricFamily(
            "pantau_kept_delay_seconds",
            "From the capture of a sample until it is kept.",
            buckets=list(zip(edges, accumulate(counts), strict=True)),
            sum_value=sum_s,
        )

    def _inference(self) -> Iterator[Metric]:
        if self._services.load is None:
            return
        load = self._services.load()
        yield CounterMetricFamily(
            "pantau_inference_busy_seconds", "Seconds of inference, all cameras together.", load.busy_s
        )
        yield GaugeMetricFamily("pantau_inference_at_once", "Inferences that run side by side.", load.at_once)
        yield GaugeMetricFamily(
            "pantau_inference_wait_seconds", "How long a picture waits for its turn, moving mean.", load.wait_s
        )
        yield CounterMetricFamily(
            "pantau_inference_given_up", "Pictures that could not be looked at within their deadline.", load.given_up
        )

    def _alarms(self, now: datetime) -> Iterator[Metric]:
        alarms, pulse = self._services.alarms, self._services.alarms.pulse()
        open_ = GaugeMetricFamily("pantau_alarms", "Open alarms.", labels=["state", "severity"])
        for (state, severity), n in Counter((a.state, a.severity) for a in alarms.open()).items():
            open_.add_metric([state, severity], n)
        notices = GaugeMetricFamily(
            "pantau_notices", "Notices of the last days, by what became of them.", labels=["state"]
        )
        with suppress(PantauError):
            for what, n in alarms.outbox().items():
                notices.add_metric([what], n)
        yield from (open_, notices)
        yield GaugeMetricFamily("pantau_alarm_points", "Rules times the places they are watched at.", pulse.points)
        yield CounterMetricFamily("pantau_alarm_batches_dropped", "Batches that no rule has seen.", pulse.dropped)
        if pulse.checked is not None:
            age = (now - pulse.checked).total_seconds()
            yield GaugeMetricFamily("pantau_alarms_checked_age_seconds", "Since every rule was last looked at.", age)


def answers(services: Services) -> bool:
    """Whether the store and the control database answer."""
    try:
        services.register.camera("")
        services.numbers.check()
    except PantauError:
        return False
    return True


def exposition(services: Services) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BoardCollector(services))
    return generate_latest(registry)
