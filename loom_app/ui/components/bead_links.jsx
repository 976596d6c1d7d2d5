// What a bead waits for, holds up, belongs to and goes with; each link made, changed and ended here.

import { useCallback, useState } from "react";
import { Link } from "react-router";
import { beadPath, findBeads, useAnswer } from "./bead_data.js";
import { Picker } from "./picker.jsx";
import { send } from "./rest.js";
import { STATUS_MARK } from "./status_chip.jsx";
import { told } from "./undo.js";

const SHOWN_AT_FIRST = 12;
const MOST_NAMED = 5;
const BACK = "from the other side: ";
const WAITING = ["blocks", "conditional-blocks", "waits-for"];
// Every way two beads can belong together as seen from one of them: [word, type, whether the other one depends on it].
const WAYS = [
  ["Blocked by", "blocks", false], ["Blocks", "blocks", true], ["Parent", "parent-child", false], ["Children", "parent-child", true],
  ["Related to", "related", false], ["Waits for the children of", "waits-for", false], ["Blocked if it fails", "conditional-blocks", false],
  ["Found while working on", "discovered-from", false], ["Duplicates", "duplicates", false], ["Supersedes", "supersedes", false],
];
const MUTUAL = ["related", "relates-to"];

function heading(type, back) {
  if (type === "parent-child") return back ? "Children" : "Parent";
  if (WAITING.includes(type)) return back ? "Blocks" : "Blocked by";
  if (MUTUAL.includes(type)) return "Related to";
  const known = WAYS.find(([, known]) => known === type);
  return `${back ? BACK : ""}${known ? known[0] : type.replaceAll("-", " ")}`;
}

// The dependencies of both directions under the words they are shown by, in a steady order.
export function grouped(answer) {
  const groups = new Map(["Parent", "Blocked by", "Blocks", "Children", "Related to"].map((word) => [word, []]));
  const put = (link, back) => {
    const word = heading(link.type, back);
    if (!groups.has(word)) groups.set(word, []);
    groups.get(word).push({ ...link, back, other: back ? link.bead_id : link.depends_on_id });
  };
  for (const link of answer.depends_on) put(link, false);
  for (const link of answer.dependents) put(link, true);
  return [...groups].filter(([, links]) => links.length > 0);
}

const ends = (beadId, other, back) => (back ? [other, beadId] : [beadId, other]);

async function connect(beadId, { other, type, back, gate = "" }) {
  const [from, to] = ends(beadId, other, back);
  await send("POST", `${beadPath(from)}/dependencies`, { depends_on_id: to, type, gate });
}

async function cut(beadId, link) {
  const [from, to] = ends(beadId, link.other, link.back);
  await send("DELETE", `${beadPath(from)}/dependencies/${encodeURIComponent(to)}`);
}

// `link` as it is when it says `type` and `back`; what says the same from both ends stays the way it is.
const retyped = (link, [, type, back]) => ({ ...link, type, back: MUTUAL.includes(type) ? link.back : back, gate: "" });

// Makes of the dependency `before` the dependency `after`. One the other way round is a new one in place of the old,
// which comes back when the new one is refused.
async function retype(beadId, before, after) {
  if (before.back === after.back) {
    const [from, to] = ends(beadId, before.other, before.back);
    await send("PATCH", `${beadPath(from)}/dependencies/${encodeURIComponent(to)}`, { type: after.type, gate: after.gate });
    return;
  }
  await cut(beadId, before);
  try {
    await connect(beadId, after);
  } catch (error) {
    await connect(beadId, before);
    throw error;
  }
}

export function BeadLink({ id, title, status, Go }) {
  const name = <><span className="loom-id">{id}</span> <span dir="auto">{title}</span></>;
  return (
    <span className="loom-bead-link">
      <span className={`loom-mark is-${status}`} title={status?.replace("_", " ")} aria-label={status?.replace("_", " ")} role="img">{STATUS_MARK[status] || "·"}</span>
      {status ? <Go id={id}>{name}</Go> : <span className="loom-id">{id}</span>}
      {!status && <span className="loom-quiet">not in Loom</span>}
    </span>
  );
}

function Way({ label, value, onChange, className }) {
  return (
    <select className={className} aria-label={label} value={value} onChange={(event) => onChange(Number(event.target.value))}>
      {value === -1 && <option value={-1}>Another kind</option>}
      {WAYS.map(([word], index) => <option key={word} value={index}>{word}</option>)}
    </select>
  );
}

function LinkRow({ beadId, word, link, mayWrite, Go, act }) {
  const present = WAYS.findIndex(([, type, back]) => type === link.type && (back === link.back || MUTUAL.includes(type)));
  const change = (index) => {
    const after = retyped(link, WAYS[index]);
    act(() => retype(beadId, link, after), `${link.other}: ${WAYS[index][0].toLowerCase()}.`, () => retype(beadId, after, link));
  };
  return (
    <li>
      <BeadLink id={link.other} title={link.title} status={link.status} Go={Go} />
      {present >= 0 && WAYS[present][0] !== word && <span className="loom-quiet">{WAYS[present][0].toLowerCase()}</span>}
      {mayWrite && (
        <span className="loom-link-tools">
          <span className="loom-kind-of-link" title="Change the kind of this link">
            <span aria-hidden="true">▾</span>
            <Way label={`Kind of the link to ${link.other}`} value={present} onChange={change} />
          </span>
          <button type="button" className="loom-button is-small is-plain" aria-label={`Remove the link to ${link.other}`} onClick={() => act(() => cut(beadId, link), `${link.other} is not linked any more.`, () => connect(beadId, link))}>×</button>
        </span>
      )}
    </li>
  );
}

function Group({ word, links, ...rest }) {
  const [all, setAll] = useState(false);
  const shown = all ? links : links.slice(0, SHOWN_AT_FIRST);
  return (
    <section aria-label={word}>
      <h3>{word} {links.length > 1 && <span className="loom-count">{links.length}</span>}</h3>
      <ul className="loom-links">
        {shown.map((link) => <LinkRow key={`${link.bead_id} ${link.depends_on_id}`} word={word} link={link} {...rest} />)}
      </ul>
      {links.length > shown.length && <button type="button" className="loom-button is-small is-plain" onClick={() => setAll(true)}>Show all {links.length}</button>}
    </section>
  );
}

function Add({ beadId, taken, act, onClose }) {
  const [way, setWay] = useState(0);
  const find = useCallback((text, signal) => findBeads(text, signal, [beadId, ...taken]), [beadId, taken]);
  const free = (text) => (/^external:[^:\s]+:\S+$/.test(text) ? { id: text, name: text, hint: "in another tool" } : null);
  const [word, type, back] = WAYS[way];
  return (
    <div className="loom-add">
      <Way label="How they belong together" className="loom-value" value={way} onChange={setWay} />
      <Picker key={way} label={`${word} which bead?`} placeholder="Words, an id or external:project:id" find={find} free={back ? undefined : free} empty="No bead is called that." onCancel={onClose} onPick={(option) => {
        onClose();
        act(() => connect(beadId, { other: option.id, type, back }), `${word}: ${option.id}.`, () => cut(beadId, { other: option.id, back }));
      }} />
      <button type="button" className="loom-button is-small" onClick={onClose}>Cancel</button>
    </div>
  );
}

function NewChild({ bead, act, onClose }) {
  const [title, setTitle] = useState("");
  const make = async (event) => {
    event.preventDefault();
    const wanted = title.trim();
    if (!wanted) return;
    const made = await act(() => send("POST", "/api/v1/beads", { title: wanted, project_id: bead.project_id, parent: bead.id, priority: bead.priority }), `“${wanted}” is a child of ${bead.id} now.`);
    if (made) setTitle("");
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <form className="loom-add" onSubmit={make} onKeyDown={onKeyDown}>
      <input aria-label="Title of the new child" placeholder="Title of the new child" autoFocus maxLength={500} value={title} onChange={(event) => setTitle(event.target.value)} />
      <button type="submit" className="loom-button is-small is-main" disabled={!title.trim()}>Create</button>
      <button type="button" className="loom-button is-small" onClick={onClose}>Done</button>
    </form>
  );
}

// How much of an epic is done.
function Progress({ done, total }) {
  if (!total) return null;
  return (
    <div className="loom-epic">
      <progress max={total} value={done} aria-label="Children done" />
      <span className="loom-quiet">{done} of {total} done</span>
    </div>
  );
}

export function Blockers({ bead, Go }) {
  if (!bead.is_blocked || !bead.blockers?.length) return null;
  return (
    <section className="loom-waits" aria-label="What it waits for">
      <h3>Waits for</h3>
      <ul>
        {bead.blockers.slice(0, MOST_NAMED).map((one, index) => (
          <li key={index}>
            {one.title && <BeadLink id={one.bead_id} title={one.title} status={one.status} Go={Go} />}
            {one.bead_id && !one.title && <Go id={one.bead_id}><span className="loom-id">{one.bead_id}</span></Go>}
            <span className="loom-quiet">{one.why}</span>
          </li>
        ))}
      </ul>
      {bead.blockers.length > MOST_NAMED && <p className="loom-quiet">and {bead.blockers.length - MOST_NAMED} more below</p>}
    </section>
  );
}

export function Links({ bead, beat, load, mayWrite, Go }) {
  const [answer, unread, again] = useAnswer(`${beadPath(bead.id)}/dependencies`, beat);
  const [fault, setFault] = useState("");
  const [doing, setDoing] = useState("");
  const fresh = () => Promise.all([again(), load()]);
  // `undo` is how what `work` did is taken back.
  const act = async (work, said, undo) => {
    setFault("");
    try {
      await work();
      await fresh();
      told(said, undo && (async () => {
        await undo();
        await fresh();
      }));
      return true;
    } catch (error) {
      setFault(error.message);
      await fresh();
      return false;
    }
  };
  const groups = answer ? grouped(answer) : [];
  const taken = groups.flatMap(([, links]) => links.map((link) => link.other));
  const isEpic = bead.type === "epic" || bead.children.length > 0;
  return (
    <section className="loom-linked" aria-label="Dependencies">
      <header>
        <h2>Dependencies</h2>
        {bead.progress && isEpic && <Progress {...bead.progress} />}
        {groups.length > 0 && <Link to={`/graph?focus=${encodeURIComponent(bead.id)}`}>Show in the graph</Link>}
        {mayWrite && doing === "" && (
          <span className="loom-row">
            <button type="button" className="loom-button is-small is-plain" onClick={() => setDoing("child")}>+ Child</button>
            <button type="button" className="loom-button is-small is-plain" onClick={() => setDoing("link")}>+ Link</button>
          </span>
        )}
      </header>
      {doing === "link" && <Add beadId={bead.id} taken={taken} act={act} onClose={() => setDoing("")} />}
      {doing === "child" && <NewChild bead={bead} act={act} onClose={() => setDoing("")} />}
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {unread && <p className="loom-fault-line" role="alert">The dependencies could not be read: {unread.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></p>}
      {!answer && !unread && <div className="loom-skeleton is-line" aria-label="Loading the dependencies" />}
      {answer && groups.length === 0 && doing === "" && <p className="loom-empty">It waits for nothing and nothing waits for it.</p>}
      <div className="loom-groups">
        {groups.map(([word, links]) => <Group key={word} word={word} links={links} beadId={bead.id} mayWrite={mayWrite} Go={Go} act={act} />)}
      </div>
    </section>
  );
}
