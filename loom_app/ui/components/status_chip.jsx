// Where a bead stands, by mark and word.

export const STATUS_MARK = { open: "○", in_progress: "◐", blocked: "◇", done: "●" };

const statusWord = (bead) => (bead.source_status || bead.status).replaceAll("_", " ");

export function StatusChip({ bead }) {
  return (
    <span className={`loom-status is-${bead.status}`}><span aria-hidden="true">{STATUS_MARK[bead.status]}</span> {statusWord(bead)}</span>
  );
}
