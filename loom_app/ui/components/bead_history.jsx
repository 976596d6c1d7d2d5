// What became of every field of a bead: who, when, why, from what to what, and the way back.

import { useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { beadPath, useAnswer } from "./bead_data.js";
import { Words } from "./diff.jsx";
import { get } from "./rest.js";
import { told, undoChange } from "./undo.js";

const PAGE = 50;
const TEXTS = ["title", "description", "design", "acceptance_criteria", "notes"];
const SHORT = 60;

const word = (field) => field.replaceAll("_", " ");

function shown(value, name) {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "nothing" : value.map((one) => shown(one, name)).join(", ");
  if (value.depends_on_id) return `${value.depends_on_id} (${word(value.type).replaceAll("-", " ")})`;
  return typeof value === "object" ? JSON.stringify(value) : name(String(value));
}

// What a change did, where it is more than another value of a field.
function deed(entries) {
  const [{ field, to }] = entries;
  if (field === "created") return "made this bead";
  if (field === "deleted") return to ? "deleted this bead" : "brought this bead back";
  return `changed ${entries.map((entry) => word(entry.field)).join(", ")}`;
}

function Difference({ entry, name }) {
  const { field, from, to } = entry;
  if (field === "created" || field === "deleted") return null;
  const long = TEXTS.includes(field) && `${from ?? ""}${to ?? ""}`.length > SHORT;
  if (long) return <details className="loom-fold"><summary>What changed</summary><Words from={from} to={to} label={`What changed in ${word(field)}`} /></details>;
  return <p className="loom-from-to" dir="auto"><del>{shown(from, name)}</del> <span aria-label="to">→</span> <ins>{shown(to, name)}</ins></p>;
}

// The entries of one change stand together, under one way back.
function changes(entries) {
  const found = [];
  for (const entry of entries) {
    const last = found.at(-1);
    if (last && last[0].change_id === entry.change_id) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

function Change({ entries, name, mayWrite, onUndo }) {
  const [{ actor, at, why, change_id: changeId }] = entries;
  return (
    <li className="loom-change">
      <header>
        <span><strong>{actor?.name || "Loom"}</strong> {deed(entries)} <Ago at={at} /></span>
        {mayWrite && entries.every((entry) => entry.undoable) && <button type="button" className="loom-button is-small" onClick={() => onUndo(changeId)}>Undo</button>}
      </header>
      {why && <p className="loom-why-changed" dir="auto">“{why}”</p>}
      {entries.map((entry) => <Difference key={entry.id} entry={entry} name={name} />)}
    </li>
  );
}

export function History({ bead, beat, names, mayWrite, load }) {
  const path = `${beadPath(bead.id)}/history?limit=${PAGE}`;
  const [answer, unread, again] = useAnswer(path, beat);
  const [older, setOlder] = useState([]);
  const [fault, setFault] = useState("");
  useEffect(() => setOlder([]), [path]);
  const newest = answer?.entries || [];
  const known = new Set(newest.map((entry) => entry.id));
  const entries = [...newest, ...older.filter((entry) => !known.has(entry.id))];
  const more = async () => {
    try {
      const { body } = await get(`${path}&before=${encodeURIComponent(entries.at(-1).id)}`);
      setOlder((before) => [...before, ...body.entries]);
    } catch (error) {
      setFault(error.message);
    }
  };
  const undo = async (changeId) => {
    setFault("");
    try {
      const { body } = await undoChange(changeId);
      told("Put back as it was.", body.change_id ? () => undoChange(body.change_id).then(load) : undefined);
      await load();
    } catch (error) {
      setFault(error.message);
    }
  };
  if (!answer && !unread) return <div className="loom-skeleton" aria-label="Loading the history" />;
  return (
    <div className="loom-history">
      {unread && <p className="loom-fault-line" role="alert">The history could not be read: {unread.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></p>}
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {answer && entries.length === 0 && <p className="loom-empty">Nothing was changed since it was made.</p>}
      <ul className="loom-changes">
        {changes(entries).map((one) => <Change key={one[0].id} entries={one} name={names.name} mayWrite={mayWrite} onUndo={undo} />)}
      </ul>
      {answer && entries.length < answer.count && <button type="button" className="loom-button is-small" onClick={more}>Show older changes</button>}
    </div>
  );
}
