// The verdict on a change: approve and merge, send back, and taking back what has landed.

import { useState } from "react";
import { Link } from "react-router";
import { Dialog } from "./dialog.jsx";
import { Fault } from "./parts.jsx";
import { send } from "./rest.js";

export const STATES = {
  none: ["Not for review", "open"],
  waiting: ["Waits for review", "waiting"],
  approved: ["Approved, merged next", "running"],
  sent_back: ["Sent back to its agent", "open"],
  denied: ["Denied", "failed"],
  landed: ["Landed", "finished"],
};

const ASKS = {
  approve: {
    title: "Approve and merge", word: "Approve and merge", tone: "is-main", label: "A word on it, if you like", needs: false,
    what: "It is put on top of the project’s branch, the project’s tests run on that, and if they pass it lands. A conflict or a failing test gives it back to the agent.",
  },
  send_back: {
    title: "Send back", word: "Send back", tone: "is-main", label: "What is to be done differently?", needs: true,
    what: "The agent goes on from this branch with your words as its next task.",
  },
  revert: {
    title: "Take it back", word: "Take it back", tone: "is-danger", label: "Why is it taken back?", needs: true,
    what: "A commit that undoes this one is made, tested and landed in its turn; the bead is open again then. It is refused where later changes build on it.",
  },
};

const ON_GITHUB = "It is put on top of the project’s branch and the project’s tests run on that; if they pass, GitHub merges its pull request. A conflict or a failing test gives it back to the agent.";

function Ask({ asked, what, waiting, onSend, onClose }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const form = ASKS[asked];
  const lines = asked === "send_back" ? waiting : 0;
  const ready = !form.needs || text.trim() || lines > 0;
  const go = async (event) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    try {
      await onSend(asked, text.trim());
      onClose();
    } catch (error) {
      setFault(error.message);
      setBusy(false);
    }
  };
  return (
    <form className="loom-diff-ask" onSubmit={go}>
      <p>{what || form.what}</p>
      {lines > 0 && <p className="loom-quiet">{lines === 1 ? "What you said of one line goes" : `What was said of ${lines} lines goes`} with it.</p>}
      <label className="loom-field"><span>{form.label}</span>
        <textarea autoFocus rows={4} maxLength={5000} value={text} dir="auto" onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && go(event)} />
      </label>
      <Fault>{fault}</Fault>
      <div className="loom-row is-end">
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <button type="submit" className={`loom-button ${form.tone}`} disabled={busy || !ready}>{form.word}</button>
      </div>
    </form>
  );
}

function Taken({ revert }) {
  const word = { waiting: "Taking it back waits for its turn.", done: revert.message, refused: `It was not taken back. ${revert.message}` }[revert.status];
  return <p role="status" className={revert.status === "refused" ? "loom-fault-line" : "loom-quiet"}>{revert.asker} asked to take it back: {revert.reason} {word}</p>;
}

export function Verdict({ diff, path, pull, mayDecide, waiting, onDone }) {
  const [asked, setAsked] = useState("");
  const { state, revert, decision_id: decision } = diff.review;
  const open = ["waiting", "denied"].includes(state);
  const takeable = state === "landed" && (!revert || revert.status === "refused");
  const onSend = async (what, text) => {
    if (what === "revert") await send("POST", `${path}/revert`, { reason: text });
    else await send("POST", `${path}/review`, { verdict: what, comment: text, commit: diff.commit_hash });
    onDone();
  };
  if (!open && !takeable && !revert) return null;
  return (
    <footer className={`loom-diff-verdict${open ? " is-open" : ""}`}>
      {revert && <Taken revert={revert} />}
      {open && !mayDecide && <p className="loom-quiet">It waits for somebody who may answer decisions.</p>}
      {mayDecide && open && (
        <div className="loom-row">
          <button type="button" className="loom-button is-main" onClick={() => setAsked("approve")}>Approve and merge</button>
          <button type="button" className="loom-button" onClick={() => setAsked("send_back")}>Send back{waiting > 0 && <span className="loom-diff-with">{" "}with {waiting} {waiting === 1 ? "comment" : "comments"}</span>}</button>
          {decision && <Link className="loom-diff-with" to={`/decisions?id=${encodeURIComponent(decision)}`}>In the inbox</Link>}
        </div>
      )}
      {mayDecide && takeable && <div className="loom-row"><button type="button" className="loom-button is-danger" onClick={() => setAsked("revert")}>Take it back</button></div>}
      <Dialog open={Boolean(asked)} title={ASKS[asked]?.title || ""} onClose={() => setAsked("")}>
        <Ask key={asked} asked={asked} what={asked === "approve" && pull?.number && pull.status === "open" ? ON_GITHUB : ""} waiting={waiting} onSend={onSend} onClose={() => setAsked("")} />
      </Dialog>
    </footer>
  );
}
