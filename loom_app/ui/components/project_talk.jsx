// What is said about a project as a whole.

import { useCallback, useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { Markdown } from "./markdown.jsx";
import { Fault } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { all, send } from "./rest.js";
import { Writing } from "./writing.jsx";

export function Talk({ path, beat, mayWrite }) {
  const [said, setSaid] = useState(null);
  const [fault, setFault] = useState("");
  const [text, setText] = useState("");
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
            <div className="loom-prose"><Markdown>{one.comment}</Markdown></div>
          </li>
        ))}
      </ol>
      {mayWrite && (
        <Writing label="Say something" button={{ word: "Comment", needsText: true }} rows={3} maxLength={20000} text={text} onText={setText} onSend={async () => {
          await send("POST", `${path}/comments`, { comment: text });
          setText("");
          await read();
        }} />
      )}
    </section>
  );
}
