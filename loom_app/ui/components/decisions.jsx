// The inbox of decisions: what waits, the most pressing first, beside the one that is looked at. All is in the address.

import { lazy, Suspense, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useAddress } from "./address.js";
import { Batch } from "./decision_batch.jsx";
import { useInbox } from "./decision_data.js";
import { NAMES } from "./decision_first.jsx";
import { List } from "./decision_list.jsx";
import { Ask } from "./decision_new.jsx";
import { RulesButton } from "./decision_rules.jsx";
import { ended, KINDS, RISKS } from "./decision_words.jsx";
import { all } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";
import { told } from "./undo.js";
import { useKeys } from "./walk_keys.js";
import "./decisions.css";

const Detail = lazy(() => import("./decision_detail.jsx").then((found) => ({ default: found.Detail }))); // the rows need not wait for it
const PATH = "/decisions";
const TABS = [["", "Waiting"], ["overdue", "Overdue"], ["today", "Within a day"], ["later", "Later"], ["snoozed", "Put off"], ["answered", "Answered"]];
const SORTS = [["", "most pressing first"], ["risk", "by risk"], ["deadline", "by deadline"]];
const NOTHING = {
  "": ["Nothing waits for you.", "When an agent asks, the number in the navigation tells. You can ask something yourself, too."],
  overdue: ["Nothing is overdue.", "After its deadline the stated default holds, so that this stays empty while the worker runs."],
  today: ["Nothing is due within a day.", "What has more time is under Later."],
  later: ["Nothing is due later.", "What is more pressing is under Within a day."],
  snoozed: ["You have put nothing off.", "Put off keeps a decision out of your inbox for a while; others still see it."],
  answered: ["Nothing was answered yet.", "Answers stay here, with who gave them and why."],
};
const WIDE = "(min-width: 1001px)";

function useWide() {
  const [wide, setWide] = useState(() => window.matchMedia(WIDE).matches);
  useEffect(() => {
    const query = window.matchMedia(WIDE);
    const follow = () => setWide(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return wide;
}

function useProjects() {
  const [projects, setProjects] = useState([]);
  useEffect(() => {
    const gone = new AbortController();
    all("/api/v1/projects", gone.signal).then(setProjects, () => undefined);
    return () => gone.abort();
  }, []);
  return projects;
}

function Choice({ label, value, options, any, onChange }) {
  return (
    <label className="loom-choice">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {any && <option value="">{any}</option>}
        {options.map(([id, word]) => <option key={id} value={id}>{word}</option>)}
      </select>
    </label>
  );
}

function Bar({ id, asked, counts, projects, change, mayWrite, mayWriteProject, onMade }) {
  const set = (name) => (value) => change({ [name]: value, id: "" });
  return (
    <>
      <Tabs id={id} label="Which decisions" tabs={TABS} chosen={asked.view} counts={{ ...counts, "": counts.waiting }} onChoose={(view) => change({ view, id: "" })} />
      <div className="loom-filters">
        <Choice label="Project" value={asked.project} any="all" options={projects.map((one) => [one.id, one.name])} onChange={set("project")} />
        <Choice label="Risk" value={asked.risk} any="any" options={RISKS.map((risk) => [risk, risk])} onChange={set("risk")} />
        <Choice label="Kind" value={asked.kind} any="any" options={Object.entries(KINDS)} onChange={set("kind")} />
        {asked.view !== "answered" && <Choice label="Order" value={asked.sort} options={SORTS} onChange={set("sort")} />}
        <label className="loom-check"><input type="checkbox" checked={asked.mine === "1"} onChange={(event) => set("mine")(event.target.checked ? "1" : "")} /> passed on to me</label>
        <span className="loom-row loom-ask-tools">
          {mayWriteProject && asked.project && <RulesButton key={asked.project} project={asked.project} />}
          {mayWrite && <Ask projects={projects.filter((one) => one.status !== "closed")} project={asked.project} onMade={onMade} />}
        </span>
      </div>
    </>
  );
}

// What a tab shows; on a phone one decision alone, away from the tabs.
function Columns({ id, view, alone, children }) {
  return alone ? <div className="loom-ask-columns">{children}</div> : <TabPanel id={id} chosen={view} className="loom-ask-columns">{children}</TabPanel>;
}

function Empty({ view }) {
  const [what, next] = NOTHING[view] || NOTHING[""];
  return <p className="loom-hint loom-ask-empty"><strong>{what}</strong> {next}</p>;
}

export function Decisions({ events, since, mayWrite, mayWriteProject }) {
  const [asked, change] = useAddress(PATH, NAMES);
  const id = useId();
  const { rows, counts, fault, beat, more, load } = useInbox(asked, events, since);
  const projects = useProjects();
  const wide = useWide();
  const [chosen, setChosen] = useState(new Set());
  const [asking, setAsking] = useState("");
  const answering = useRef(null);
  const current = asked.id || (wide && rows?.[0]?.id) || "";
  const at = rows ? rows.findIndex((row) => row.id === current) : -1;
  const go = useCallback((id) => {
    setAsking("");
    change({ id }, Boolean(asked.id));
  }, [change, asked.id]);
  const step = (by) => {
    const next = rows?.[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) go(next.id);
    return true;
  };
  const choose = useCallback((id) => setChosen((before) => {
    const after = new Set(before);
    if (!after.delete(id)) after.add(id);
    return after;
  }), []);
  const done = (decision) => {
    if (decision.status !== "open" && asked.view !== "answered") {
      told(`${ended(decision)}: ${decision.title}`);
      const next = rows?.[at + 1] || rows?.[at - 1];
      change({ id: next && next.id !== decision.id ? next.id : "" }, true);
    }
    load();
  };
  const form = () => (asking ? null : answering.current); // it comes when the decision is there, without a render of this
  // j and k walk, 1 to 9 choose an option, Enter answers, x selects, d passes on, Escape closes.
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    digit: (event) => (form() ? (form().choose(Number(event.key) - 1), true) : undefined),
    Enter: () => (form() ? (form().send(), true) : undefined),
    x: () => (current && mayWrite ? (choose(current), true) : undefined),
    d: () => (form() ? (setAsking("delegate"), true) : undefined),
    Escape: () => (asked.id ? (change({ id: "" }), true) : undefined),
  });
  const picked = useMemo(() => (rows || []).filter((row) => chosen.has(row.id) && row.status === "open"), [rows, chosen]);
  if (!rows) return fault ? <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const alone = !wide && asked.id;
  return (
    <div className={`loom-decisions${alone ? " is-alone" : ""}`} data-loaded="yes">
      {!alone && <Bar {...{ id, asked, counts, projects, change, mayWrite, mayWriteProject }} onMade={(made) => {
        change({ view: "", id: made.id });
        load();
      }} />}
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
      {!alone && <Batch rows={picked} onClear={() => setChosen(new Set())} onKeep={(ids) => setChosen(new Set(ids))} onDone={load} />}
      <Columns {...{ id, alone }} view={asked.view}>
        {!alone && (rows.length > 0 ? <List {...{ rows, current, chosen, mayWrite }} onGo={go} onChoose={choose} onEnd={more} /> : <Empty view={asked.view} />)}
        {current && (wide || asked.id) && (
          <Suspense fallback={<div className="loom-skeleton is-page" role="status" aria-label="Loading" />}>
            <Detail key={current} id={current} beat={beat} row={rows[at]} {...{ mayWrite, answering, asking }} onAsk={setAsking} onDone={done} onBack={() => change({ id: "" })} />
          </Suspense>
        )}
      </Columns>
      {wide && <p className="loom-quiet loom-keys">j k walk · 1 to 9 choose · Enter answers · x selects · d passes on · Esc closes</p>}
    </div>
  );
}
