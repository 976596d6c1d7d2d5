// The schedules agents set up: when each fires, what it filed, and having it rest, fire again or end.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm, Fault } from "./parts.jsx";
import { send } from "./rest.js";
import { refused, told } from "./undo.js";
import { momentShown } from "./units.js";

const SHOWN = 100;
const path = (one) => `/api/v1/temporal/schedules/${encodeURIComponent(one.id)}`;

function Standing({ one }) {
  if (one.ended_at) return <><span className="loom-status is-closed">ended</span><div className="loom-quiet">{one.ended_because}</div></>;
  if (one.paused_at) return <><span className="loom-status is-waiting">paused</span><div className="loom-quiet">by {one.paused_by}, <Ago at={one.paused_at} /></div></>;
  return <span className="loom-status is-good">holds</span>;
}

function Row({ one, mayWrite, busy, onDo, onEnd }) {
  const verb = one.paused_at ? "resume" : "pause";
  return (
    <tr data-schedule={one.name} className={one.ended_at ? "is-off" : undefined}>
      <td><strong>{one.name}</strong><div className="loom-quiet">{one.workflow}{one.description && <>: <span dir="auto">{one.description}</span></>}</div></td>
      <td data-label="Agent"><div><Link to={`/agents/${encodeURIComponent(one.agent_id)}`}>{one.agent_name}</Link><div><Link to={`/projects/${encodeURIComponent(one.project_id)}`} className="loom-quiet">{one.project_id}</Link></div></div></td>
      <td data-label="Every">{one.every}</td>
      <td data-label="Next">{one.next_at ? <time dateTime={one.next_at} title={new Date(one.next_at).toLocaleString()}>{momentShown(one.next_at)}</time> : <span className="loom-quiet">not at all</span>}</td>
      <td data-label="Fired"><div>{one.firings === 0 ? "never yet" : <>{one.firings.toLocaleString("en-US")}×, last <Ago at={one.fired_at} /></>}{one.bead_id && <div><Link to={`/beads/${encodeURIComponent(one.bead_id)}`} className="loom-id">{one.bead_id}</Link></div>}</div></td>
      <td data-label="State"><div><Standing one={one} /></div></td>
      <td className="is-end">
        {mayWrite && !one.ended_at && <div className="loom-row loom-actions">
          <button type="button" className="loom-button is-small" disabled={busy} aria-label={`${verb === "pause" ? "Pause" : "Resume"} ${one.name}`} onClick={() => onDo(one, verb)}>{verb === "pause" ? "Pause" : "Resume"}</button>
          <button type="button" className="loom-button is-small is-danger" disabled={busy} aria-label={`End ${one.name}`} onClick={() => onEnd(one)}>End…</button>
        </div>}
      </td>
    </tr>
  );
}

export function Schedules({ query, beat, mayWrite }) {
  const [found, fault, ask] = useAnswer(`/api/v1/temporal/schedules?limit=${SHOWN}${query && `&${query}`}`, beat);
  const [busy, setBusy] = useState("");
  const [ending, setEnding] = useState(null);
  const act = async (one, verb) => {
    setBusy(one.id);
    try {
      await send("POST", `${path(one)}/${verb}`);
      told(verb === "pause" ? `${one.name} is paused.` : `${one.name} fires again.`, () => send("POST", `${path(one)}/${verb === "pause" ? "resume" : "pause"}`).then(ask));
    } catch (error) {
      refused(error);
    }
    await ask();
    setBusy("");
  };
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!found) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  return (
    <section className="loom-panel" aria-label="Schedules">
      {found.count === 0 && <p className="loom-empty">{query ? "No schedule of these." : "No agent has set up a schedule yet. One does by a SCHEDULE in its reply or persona."}</p>}
      {found.count > 0 && <div className="loom-scroll"><table className="loom-table is-stacked">
        <thead><tr>{["What", "Agent", "Every", "Next", "Fired", "State"].map((head) => <th key={head} scope="col">{head}</th>)}<th scope="col"><span className="loom-unseen">Actions</span></th></tr></thead>
        <tbody>{found.schedules.map((one) => <Row key={one.id} one={one} mayWrite={mayWrite} busy={busy === one.id} onDo={act} onEnd={setEnding} />)}</tbody>
      </table></div>}
      {found.count > found.schedules.length && <p className="loom-quiet">The first {found.schedules.length} of {found.count.toLocaleString("en-US")}. Choose a project or an agent to see the others.</p>}
      <Confirm open={ending !== null} title={`End ${ending?.name || ""}`} action="End it" onClose={() => setEnding(null)} onConfirm={async () => { await send("DELETE", path(ending)); await ask(); }}>
        <p>It does nothing from now on. {ending?.agent_name} may set it up anew; what it filed stays. Pause it if it is only to rest.</p>
      </Confirm>
    </section>
  );
}
