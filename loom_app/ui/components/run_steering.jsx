// What a person may do to a run: pause it and let it go on, say something to it, take it over, give it back, stop it.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const path = (run, wish) => `/api/v1/runs/${encodeURIComponent(run.id)}/${wish}`;

// [tone, word] where people's wishes say more than the run's status; null where they do not.
export function standing(run) {
  if (run.paired_with && !run.ended_at) return ["running", "Talking"];
  if (run.terminal_reason === "paired") return ["finished", "A talk"];
  if (run.terminal_reason === "taken_over") return ["waiting", run.paired_with ? "Paired" : "Taken over"];
  if (run.ended_at) return null;
  if (run.cancel_requested) return ["cancelled", "Stopping"];
  if (run.taken_by) return ["waiting", "Being taken over"];
  if (run.paused_at) return ["paused", "Paused"];
  return run.pause_requested ? ["paused", "Pauses after this turn"] : null;
}

function Said({ run }) {
  if (run.cancel_requested || run.taken_by) return <>It ends within a few seconds. {run.taken_by && "What it changed stays on its branch."}</>;
  if (run.paused_at) return <>Paused <Ago at={run.paused_at} />. It keeps its bead and its files, and costs nothing until it goes on.</>;
  return run.pause_requested ? <>It finishes its present turn, then it rests.</> : null;
}

function Nudge({ run, onDone }) {
  const sending = useSending(async ({ text }, form) => {
    await send("POST", path(run, "nudge"), { text });
    form.reset();
    onDone();
  });
  return (
    <form className="loom-steer-form" onSubmit={sending.submit}>
      <Field label="Message to the agent" name="text" as="textarea" rows={3} required maxLength={8000} autoFocus hint={run.paused_at ? "It reads this when it goes on." : "It reads this in its next turn, once."} />
      <Fault>{sending.fault}</Fault>
      <div className="loom-row"><Send sending={sending} word="Send" busy="Sending…" /><button type="button" className="loom-button" onClick={onDone}>Cancel</button></div>
    </form>
  );
}

function TakeOver({ run, onDone }) {
  const sending = useSending(async () => {
    await send("POST", path(run, "take-over"));
    onDone();
  });
  return (
    <form className="loom-steer-form" onSubmit={sending.submit} aria-label="Take this run over">
      <p>The run ends at once. Its changes stay on {run.branch ? <code>{run.branch}</code> : "its branch"}, and the bead is yours until you give it back or move it.</p>
      <Fault>{sending.fault}</Fault>
      <div className="loom-row"><Send sending={sending} word="Take it over now" busy="Taking over…" /><button type="button" className="loom-button" onClick={onDone}>Cancel</button></div>
    </form>
  );
}

function Live({ run }) {
  const [asking, setAsking] = useState("");
  const [fault, setFault] = useState("");
  const [waiting, setWaiting] = useState(false);
  const ask = async (wish) => {
    setWaiting(true);
    setFault("");
    try {
      await send("POST", path(run, wish));
    } catch (error) {
      setFault(error.message);
    }
    setWaiting(false);
  };
  const ending = run.cancel_requested || Boolean(run.taken_by);
  const busy = waiting || ending;
  return (
    <>
      <div className="loom-row" role="group" aria-label="Steer this run">
        {run.pause_requested
          ? <button type="button" className="loom-button is-main" disabled={busy} onClick={() => ask("resume")}>{run.paused_at ? "Resume" : "Do not pause"}</button>
          : <button type="button" className="loom-button" disabled={busy} title="It rests after its present turn" onClick={() => ask("pause")}>Pause</button>}
        <button type="button" className="loom-button" disabled={ending} aria-expanded={asking === "nudge"} onClick={() => setAsking(asking === "nudge" ? "" : "nudge")}>Say something</button>
        <button type="button" className="loom-button" disabled={ending} aria-expanded={asking === "take"} onClick={() => setAsking(asking === "take" ? "" : "take")}>Take over</button>
        <button type="button" className="loom-button is-danger" disabled={busy} title="It ends, and its bead waits for you" onClick={() => ask("cancel")}>{run.cancel_requested ? "Stopping…" : "Stop this run"}</button>
      </div>
      <Fault>{fault}</Fault>
      {!ending && asking === "nudge" && <Nudge run={run} onDone={() => setAsking("")} />}
      {!ending && asking === "take" && <TakeOver run={run} onDone={() => setAsking("")} />}
    </>
  );
}

function Taken({ run, bead, name, mayWrite }) {
  const sending = useSending(async ({ note }) => send("POST", path(run, "give-back"), { note }));
  const theirs = bead.status === "in_progress" && bead.assigned_to === run.taken_by;
  if (!theirs) return null;
  const project = `/projects/${encodeURIComponent(bead.project_id)}`;
  return (
    <section className="loom-steer-form" aria-label="Work that was taken over">
      <p>
        {name(run.taken_by)} has it. {run.diff && <><Link to={`/runs/${encodeURIComponent(run.id)}/diff`}>Look at the change</Link>, land </>}{run.diff ? "a change of your own" : "Land a change of your own"} from{" "}
        <Link to={`${project}?tab=files`}>the files of the project</Link>, then move the bead to Done, or give it back.
      </p>
      {mayWrite && (
        <form onSubmit={sending.submit}>
          <Field label="What the agent is to know" name="note" as="textarea" rows={2} maxLength={2000} hint="It goes on with what lies on the branch." />
          <Fault>{sending.fault}</Fault>
          <div className="loom-row"><Send sending={sending} word="Give it back" busy="Giving back…" /></div>
        </form>
      )}
    </section>
  );
}

export function Steering({ run, bead, live, name, mayWrite }) {
  if (live && run.paired_with) return <p className="loom-quiet" role="status">{name(run.paired_with)} talks with it on the tab Pair, where the answer can be stopped.</p>;
  if (!live) return run.terminal_reason === "taken_over" ? <Taken run={run} bead={bead} name={name} mayWrite={mayWrite} /> : null;
  return (
    <div className="loom-steering">
      <p className="loom-quiet" role="status"><Said run={run} /></p>
      {mayWrite && <Live run={run} />}
    </div>
  );
}
