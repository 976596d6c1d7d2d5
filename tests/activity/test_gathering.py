"""What the feed makes of the log: five alike are one, however the log comes, and nothing private is told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from loom_app.activity.gathering import ALIKE, WINDOW, Row, gather, shown
from loom_app.events.catalogue import FEED
from loom_app.events.record import EventRecord

NOON = datetime(2026, 2, 21, 12, 0, tzinfo=UTC)
TYPES = ("bead.created", "bead.status_change", "agent.spawned", "project.deleted", "agent.updated", "secret.rotated")


def event(seq: int, type_: str = "bead.created", *, after: float = 0, project: str | None = "shop", actor: str = "anna",
          **data: object) -> EventRecord:  # fmt: skip
    """The event number `seq`, so many seconds after noon."""
    at = NOON + timedelta(seconds=after)
    source = type_.partition(".")[0]
    return EventRecord(seq, f"evt-{seq}", type_, at, source, "user", actor, project, f"thing-{seq}", dict(data))


def feed(*batches: list[EventRecord]) -> list[Row]:
    """The feed after these batches, as a table would hold it."""
    table = dict[int, Row]()
    for batch in batches:
        newest = dict[str, Row]()
        for row in sorted(table.values(), key=lambda one: int(one["first_seq"])):
            if row["aggregation_key"]:
                newest[row["aggregation_key"]] = dict(row)
        made = gather(newest.values(), batch, {})
        table = {
            key: row for key, row in table.items()
            if not (row["project_id"] in made.gone and key < made.gone[row["project_id"]])
        } | made.rows  # fmt: skip
    return sorted(table.values(), key=lambda row: int(row["seq"]))


def test_five_creations_by_one_actor_are_one_activity_that_counts_them_and_shows_the_newest() -> None:
    (one,) = feed([event(seq, after=seq * 50, title=f"Bead {seq}") for seq in range(1, 6)])
    assert one["aggregation_count"] == 5
    assert one["aggregation_key"] == "bead.created.2026-02-21-12.shop.anna"
    assert (one["first_seq"], one["seq"], one["resource_title"]) == (1, 5, "Bead 5")


def test_what_comes_five_minutes_after_the_first_is_told_anew() -> None:
    late = WINDOW.total_seconds()
    told = feed([event(1), event(2, after=late - 1), event(3, after=late)])
    assert [row["aggregation_count"] for row in told] == [2, 1]


def test_others_projects_hours_and_kinds_stay_apart() -> None:
    others = [event(1), event(2, actor="bob"), event(3, project="lab"), event(4, "agent.spawned"), event(5, after=-1)]
    assert [row["aggregation_count"] for row in feed(others)] == [1] * 5


def test_what_says_something_by_itself_is_never_gathered() -> None:
    assert len(feed([event(1, "bead.status_change", to="done"), event(2, "bead.status_change", to="done")])) == 2
    assert ALIKE <= FEED


def test_a_projects_removal_takes_its_activities_and_is_told() -> None:
    log = [event(1), event(2, project="lab"), event(3, "project.deleted"), event(4)]
    told = feed(log)
    assert [(row["event_type"], row["project_id"], row["aggregation_count"]) for row in told] == [
        ("bead.created", "lab", 1), ("project.deleted", "shop", 1), ("bead.created", "shop", 1),
    ]  # fmt: skip


def test_nothing_is_told_of_accounts_and_keys_or_of_what_is_one_persons() -> None:
    own = event(1, "provider.registered", project=None, private_to="anna")
    assert not any(map(shown, (own, event(2, "secret.rotated"), event(3, "user.created"), event(4, "backup.failed"))))
    assert shown(event(1, "provider.registered", project=None))


logs = st.lists(
    st.tuples(
        st.sampled_from(TYPES), st.integers(-400, 4_000), st.sampled_from(["shop", "lab", None]), st.sampled_from("ab")
    ),
    max_size=40,
)  # fmt: skip


@given(logs, st.lists(st.integers(0, 40), max_size=8))
def test_however_the_log_is_cut_into_batches_the_feed_is_the_same(
    log: list[tuple[str, int, str | None, str]], cuts: list[int]
) -> None:
    events = [event(seq, type_, after=after, project=project, actor=actor)
              for seq, (type_, after, project, actor) in enumerate(log, 1)]  # fmt: skip
    places = [0, *sorted(cuts), len(events)]
    batches = [events[start:end] for start, end in pairwise(places)]
    assert feed(*batches) == feed(events)
    alone = feed(*[[one] for one in events])
    assert alone == feed(events)
    kept = [one for one in events if shown(one) and not _removed_later(events, one)]
    assert sum(row["aggregation_count"] for row in alone) == len(kept)


def _removed_later(events: list[EventRecord], one: EventRecord) -> bool:
    return one.project_id is not None and any(
        later.type == "project.deleted" and later.project_id == one.project_id for later in events[one.seq :]
    )
