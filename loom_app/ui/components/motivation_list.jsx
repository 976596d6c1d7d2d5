// The motivations by the role they wake, each with its switch.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { minutesWord, roleWord, Standing, templateWord, typeWord } from "./motivation_words.jsx";
import { momentShown } from "./units.js";

export function Switch({ motivation, onFlip }) {
  const on = motivation.status !== "disabled";
  return (
    <button type="button" role="switch" className="loom-flip" aria-checked={on} aria-label={`${motivation.name} is on`} onClick={() => onFlip(motivation)}>
      <span aria-hidden="true" />
    </button>
  );
}

export function Next({ motivation }) {
  if (motivation.status === "disabled") return <span className="loom-quiet">not while it is off</span>;
  if (motivation.next_trigger_at) return <time dateTime={motivation.next_trigger_at} title={new Date(motivation.next_trigger_at).toLocaleString()}>{momentShown(motivation.next_trigger_at)}</time>;
  return <span className="loom-quiet">when it happens</span>;
}

function Row({ motivation, onFlip, onOpen, onTrigger }) {
  const { create_bead: creates, wake_agent: wakes } = motivation;
  return (
    <tr data-motivation={motivation.id} className={motivation.status === "disabled" ? "is-off" : undefined}>
      <td>
        <button type="button" className="loom-plain" onClick={() => onOpen(motivation.id)}><strong>{motivation.name}</strong></button>
        <div className="loom-quiet">{motivation.meaning}{motivation.project_id && <> In <Link to={`/projects/${encodeURIComponent(motivation.project_id)}`}>{motivation.project_id}</Link>.</>}</div>
      </td>
      <td data-label="Kind"><span><span className="loom-kind">{typeWord(motivation.type)}</span>{!motivation.is_built_in && <> <span className="loom-tag">own</span></>}</span></td>
      <td data-label="Then"><span>{[creates && `bead: ${templateWord(motivation)}`, wakes && "wakes"].filter(Boolean).join(", ") || "tells it"}</span></td>
      <td data-label="Last"><div><Ago at={motivation.last_triggered_at} />{motivation.trigger_count > 0 && <div className="loom-quiet">{motivation.trigger_count === 1 ? "once" : `${motivation.trigger_count.toLocaleString("en-US")} times`}</div>}</div></td>
      <td data-label="Next"><div><Next motivation={motivation} /><div className="loom-quiet" title={`Priority ${motivation.priority}`}>silent {minutesWord(motivation.cooldown_minutes)} after</div></div></td>
      <td data-label="State"><Standing motivation={motivation} /></td>
      <td className="is-end">
        <div className="loom-row loom-actions">
          {motivation.may_change && <button type="button" className="loom-button is-small" aria-label={`Trigger ${motivation.name}`} onClick={() => onTrigger(motivation)}>Trigger…</button>}
          {motivation.may_change && <Switch {...{ motivation, onFlip }} />}
        </div>
      </td>
    </tr>
  );
}

const HEADS = [["What", ""], ["Kind", ""], ["Then", ""], ["Last", ""], ["Next", ""], ["State", ""], ["", "Actions"]];

function Group({ role, rows, ...does }) {
  const on = rows.filter((one) => one.status !== "disabled").length;
  return (
    <section className="loom-panel" aria-labelledby={`role-${role}`}>
      <header className="loom-row is-between">
        <h2 id={`role-${role}`} className="loom-role">{roleWord(role)} <span className="loom-count">{rows.length}</span></h2>
        <span className="loom-quiet">{on === rows.length ? "all on" : `${on} on`}</span>
      </header>
      <div className="loom-scroll">
        <table className="loom-table is-stacked loom-motivations-table">
          <thead><tr>{HEADS.map(([head, said]) => <th key={head} scope="col" aria-label={said || undefined}>{head}</th>)}</tr></thead>
          <tbody>{rows.map((one) => <Row key={one.id} motivation={one} {...does} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

export function Groups({ rows, ...does }) {
  const roles = [...new Set(rows.map((one) => one.agent_role))].sort();
  return roles.map((role) => <Group key={role} role={role} rows={rows.filter((one) => one.agent_role === role)} {...does} />);
}
