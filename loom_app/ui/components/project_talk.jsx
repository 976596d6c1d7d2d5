// What is said about a project as a whole.

import { useCallback, useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { Fault, Field, Send, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { all, send } from "./rest.js";

export function Talk({ path, beat, mayWrite }) {
  const [said, setSaid] = useState(null);
  const [fault, setFault] = useState("");
  const read = useCallback(async () => {
    try {
      setSaid(await all(`${path}/comments`));
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
  }, [path]);
  useEffect(() => {
    read();
  }, [read, beat]);
  const sending = useSending(async ({ comment }, form) => {
    await send("POST", `${path}/comments`, { comment });
    form.reset();
    await read();
  });
  return (
    <section className="loom-panel" aria-labelledby="project-talk">
      <h2 id="project-talk">Comments</h2>
      {fault && <Fault>{fault} <button type="button" className="loom-button is-small" onClick={read}>Try again</button></Fault>}
      {!said && !fault && <Loading />}
      {said?.length === 0 && <p className="loom-empty">Nothing was said about this project yet. What concerns one bead is better said there.</p>}
      <ol className="loom-plain-list">
        {(said || []).map((one) => (
          <li key={one.id} className="loom-comment">
            <p className="loom-row"><strong>{one.author}</strong> <span className="loom-quiet"><Ago at={one.timestamp} /></span></p>
            <p className="loom-prose" dir="auto">{one.comment}</p>
          </li>
        ))}
      </ol>
      {mayWrite && (
        <form className="loom-form" onSubmit={sending.submit}>
          <Field label="Say something" name="comment" as="textarea" rows={3} required maxLength={20000} />
          <Fault>{sending.fault}</Fault>
          <div className="loom-row is-end"><Send sending={sending} word="Comment" busy="Sending…" /></div>
        </form>
      )}
    </section>
  );
}
