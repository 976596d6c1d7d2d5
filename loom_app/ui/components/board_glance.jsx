// A glance at the bead one is at.

import { useEffect, useState } from "react";
import { TITLES } from "./board_layout.js";
import { get } from "./rest.js";

const MOST_SHOWN = 1500;

function useBead(id, version) {
  const [found, setFound] = useState({ bead: null, fault: "" });
  useEffect(() => {
    const leaving = new AbortController();
    get(`/api/v1/beads/${encodeURIComponent(id)}`, leaving.signal).then(
      ({ body }) => setFound({ bead: body, fault: "" }),
      (error) => !leaving.signal.aborted && setFound((before) => ({ ...before, fault: error.message })),
    );
    return () => leaving.abort();
  }, [id, version]);
  return found.bead && found.bead.id !== id ? { bead: null, fault: found.fault } : found;
}

function Text({ title, text }) {
  if (!text) return null;
  return <section><h3>{title}</h3><p className="loom-prose">{text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}</p></section>;
}

function Summary({ bead }) {
  return (
    <>
      <div className="loom-row">
        <span className={`loom-status is-${bead.status}`}>{TITLES[bead.status]}</span>
        <span className={`loom-priority p${bead.priority}`}>P{bead.priority}</span>
        <span className="loom-kind">{bead.type}</span>
        {bead.tags.map((tag) => <span key={tag} className="loom-tag">{tag}</span>)}
      </div>
      {bead.status_reason && <p className="loom-reason" role="note">{bead.status_reason}</p>}
      {bead.blockers.map((blocker) => <p key={blocker.why} className="loom-why">It {blocker.why}.</p>)}
      <Text title="Description" text={bead.description} />
      <Text title="Done when" text={bead.acceptance_criteria} />
      {!bead.description && !bead.acceptance_criteria && <p className="loom-quiet">Nothing is written about it yet.</p>}
    </>
  );
}

// Space shows and hides it; it follows the card one goes to.
export function Glance({ id, version }) {
  const { bead, fault } = useBead(id, version);
  return (
    <aside className="loom-glance" role="dialog" aria-label={`Peek at ${id}`}>
      <p className="loom-id">{id}</p>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {bead ? <><h2>{bead.title}</h2><Summary bead={bead} /></> : !fault && <div className="loom-skeleton" aria-label="Loading" />}
      <p className="loom-quiet">Enter opens it, Space closes this.</p>
    </aside>
  );
}
