// What can be done with all selected beads at once.

import { useState } from "react";
import { COLUMNS, PRIORITIES } from "./board_layout.js";

function Act({ label, options, onPick, field }) {
  return (
    <select ref={field} aria-label={label} value="" onChange={(event) => onPick(event.target.value)}>
      <option value="" disabled>{label}…</option>
      {options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
    </select>
  );
}

export function Bar({ count, people, assign, priority, onMove, onAssign, onPriority, onTag, onClear }) {
  const [tag, setTag] = useState("");
  const put = (adding) => {
    if (tag.trim()) onTag(tag.trim(), adding);
    setTag("");
  };
  return (
    <div className="loom-bar" role="toolbar" aria-label={`${count} selected`}>
      <strong>{count} selected</strong>
      <Act label="Move to" options={COLUMNS.map(({ status, title }) => [status, title])} onPick={onMove} />
      <Act label="Assign to" field={assign} options={people} onPick={(who) => onAssign(who === "-" ? "" : who)} />
      <Act label="Set priority" field={priority} options={PRIORITIES.map((name, index) => [String(index), name])} onPick={(value) => onPriority(Number(value))} />
      <form onSubmit={(event) => { event.preventDefault(); put(true); }}>
        <input aria-label="Tag for all" placeholder="Tag" value={tag} maxLength={100} onChange={(event) => setTag(event.target.value)} />
        <button type="submit" className="loom-button" disabled={!tag.trim()}>Add</button>
        <button type="button" className="loom-button" disabled={!tag.trim()} onClick={() => put(false)}>Remove</button>
      </form>
      <button type="button" className="loom-button" onClick={() => onMove("done")}>Close</button>
      <button type="button" className="loom-button is-plain" aria-label="Select nothing" onClick={onClear}>✕</button>
    </div>
  );
}
