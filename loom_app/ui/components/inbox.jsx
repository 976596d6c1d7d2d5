// The inbox: what needs one first, by risk and deadline, then what happened, each with its reason. All is in the address.

import { useCallback, useEffect, useId, useMemo, useState } from "react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { useAddress } from "./address.js";
import { mark, markAllRead, putOff, tellChanged, useNotifications, waits } from "./inbox_data.js";
import { tomorrow } from "./inbox_later.jsx";
import { Row } from "./inbox_row.jsx";
import { decisionOf, KINDS, PRIORITIES } from "./inbox_words.jsx";
import { all } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";
import { refused, told } from "./undo.js";
import { momentShown } from "./units.js";
import { useKeys } from "./walk_keys.js";
import "./decisions.css";
import "./inbox.css";

const NAMES = ["view", "project", "priority", "type"];
const TABS = [["", "Inbox"], ["needs", "Needs you"], ["unread", "Unread"], ["snoozed", "Later"], ["archived", "Done"]];
const NOTHING = {
  "": ["Your inbox is empty.", "Nothing waits for you, and what happened you have seen. What you are told of you choose under My account."],
  needs: ["Nothing needs you.", "Decisions, reviews, budgets and failures that wait for you stand here until they are settled."],
  unread: ["You have read everything.", "What is new comes by itself, without loading the page again."],
  snoozed: ["You have put nothing off.", "Later keeps something out of the inbox until a moment that you choose."],
  archived: ["Nothing is done yet.", "Done takes something out of the inbox; it stays here."],
};

function Choice({ label, value, options, any, onChange }) {
  return (
    <label className="loom-choice">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{any}</option>
        {options.map(([id, word]) => <option key={id} value={id}>{word}</option>)}
      </select>
    </label>
  );
}

function Bar({ id, asked, projects, held, change, onAllRead }) {
  const set = (name) => (value) => change({ [name]: value });
  return (
    <>
      <Tabs id={id} label="Which notifications" tabs={TABS} chosen={asked.view} counts={{ needs: held.needsYou, unread: held.unread }} onChoose={(view) => change({ view })} />
      <div className="loom-filters loom-inbox-filters">
        <Choice label="Project" value={asked.project} any="all" options={projects.map((one) => [one.id, one.name])} onChange={set("project")} />
        <Choice label="Kind" value={asked.type} any="all" options={KINDS.map(([word, types]) => [types, word])} onChange={set("type")} />
        <Choice label="Priority" value={asked.priority} any="all" options={PRIORITIES.map((one) => [one, one])} onChange={set("priority")} />
        <span className="loom-row loom-inbox-tools">
          <button type="button" className="loom-button is-small" disabled={held.unread === 0} onClick={onAllRead}>Mark all read</button>
          <Link to="/account/notifications" className="loom-button is-small">What I am told</Link>
        </span>
      </div>
    </>
  );
}

function Empty({ view, filtered }) {
  const [what, next] = filtered ? ["Nothing of that kind.", "Other filters show more."] : NOTHING[view] || NOTHING[""];
  return <p className="loom-hint loom-inbox-empty"><strong>{what}</strong> {next}</p>;
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

// What can be done to notifications: shown at once, taken back by load() when the server refuses.
function useDeeds({ change, load }) {
  return useMemo(() => {
    const tell = async (id, fields, work) => {
      change([id], fields);
      try {
        await work();
      } catch (error) {
        refused(error);
      }
      tellChanged("page");
      await load();
    };
    const back = (one) => tell(one.id, { status: one.status === "archived" ? "read" : one.status, snoozed_until: null }, () => (one.status === "archived" ? mark(one.id, "read") : putOff(one.id, null)));
    return {
      back,
      read: (one, read) => (read && one.status !== "unread" ? undefined : tell(one.id, { status: read ? "read" : "unread" }, () => mark(one.id, read ? "read" : "unread"))),
      done: (one) => tell(one.id, { status: "archived" }, async () => {
        await mark(one.id, "archive");
        told(`Done: ${one.title}`, () => tell(one.id, { status: one.status }, () => mark(one.id, one.status === "unread" ? "unread" : "read")));
      }),
      later: (one, until) => tell(one.id, { snoozed_until: until }, async () => {
        await putOff(one.id, until);
        told(`Back ${momentShown(until)}: ${one.title}`, () => back(one));
      }),
      allRead: async (before) => {
        try {
          await markAllRead(before);
          toast.success("All read.");
        } catch (error) {
          refused(error);
        }
        tellChanged("page");
        await load();
      },
    };
  }, [change, load]);
}

// What belongs on the tab `view`: what was just done leaves it before the server has said so.
function belongs(view, one) {
  const off = one.snoozed_until && new Date(one.snoozed_until) > new Date();
  if (view === "archived") return one.status === "archived";
  if (view === "snoozed") return off && one.status !== "archived";
  if (view === "unread" && one.status !== "unread") return false;
  return one.status !== "archived" && !off && (view !== "needs" || waits(one));
}

function Part({ heading, rows, ...rest }) {
  const id = useId();
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{heading} <span className="loom-count">{rows.length}</span></h2>
      <ol className="loom-plain-list loom-told-list">{rows.map((one) => <Row key={one.id} one={one} here={rest.here === one.id} answering={rest.answering === one.id} mayAnswer={rest.mayAnswer} does={rest.does} onHere={rest.onHere} onAnswer={rest.onAnswer} />)}</ol>
    </section>
  );
}

export function Inbox({ events, since, mayAnswer }) {
  const [asked, change] = useAddress("/inbox", NAMES);
  const held = useNotifications(asked, events, since);
  const does = useDeeds(held);
  const projects = useProjects();
  const navigate = useNavigate();
  const id = useId();
  const [here, setHere] = useState("");
  const [answering, setAnswering] = useState("");
  const answer = useCallback((one) => setAnswering((before) => (before === one ? "" : one)), []);
  const rows = useMemo(() => (held.rows || []).filter((one) => belongs(asked.view, one)), [held.rows, asked.view]);
  const [needing, others] = useMemo(() => [rows.filter(waits), rows.filter((one) => !waits(one))], [rows]);
  const walked = [...needing, ...others];
  const at = walked.findIndex((one) => one.id === here);
  const current = walked[at];
  const step = (by) => {
    const next = walked[Math.min(Math.max(at + by, 0), walked.length - 1)];
    if (next) setHere(next.id);
    return true;
  };
  const leave = (deed) => {
    if (!current) return undefined;
    setHere((walked[at + 1] || walked[at - 1])?.id || "");
    deed(current);
    return true;
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    e: () => (current?.status === "archived" ? undefined : leave(does.done)),
    s: () => leave((one) => does.later(one, tomorrow())),
    u: () => (current ? (does.read(current, current.status === "unread"), true) : undefined),
    a: () => (current && mayAnswer && waits(current) && decisionOf(current) ? (setAnswering(current.id), true) : undefined),
    Enter: () => (current?.link ? (does.read(current, true), navigate(current.link), true) : undefined),
    Escape: () => (answering ? (setAnswering(""), true) : undefined),
  });
  const again = <button type="button" className="loom-button is-small" onClick={held.load}>Try again</button>;
  if (!held.rows) return held.fault ? <p className="loom-fault-line" role="alert">{held.fault} {again}</p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const parts = { here, answering, mayAnswer, does, onHere: setHere, onAnswer: answer };
  const filtered = Boolean(asked.project || asked.priority || asked.type);
  return (
    <div className="loom-inbox" data-loaded="yes">
      <Bar {...{ id, asked, projects, held, change }} onAllRead={() => does.allRead()} />
      {held.fault && <p className="loom-fault-line" role="alert">What is shown may be old: {held.fault} {again}</p>}
      <TabPanel id={id} chosen={asked.view} className="loom-stack">
        <Part heading="Needs you" rows={needing} {...parts} />
        <Part heading={asked.view === "" ? "What happened" : "Others"} rows={others} {...parts} />
        {walked.length === 0 && held.whole && <Empty view={asked.view} filtered={filtered} />}
        {!held.whole && <button type="button" className="loom-more" onClick={held.more}>Show more</button>}
      </TabPanel>
      <p className="loom-quiet loom-keys loom-inbox-keys">j k walk · Enter opens · a answers · e done · s until tomorrow · u read or unread</p>
    </div>
  );
}
