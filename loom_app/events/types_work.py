"""The types of events about beads and what belongs to them."""

from loom_app.events.event_type import HIGH, NORMAL, of

COMMENT = "comment_id parent_id author content mentions"
IMPORTED = "created updated ids source"
LESSON = "title category bead_id"
MESSAGE = "message_id run_id from_agent_id to_agent_id type subject"
SCHEDULE = "schedule_id name workflow"
VIEW = "name shared private_to"

TYPES = (
    of("bead.assigned", "gave {} to somebody", "title from to", feed=True, priority=HIGH),
    of("bead.claimed", "claimed {}", "agent_id expires_at"),
    of("bead.comment_created", "commented on {}", COMMENT, feed=True, priority=NORMAL),
    of("bead.comment_deleted", "deleted a comment on {}", COMMENT),
    of("bead.comment_updated", "changed a comment on {}", COMMENT),
    of("bead.completed", "finished {}", "title reason", feed=True, priority=NORMAL),
    of(
        "bead.conflict_found",
        "found two values for a field of {}",
        "field item winner conflict_id",
        feed=True,
        priority=HIGH,
    ),
    of("bead.conflict_resolved", "chose between two values of {}", "field item resolution conflict_id", feed=True),
    of(
        "bead.created",
        "filed {}",
        "title type status priority assigned_to parent blocked_by",
        feed=True,
        priority=NORMAL,
    ),
    of("bead.deleted", "deleted {}", "title reason", feed=True),
    of("bead.imported", "brought {} in", IMPORTED, feed=True),
    of("bead.recurred", "saw the error {} again", "title occurrences last_seen"),
    of("bead.redispatched", "asked for another run of {}", "title reason"),
    of("bead.restored", "brought {} back", "title reason", feed=True),
    of("bead.status_change", "changed the status of {}", "title from to reason", feed=True),
    of("bead.unblocked", "set {} free", "title status"),
    of("bead.updated", "changed {}", "title fields changes"),
    of("beadfile.sync_asked", "asked for a look at the bead file of {}", "name accept"),
    of("beadfile.synced", "brought the bead file of {} up to date", "created updated conflicts written commit problem"),
    of("board.view_changed", "changed the view {} of the board", VIEW),
    of("board.view_deleted", "deleted the view {} of the board", VIEW),
    of("board.view_saved", "saved the view {} of the board", VIEW),
    of("command.executed", "had a command run", "command exit_code risk agent_id success"),
    of("file.locked", "locked {}", "file_path agent_id bead_id expires_at"),
    of("file.unlocked", "gave {} free again", "file_path agent_id bead_id expires_at"),
    of("lesson.created", "wrote the lesson {}", LESSON),
    of("lesson.deleted", "deleted the lesson {}", LESSON),
    of("lesson.learned", "learned {}", LESSON, feed=True),
    of("lesson.updated", "changed the lesson {}", f"{LESSON} fields"),
    of("message.delivered", "saw a message heard that was sent from {}", f"{MESSAGE} heard_in turn"),
    of("message.sent", "wrote to a colleague from {}", f"{MESSAGE} to"),
    of("milestone.created", "set the milestone {}", "name status due_date", feed=True),
    of("milestone.deleted", "removed the milestone {}", "name"),
    of("milestone.missed", "saw the date of the milestone {} go by", "name due_date", feed=True, priority=HIGH),
    of("milestone.updated", "changed the milestone {}", "name fields"),
    of("temporal.executed", "had an instruction carried out for {}", "instruction_id kind name status error"),
    of("temporal.fired", "had work begun for {} that was due", "workflow_id workflow called schedule_id bead_id filed"),
    of("temporal.instructed", "gave instructions while on {}", "execution_id source instructions faults run_id"),
    of("temporal.paused", "paused a schedule of {}", SCHEDULE),
    of("temporal.resumed", "resumed a schedule of {}", SCHEDULE),
    of("temporal.scheduled", "set up a schedule of {}", f"{SCHEDULE} every"),
    of("temporal.unscheduled", "ended a schedule of {}", f"{SCHEDULE} because"),
)
