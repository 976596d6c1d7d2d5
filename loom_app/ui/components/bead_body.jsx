// All there is to one bead, alike on its own page and in the panel beside a board or graph.

import { useEffect, useId, useMemo, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Actions } from "./bead_actions.jsx";
import { beadPage, useAnswer, useBead, useMe, useNames } from "./bead_data.js";
import { Cost } from "./bead_cost.jsx";
import { Dispatch } from "./bead_dispatch.jsx";
import { Fields } from "./bead_fields.jsx";
import { Gone } from "./bead_gone.jsx";
import { History } from "./bead_history.jsx";
import { Blockers, Links } from "./bead_links.jsx";
import { Messages } from "./bead_messages.jsx";
import { Reviews } from "./bead_reviews.jsx";
import { Pair } from "./pair.jsx";
import { isLive, Runs, runsPath } from "./bead_runs.jsx";
import { Texts, Title } from "./bead_texts.jsx";
import { Comments } from "./comments.jsx";
import { Asked, Linked } from "./decision_links.jsx";
import { StatusChip } from "./status_chip.jsx";
import { TabPanel, Tabs } from "./tabs.jsx";

const MENTIONABLE = /^[A-Za-z0-9_-]+$/;
const TABS = [["comments", "Comments"], ["runs", "Runs"], ["pair", "Pair"], ["history", "History"]];

// Who is at it just now, with what shows that they are.
function AtWork({ bead, runs, names, onShow }) {
  const live = runs?.find(isLive);
  if (!live && !bead.lease?.alive) return null;
  const holder = names.name(live ? live.agent_id : bead.lease.holder);
  return (
    <p className="loom-at-work" role="status">
      <span className="loom-agent is-working">{holder}</span>
      {live && <span>turn {live.turn_count}</span>}
      {live?.paused_at ? <span className="loom-quiet">paused <Ago at={live.paused_at} /></span> : bead.lease?.expires_at && <span className="loom-quiet" title={new Date(bead.lease.expires_at).toLocaleString()}>holds it until {new Date(bead.lease.expires_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}</span>}
      {live && <button type="button" className="loom-button is-small" onClick={onShow}>Show the run</button>}
    </p>
  );
}

// `place` is {tab, run}, as the address or the panel keeps it; `onPlace` changes it. `onOpen(id)` opens another bead.
// `titled` has the page named after the bead.
export function BeadBody({ id, events, since, mayWrite, place, onPlace, onOpen, onGone, Go, titleId, titled }) {
  const { bead, fault, beat, load, change } = useBead(id, events, since);
  const names = useNames(bead?.project_id);
  const me = useMe();
  const [runs, unread] = useAnswer(bead ? runsPath(id) : "", beat);
  const tabs = useId();
  const mentioned = useMemo(() => [...names.people.map((person) => person.username), ...names.agents.map((agent) => agent.name)].filter((name) => MENTIONABLE.test(name)), [names]);
  const [seen, setSeen] = useState("");
  useEffect(() => {
    if (bead) setSeen(bead.title);
    if (bead && titled) document.title = `${bead.id} ${bead.title} · Loom`;
  }, [bead, titled]);

  if (!bead && fault) return <Gone id={id} title={seen} fault={fault} mayWrite={mayWrite} load={load} titleId={titleId} />;
  if (!bead) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const tab = place.tab || (runs?.length ? "runs" : "comments");
  return (
    <article className="loom-bead" data-status={bead.status} data-bead-view={bead.id} aria-labelledby={titleId}>
      <header>
        <p className="loom-crumbs">
          <Link to={`/board?project=${encodeURIComponent(bead.project_id)}`}>{names.projects.find((one) => one.id === bead.project_id)?.name || bead.project_id}</Link>
          {bead.parent && <> / <Go id={bead.parent}><span className="loom-id">{bead.parent}</span></Go></>} / <span className="loom-id">{bead.id}</span>
        </p>
        <Title bead={bead} change={change} mayWrite={mayWrite} id={titleId} />
        <div className="loom-row">
          <StatusChip bead={bead} />
          <span className={`loom-priority p${bead.priority}`}>P{bead.priority}</span>
          <span className="loom-kind">{bead.type}</span>
          <Actions bead={bead} me={me} names={names} load={load} mayWrite={mayWrite} onOpen={onOpen} onGone={onGone} />
        </div>
        {bead.status_reason && <p className="loom-reason" role="note" dir="auto"><Linked text={bead.status_reason} /></p>}
        {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={() => load()}>Try again</button></p>}
        <AtWork bead={bead} runs={runs} names={names} onShow={() => onPlace({ ...place, tab: "runs" })} />
        <Blockers bead={bead} Go={Go} />
        <Asked beadId={id} reason={bead.status_reason} beat={beat} />
        <Reviews beadId={id} beat={beat} />
        <Dispatch bead={bead} beat={beat} events={events} since={since} Go={Go} />
        <Cost id={id} beat={beat} />
      </header>
      <div className="loom-bead-columns">
        <Fields bead={bead} change={change} names={names} me={me} mayWrite={mayWrite} />
        <div className="loom-stack">
          <Texts bead={bead} change={change} names={mentioned} mayWrite={mayWrite} />
          <Links bead={bead} beat={beat} load={load} names={names} mayWrite={mayWrite} Go={Go} />
          <Tabs id={tabs} label="What happened" tabs={TABS} chosen={tab} counts={{ runs: runs?.length }} onChoose={(next) => onPlace({ ...place, tab: next })} />
          <TabPanel id={tabs} chosen={tab}>
            {tab === "comments" && <Comments beadId={id} beat={beat} me={me?.id} names={mentioned} mayWrite={mayWrite} />}
            {tab === "runs" && <Messages beadId={id} beat={beat} name={names.name} />}
            {tab === "runs" && <Runs bead={bead} runs={runs} fault={unread} beat={beat} name={names.name} mayWrite={mayWrite} chosen={place.run || ""} onChoose={(run) => onPlace({ tab: "runs", run })} />}
            {tab === "pair" && <Pair key={id} bead={bead} beat={beat} me={me} names={names} />}
            {tab === "history" && <History bead={bead} beat={beat} names={names} mayWrite={mayWrite} load={load} />}
          </TabPanel>
        </div>
      </div>
    </article>
  );
}

// A link to another bead: its page, or wherever `onOpen` shows it on a plain click.
export function goTo(onOpen) {
  return function Go({ id, children }) {
    const onClick = (event) => {
      if (!onOpen || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      onOpen(id);
    };
    return <Link to={beadPage(id)} onClick={onClick}>{children}</Link>;
  };
}
