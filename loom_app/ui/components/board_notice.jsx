// What the board last did, for ten seconds, with a way back.

export function Notice({ notice, onDismiss }) {
  return (
    <div className="loom-notice-area" aria-live="polite">
      {notice && (
        <div className={`loom-notice${notice.refused ? " is-refused" : ""}`}>
          <span>{notice.text}</span>
          {notice.undo && <button type="button" onClick={notice.undo}>Undo</button>}
          <button type="button" aria-label="Dismiss" onClick={onDismiss}>×</button>
        </div>
      )}
    </div>
  );
}
