// One motivation: what it waits for, whether it would fire now and why, and its firings.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Evidence, History } from "./motivation_history.jsx";
import { Next, Switch } from "./motivation_list.jsx";
import { keyWord, minutesWord, motivationPath, roleWord, Standing, templateWord, typeWord, valueWord } from "./motivation_words.jsx";
import { Fault, useSending } from "./parts.jsx";
import { Fact } from "./project_overview.jsx";
import { get } from "./rest.js";

function Verdict({ verdict }) {
  const [tone, word] = verdict.would_fire ? ["good", "It would fire"] : ["open", "It would not fire"];
  return (
    <>
      <p className="loom-row"><span className={`loom-status is-${tone}`}>{word}</span>{verdict.project_id && <Link className="loom-quiet" to={`/projects/${encodeURIComponent(verdict.project_id)}`}>{verdict.project_id}</Link>}</p>
      <p>{verdict.why}</p>
      {Object.keys(verdict.evidence).length > 0 && <Evidence of={verdict.evidence} />}
      {verdict.next_trigger_at && <p className="loom-quiet">Its next moment is <time dateTime={verdict.next_trigger_at}>{new Date(verdict.next_trigger_at).toLocaleString()}</time>.</p>}
    </>
  );
}

function DryRun({ motivation }) {
  const [told, setTold] = useState(null);
  const sending = useSending(async () => setTold((await get(`${motivationPath(motivation.id)}/dry-run`)).body));
  return (
    <section className="loom-stack is-close" aria-label="Would it fire now?">
      <div className="loom-row"><button type="button" className="loom-button is-small" disabled={sending.busy} onClick={() => sending.submit()}>{sending.busy ? "Looking…" : "Would it fire now?"}</button><span className="loom-quiet">Looks and changes nothing.</span></div>
      <Fault>{sending.fault}</Fault>
      <div role="status" className="loom-stack is-close">{told && <Verdict verdict={told} />}</div>
    </section>
  );
}

function Facts({ motivation }) {
  return (
    <dl className="loom-facts">
      <Fact term="Kind">{typeWord(motivation.type)} · <code>{motivation.condition}</code></Fact>
      <Fact term="Role">{roleWord(motivation.agent_role)}{motivation.agent_id && <> · <Link to={`/agents/${encodeURIComponent(motivation.agent_id)}`}>{motivation.agent_id}</Link></>}</Fact>
      <Fact term="Project">{motivation.project_id ? <Link to={`/projects/${encodeURIComponent(motivation.project_id)}`}>{motivation.project_id}</Link> : "every project"}</Fact>
      <Fact term="Then">{[motivation.create_bead && `makes a bead: ${templateWord(motivation)}`, motivation.wake_agent && "wakes the agent"].filter(Boolean).join(", ") || "is told in the event log"}</Fact>
      <Fact term="Cooldown">{minutesWord(motivation.cooldown_minutes)}</Fact>
      <Fact term="Priority">{motivation.priority}</Fact>
      <Fact term="Fired"><Ago at={motivation.last_triggered_at} /></Fact>
      <Fact term="Next"><Next motivation={motivation} /></Fact>
      {Object.entries(motivation.parameters).map(([name, value]) => <Fact key={name} term={keyWord(name)}>{valueWord(value)}</Fact>)}
    </dl>
  );
}

export function Detail({ motivation, beat, onFlip, onEdit, onTrigger, onDelete }) {
  const { may_change: may } = motivation;
  return (
    <div className="loom-stack" data-shown={motivation.id}>
      <div className="loom-row is-between">
        <div className="loom-row">
          <Standing motivation={motivation} />
          <span className="loom-tag">{motivation.is_built_in ? "built in" : "own"}</span>
          {may && <Switch {...{ motivation, onFlip }} />}
        </div>
        {may && (
          <div className="loom-row">
            <button type="button" className="loom-button is-small" onClick={() => onTrigger(motivation)}>Trigger…</button>
            <button type="button" className="loom-button is-small" onClick={() => onEdit(motivation)}>Edit</button>
            {!motivation.is_built_in && <button type="button" className="loom-button is-small is-danger" onClick={() => onDelete(motivation)}>Delete</button>}
          </div>
        )}
      </div>
      <p>{motivation.meaning}</p>
      {!motivation.is_built_in && motivation.description && <p className="loom-prose">{motivation.description}</p>}
      <Facts motivation={motivation} />
      <DryRun motivation={motivation} />
      <section className="loom-stack is-close" aria-label="Firings"><h3>Firings</h3><History of={{ motivation_id: motivation.id }} beat={beat} /></section>
    </div>
  );
}
