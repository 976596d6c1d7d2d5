// The positions of a chart as a table: role, persona, superior, how many, whether it must be filled.

import { useState } from "react";
import { personaWord } from "./agent_words.jsx";
import { Fault } from "./parts.jsx";
import { send } from "./rest.js";

const blank = (seats) => ({ key: `new-${Date.now()}`, id: "", role_name: "", persona_path: "", required: false, max_instances: 0, reports_to: seats[0]?.id || "" });
const draftOf = ({ id, role_name, persona_path, required, max_instances, reports_to }) => ({ ...(id && { id }), role_name: role_name.trim(), persona_path: persona_path.trim(), required, max_instances, reports_to });

function Row({ seat, seats, names, faults, onChange, onRemove }) {
  const set = (name) => (event) => onChange({ ...seat, [name]: event.target.type === "checkbox" ? event.target.checked : event.target.type === "number" ? Math.max(0, Math.trunc(Number(event.target.value) || 0)) : event.target.value });
  const word = seat.role_name || "new position";
  return (
    <tr>
      <td data-label="Role"><input aria-label={`Role of ${word}`} value={seat.role_name} onChange={set("role_name")} placeholder="data-engineer" maxLength={64} spellCheck={false} required pattern="[a-z0-9]+(-[a-z0-9]+)*" title="Small letters, digits and single hyphens" />
        {faults.map((fault) => <p key={fault.message} className="loom-position-problem" role="alert">{fault.message}</p>)}
        {names && <div className="loom-quiet">{names}</div>}
      </td>
      <td data-label="Persona"><input aria-label={`Persona of ${word}`} value={seat.persona_path} onChange={set("persona_path")} placeholder={seat.role_name ? `default/${seat.role_name}` : "of the role"} maxLength={129} spellCheck={false} /></td>
      <td data-label="Reports to">
        <select aria-label={`${word} reports to`} value={seat.reports_to} onChange={set("reports_to")}>
          <option value="">nobody</option>
          {seats.filter((one) => one.id && one.id !== seat.id).map((one) => <option key={one.id} value={one.id}>{personaWord(one.role_name)}</option>)}
        </select>
      </td>
      <td data-label="At most"><input type="number" min={0} max={1000} aria-label={`How many ${word} at most, 0 for any number`} value={seat.max_instances} onChange={set("max_instances")} className="loom-most" /></td>
      <td data-label="Required"><input type="checkbox" aria-label={`${word} is required`} checked={seat.required} onChange={set("required")} /></td>
      <td className="is-end"><button type="button" className="loom-button is-plain is-danger" aria-label={`Remove ${word}`} onClick={onRemove}>Remove</button></td>
    </tr>
  );
}

export function ChartEditor({ chart, agents, onClose, onSaved }) {
  const [seats, setSeats] = useState(() => chart.positions.map((seat) => ({ ...seat, key: seat.id })));
  const [faults, setFaults] = useState([]);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const namesOf = (seat) => (seat.agent_ids || []).map((id) => agents.find((agent) => agent.id === id)?.name || id).join(", ");
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    setFaults([]);
    setFault("");
    try {
      await send("PUT", `/api/v1/org-charts/${encodeURIComponent(chart.project_id)}`, { positions: seats.map(draftOf), base_revision: chart.revision });
      onSaved();
    } catch (error) {
      setFaults(error.problem?.problems || []);
      setFault(error.message);
      setBusy(false);
    }
  };
  const remove = (gone) => setSeats((before) => before.filter((one) => one.key !== gone.key).map((one) => (gone.id && one.reports_to === gone.id ? { ...one, reports_to: gone.reports_to } : one)));
  const homeless = chart.positions.filter((seat) => seat.agent_ids.length > 0 && !seats.some((one) => one.id === seat.id));
  return (
    <form className="loom-stack" onSubmit={save} data-loaded="yes">
      <div className="loom-scroll">
        <table className="loom-table is-stacked loom-positions">
          <thead><tr>{["Role", "Persona", "Reports to", "At most", "Required", ""].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>{seats.map((seat) => (
            <Row key={seat.key} seat={seat} seats={seats} names={namesOf(seat)} faults={faults.filter((one) => one.position_id === (seat.id || `pos-${seat.role_name}`))}
              onChange={(next) => setSeats((before) => before.map((one) => (one.key === seat.key ? next : one)))} onRemove={() => remove(seat)} />
          ))}</tbody>
        </table>
      </div>
      {homeless.length > 0 && <p className="loom-hint">{homeless.map(namesOf).join(", ")} will have no position, or another one of the same role.</p>}
      <Fault>{fault}</Fault>
      <div className="loom-row">
        <button type="submit" className="loom-button is-main" disabled={busy}>{busy ? "Saving…" : "Save the chart"}</button>
        <button type="button" className="loom-button" onClick={() => setSeats((before) => [...before, blank(before)])}>Add a position</button>
        <button type="button" className="loom-button is-plain" onClick={onClose}>Cancel</button>
        <span className="loom-quiet">At most 0 means any number. Who reported to a removed position reports to the one above it.</span>
      </div>
    </form>
  );
}
