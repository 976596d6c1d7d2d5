// All there is to one bead, alike on its own page and in the panel beside a board or graph.

import { useEffect, useId, useMemo, useState } from "react";
import { Link } from "react-router";
import { Actions } from "./bead_actions.jsx";
import { beadPage, useAnswer, useBead, useMe, useNames } from "./bead_data.js";
import { Dispatch } from "./bead_dispatch.jsx";
import { Fields } from "./bead_fields.jsx";
import { Gone } from "./bead_gone.jsx";
import { History } from "./bead_history.jsx";
import { Blockers, Links } from "./bead_links.jsx";
import { isLive, Runs, runsPath } from "./bead_runs.jsx";
import { Texts, Title } from "./bead_texts.jsx";
import { Comments } from "./comments.jsx";
import { Asked, Linked } from "./decision_links.jsx";
import { StatusChip } from "./status_chip.jsx";

const MENTIONABLE = /^[A-Za-z0-9_-]+$/;
const TABS = [["comments", "Comments"], ["runs", "Runs"], ["history", "History"]];

function Tabs({ chosen, counts, onChoose, id }) {
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex(([tab]) => tab === chosen);
    const [next] = TABS[(at + step + TABS.length) % TABS.length];
    onChoose(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div className="loom-tabs" role="tablist" aria-label="What happened" onKeyDown={onKeyDown}>
      {TABS.map(([tab, word]) => (
        <button key={tab} type="button" role="tab" id={`${id}-${tab}`} aria-selected={tab === chosen} aria-controls={`${id}-panel`} tabIndex={tab === chosen ? 0 : -1} onClick={() => onChoose(tab)}>
          {word}{counts[tab] ? <span className="loom-count">{counts[tab]}</span> : null}
        </button>
      ))}
    </div>
  );
}

// Who is at it just now, with what shows that they are.
function AtWork({ bead, runs, names, onShow }) {
  const live = runs?.find(isLive);
  if (!live && !bead.lease?.alive) return null;
  const holder = names.name(live ? live.agent_id : bead.lease.holder);
  return (
    <p className="loom-at-work" role="status">
      <span className="loom-agent is-working">{holder}</span>
      {live && <span>turn {live.turn_count}</span>}
      {bead.lease?.expires_at && <span className="loom-quiet" title={new Date(bead.lease.expires_at).toLocaleString()}>holds it until {new Date(bead.lease.expires_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}</span>}
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
        <Dispatch bead={bead} beat={beat} events={events} since={since} Go={Go} />
      </header>
      <div className="loom-bead-columns">
        <Fields bead={bead} change={change} names={names} me={me} mayWrite={mayWrite} />
        <div className="loom-stack">
          <Texts bead={bead} change={change} names={mentioned} mayWrite={mayWrite} />
          <Links bead={bead} beat={beat} load={load} names={names} mayWrite={mayWrite} Go={Go} />
          <Tabs id={tabs} chosen={tab} counts={{ runs: runs?.length }} onChoose={(next) => onPlace({ ...place, tab: next })} />
          <div role="tabpanel" id={`${tabs}-panel`} aria-labelledby={`${tabs}-${tab}`}>
            {tab === "comments" && <Comments beadId={id} beat={beat} me={me?.id} names={mentioned} mayWrite={mayWrite} />}
            {tab === "runs" && <Runs bead={bead} runs={runs} fault={unread} beat={beat} name={names.name} mayWrite={mayWrite} chosen={place.run || ""} onChoose={(run) => onPlace({ tab: "runs", run })} />}
            {tab === "history" && <History bead={bead} beat={beat} names={names} mayWrite={mayWrite} load={load} />}
          </div>
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
