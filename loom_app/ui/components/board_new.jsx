// A new bead at the top of a column or lane: a title and Enter, then the next.

import { useEffect, useRef, useState } from "react";
import { TITLES } from "./board_layout.js";

export function NewHere({ place, where, project, projects, make, onClose }) {
  const [title, setTitle] = useState("");
  const [chosen, setChosen] = useState(project || projects[0]?.[0] || "");
  const [told, setTold] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    if (!title.trim() || busy) return;
    setBusy(true);
    setFault("");
    try {
      setTold(await make({ title, project_id: project || chosen }, place));
      setTitle("");
    } catch (error) {
      setTold("");
      setFault(error instanceof TypeError ? "Loom cannot be reached. The title is kept here." : error.message);
    } finally {
      setBusy(false);
      field.current?.focus();
    }
  };
  return (
    <form className="loom-new-here" onSubmit={submit} aria-label={`New bead in ${TITLES[place.status]}`} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <input ref={field} aria-label="Title" placeholder={`New bead in ${TITLES[place.status]}${where ? `, ${where}` : ""}: title, then Enter`} value={title} maxLength={500} autoComplete="off" onChange={(event) => setTitle(event.target.value)} />
      {!project && projects.length > 1 && (
        <select aria-label="Project of the new bead" value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {projects.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
        </select>
      )}
      <button type="submit" className="loom-button is-main" disabled={busy || !title.trim()}>{busy ? "Creating…" : "Create"}</button>
      <button type="button" className="loom-button is-plain" aria-label="Close the new bead" onClick={onClose}>✕</button>
      <span role="status" className="loom-quiet">{told}</span>
      {fault && <span role="alert" className="loom-fault-line">{fault}</span>}
    </form>
  );
}
