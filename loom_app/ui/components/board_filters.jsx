// What the board shows and how it is laid out.

import { isNarrowed, NARROWING } from "./board_address.js";
import { LANES, PRIORITIES, SORTS } from "./board_layout.js";

export const NOTHING_NARROWED = Object.fromEntries(NARROWING.map((key) => [key, ""]));

function Choice({ label, value, options, none = "All", onChange }) {
  const listed = !value || options.some(([key]) => key === value);
  return (
    <label className="loom-choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)} aria-label={label} className={value ? "is-set" : undefined}>
        <option value="">{none}</option>
        {!listed && <option value={value}>{value}</option>}
        {options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
      </select>
    </label>
  );
}

function Toggle({ label, on, onChange }) {
  return (
    <button type="button" className={`loom-button loom-toggle${on ? " is-on" : ""}`} aria-pressed={Boolean(on)} onClick={() => onChange(on ? "" : "1")}>
      {label}
    </button>
  );
}

export function Filters({ view, change, search, projects, types, holders, tags, found, children }) {
  const set = (key) => (value) => change({ [key]: value });
  return (
    <div className="loom-filters" role="search">
      <input ref={search} type="search" placeholder="Filter beads  /" aria-label="Filter beads by text" value={view.q} onChange={(event) => change({ q: event.target.value }, true)} />
      <div className="loom-filters-row">
        <Choice label="Project" value={view.project} options={projects} onChange={set("project")} />
        <Choice label="Priority" value={view.priority} options={PRIORITIES.map((name, index) => [String(index), name])} onChange={set("priority")} />
        <Choice label="Type" value={view.type} options={types} onChange={set("type")} />
        <Choice label="Assigned to" value={view.assigned_to} options={holders} onChange={set("assigned_to")} />
        {(tags.length > 0 || view.tag) && <Choice label="Tag" value={view.tag} options={tags.map((tag) => [tag, tag])} onChange={set("tag")} />}
        <Toggle label="Only mine" on={view.mine} onChange={set("mine")} />
        <Toggle label="Blocked" on={view.blocked} onChange={set("blocked")} />
        {isNarrowed(view) && <button type="button" className="loom-clear" onClick={() => change(NOTHING_NARROWED)}>Clear</button>}
        <span className="loom-filters-end">
          <Choice label="Lanes" value={view.lanes} options={LANES} none="None" onChange={set("lanes")} />
          <Choice label="Sort" value={view.sort} options={SORTS} none="Urgency" onChange={set("sort")} />
          {children}
        </span>
      </div>
      {(found.did_you_mean || found.problems.length > 0) && (
        <p className="loom-meant" role="status">
          {found.problems.join(" ")}
          {found.did_you_mean && <> Did you mean <button type="button" title={found.did_you_mean.why} onClick={() => change({ q: found.did_you_mean.query })}>{found.did_you_mean.query}</button>?</>}
        </p>
      )}
    </div>
  );
}
