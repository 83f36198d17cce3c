"""`[people]`: who comes on a usual day, for simulated halls only. A real hall never reads it.

Shares and weights are relative: 3 and 1 mean the same as 75 and 25.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.settings.values import Id, Percent, TimeOfDay, Weight, meaning

SpreadPct = Annotated[float, Meta(ge=0, le=500)]


class Arrivals(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From this time of day until the next entry, so many people an hour come (a Poisson stream)."""

    at: Annotated[TimeOfDay, meaning("from when on")]
    people_per_h: Annotated[float, Meta(ge=0, le=20_000), meaning("people an hour")]


class ServiceTimes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long one service really takes and how often it is wanted, where it differs from the rest."""

    service: Annotated[Id, meaning("id of a service")]
    weight: Annotated[Weight, meaning("share among the services of its queue")] = 1.0
    mean_min: Annotated[float, Meta(ge=0, le=480), meaning("mean; 0 = the service's own service_min")] = 0.0
    shape: Annotated[
        Literal["", "constant", "exponential", "lognormal"], meaning('"" = that of [people]')
    ] = ""
    spread_pct: Annotated[
        SpreadPct, meaning("lognormal: standard deviation in per cent of the mean; 0 = that of [people]")
    ] = 0.0


class Ratings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Shares of the five levels among those who rate."""

    very_satisfied: Annotated[Weight, meaning("share of level 5, 非常满意")] = 62.0
    satisfied: Annotated[Weight, meaning("share of level 4, 满意")] = 27.0
    basically_satisfied: Annotated[Weight, meaning("share of level 3, 基本满意")] = 8.0
    dissatisfied: Annotated[Weight, meaning("share of level 2, 不满意")] = 2.0
    very_dissatisfied: Annotated[Weight, meaning("share of level 1, 非常不满意")] = 1.0


class People(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Citizens and clerks of a simulated day."""

    arrivals: Annotated[
        tuple[Arrivals, ...],
        Meta(max_length=96),
        meaning("steps of the arrival rate in order of time; none = 20 people an hour all day"),
    ] = ()
    queues: Annotated[
        dict[Id, Weight], meaning("share of each queue; one not named: 0 if any is named, else 1")
    ] = {}
    classes: Annotated[
        dict[Id, Weight], meaning('share of each priority class; none = all are "ordinary"')
    ] = {}
    shape: Annotated[
        Literal["constant", "exponential", "lognormal"], meaning("distribution of service times")
    ] = "lognormal"
    spread_pct: Annotated[SpreadPct, meaning("lognormal: standard deviation in per cent of the mean")] = 60.0
    services: Annotated[
        tuple[ServiceTimes, ...], Meta(max_length=2000), meaning("services that differ from the rest")
    ] = ()
    no_show_pct: Annotated[Percent, meaning("called and not there")] = 5.0
    patience_min: Annotated[
        float, Meta(ge=0, le=1440), meaning("mean time until someone walks away (exponential); 0 = endless")
    ] = 120.0
    walk_s: Annotated[float, Meta(ge=0, le=600), meaning("mean walk from the seat to the window")] = 25.0
    more_items_pct: Annotated[Percent, meaning("visits with a second item of business")] = 8.0
    transfer_pct: Annotated[Percent, meaning("visits sent on to another window")] = 2.0
    hold_pct: Annotated[Percent, meaning("visits put aside for a while, to copy a paper")] = 3.0
    appointment_pct: Annotated[Percent, meaning("people who come with an appointment")] = 0.0
    rating_pct: Annotated[Percent, meaning("asked people who press a grade")] = 70.0
    rating_s: Annotated[float, Meta(ge=0, le=120), meaning("mean time until the grade is pressed")] = 6.0
    ratings: Annotated[Ratings, meaning("shares of the five levels")] = Ratings()
    clerk_s: Annotated[float, Meta(ge=0, le=600), meaning("mean time a clerk takes between two visits")] = (
        15.0
    )
    recall_after_s: Annotated[
        float, Meta(ge=1, le=600), meaning("a clerk calls again, and then gives up, after this")
    ] = 40.0
    recalls: Annotated[int, Meta(ge=0, le=10), meaning("how often a clerk calls again")] = 2
