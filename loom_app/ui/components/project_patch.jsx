// A patch by hand: what it comes to, its message, and what became of it.

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { Fault, Field, Send, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { send } from "./rest.js";

const COMPARE_MS = 2000;
const STATES = {
  waiting: ["running", "waits for its turn and its tests"], landed: ["good", "landed"], on_branch: ["waiting", "on a branch of its own"],
  refused: ["bad", "refused"],
};

// The unified diff from one text to another, "" for none, null where they differ too much to be compared here. A last
// line break stays or is added as the file had it, for no patch could say that alone.
export function patchOf(path, base, text) {
  const plain = text.replace(/\r\n/g, "\n");
  const wanted = base && !base.endsWith("\n") ? plain.replace(/\n+$/, "") : plain && !plain.endsWith("\n") ? `${plain}\n` : plain;
  const known = (base || "").replace(/\r\n/g, "\n");
  if (base !== null && wanted === known) return "";
  return createTwoFilesPatch(base === null ? "/dev/null" : `a/${path}`, `b/${path}`, known, wanted, undefined, undefined, { context: 3, headerOptions: FILE_HEADERS_ONLY, timeout: COMPARE_MS }) ?? null;
}

function counted(patch) {
  const lines = patch.split("\n");
  const of = (mark, head) => lines.filter((line) => line.startsWith(mark) && !line.startsWith(head)).length;
  return { files: lines.filter((line) => line.startsWith("+++ ")).length, added: of("+", "+++ "), removed: of("-", "--- ") };
}

function Counts({ patch }) {
  const { files, added, removed } = counted(patch);
  return <p className="loom-quiet" role="status">{files > 1 && `${files} files, `}{added} {added === 1 ? "line" : "lines"} added, {removed} removed</p>;
}

// How far a patch is and what came of it; `found` is a PatchView.
function Outcome({ found, go }) {
  const [tone, word] = STATES[found.status] || ["open", found.status];
  return (
    <div className="loom-patch">
      <p className="loom-row">
        <span className={`loom-status is-${tone}`}>{word}</span>
        <span>{found.message.split("\n")[0] || found.files.join(", ") || "a patch"}</span>
        <span className="loom-quiet">{found.asker}, <Ago at={found.ended_at || found.asked_at} /></span>
        {found.commit && <button type="button" className="loom-plain" onClick={() => go({ tab: "commits", commit: found.commit, edit: "", path: "" })}><code>{found.commit.slice(0, 10)}</code></button>}
        {found.status === "on_branch" && <code>{found.branch}</code>}
      </p>
      {(found.status === "refused" || (found.applied && !found.delivered)) && <p className="loom-fault-line">{found.output}</p>}
    </div>
  );
}

// The patch that was sent, followed until it has landed or was refused.
export function Sent({ api, id, beat, go, onAgain }) {
  const [found, fault, ask] = useAnswer(`${api}/files/patches/${encodeURIComponent(id)}`, beat);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!found) return <Loading />;
  return (
    <section className="loom-panel" aria-label="The change" role="status">
      <Outcome found={found} go={go} />
      {found.status === "waiting" && <p className="loom-quiet">It goes on without you: you may leave this page. The files say how it went.</p>}
      <div className="loom-row">
        {found.status === "refused" && <button type="button" className="loom-button is-main" onClick={onAgain}>Back to the change</button>}
        <button type="button" className="loom-button" onClick={() => go({ edit: "", patch: "" })}>To the files</button>
      </div>
    </section>
  );
}

// What the change comes to, its message and the way to have it committed.
export function Proposal({ api, patch, strategy, branch, onSent, onRefused }) {
  const sending = useSending(async ({ message }) => {
    try {
      const { body } = await send("POST", `${api}/files/patch`, { patch, ...(message.trim() && { message: message.trim() }) });
      onSent(body);
    } catch (error) {
      onRefused(error);
      throw error;
    }
  });
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <Counts patch={patch} />
      <Diff text={patch} />
      <Field label="What the commit says" name="message" as="textarea" rows={2} maxLength={20000} placeholder="What was changed, and why" dir="auto" />
      <p className="loom-quiet">{strategy === "direct" ? `It is committed in your name, put on top of ${branch} in its turn, and lands if the project’s tests pass.` : "It is committed in your name and stands on a branch of its own for review."}</p>
      <Fault>{sending.fault}</Fault>
      <div className="loom-row"><Send sending={sending} word="Commit" busy="Testing and landing…" /></div>
    </form>
  );
}

// The newest changes by hand, on the page of the files.
export function Patches({ api, beat, go }) {
  const [patches] = useAnswer(`${api}/files/patches?limit=5`, beat);
  if (!patches?.length) return null;
  return (
    <section className="loom-patches" aria-label="Changes by hand">
      <h3>Changes by hand</h3>
      <ul className="loom-plain-list">{patches.map((one) => <li key={one.patch_id}><Outcome found={one} go={go} /></li>)}</ul>
    </section>
  );
}
