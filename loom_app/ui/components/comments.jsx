// What was said about a bead: comments with answers, one's own to be changed, live while the page is open.

import { useCallback, useEffect, useRef, useState } from "react";
import { Ago } from "./ago.jsx";
import { get, send } from "./rest.js";

const MENTION = /(?<![\w@])(@[A-Za-z0-9_-]+)/;

const count = (comments) => comments.reduce((sum, said) => sum + 1 + count(said.replies), 0);

function Said({ text }) {
  return (
    <p className="loom-prose">
      {text.split(MENTION).map((part, index) => (index % 2 ? <strong key={index} className="loom-mention">{part}</strong> : part))}
    </p>
  );
}

function Write({ label, button, initial = "", focus, onSend, onCancel }) {
  const [text, setText] = useState(initial);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);
  const submit = async (event) => {
    event.preventDefault();
    if (!text.trim() || busy) return;
    setBusy(true);
    try {
      await onSend(text);
      setText("");
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  return (
    <form className="loom-comment-form" onSubmit={submit}>
      <textarea
        ref={field}
        value={text}
        rows={3}
        maxLength={20000}
        aria-label={label}
        aria-invalid={fault ? true : undefined}
        placeholder={`${label} … @name tells somebody`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
          if (event.key === "Escape" && onCancel) onCancel();
        }}
      />
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      <div className="loom-row">
        <button type="submit" className="loom-button" disabled={busy || !text.trim()}>{button}</button>
        {onCancel && <button type="button" className="loom-button" onClick={onCancel}>Cancel</button>}
      </div>
    </form>
  );
}

function Comment({ said, me, path, mayWrite, onChange }) {
  const [doing, setDoing] = useState("");
  const own = me && said.author_id === me;
  const where = `/api/v1/comments/${encodeURIComponent(said.id)}`;
  const done = async (work) => {
    await work();
    setDoing("");
    await onChange();
  };
  return (
    <li className="loom-comment" data-comment={said.id}>
      <p className="loom-quiet">
        <strong>{said.author_username || "Somebody"}</strong> <Ago at={said.created_at} />{said.edited ? ", edited" : ""}
      </p>
      {doing === "edit" ? (
        <Write label="Change the comment" button="Save" initial={said.content} focus onCancel={() => setDoing("")} onSend={(content) => done(() => send("PATCH", where, { content }))} />
      ) : (
        <Said text={said.content} />
      )}
      {mayWrite && doing === "" && (
        <div className="loom-row loom-comment-tools">
          <button type="button" onClick={() => setDoing("reply")}>Reply</button>
          {own && <button type="button" onClick={() => setDoing("edit")}>Edit</button>}
          {own && <button type="button" onClick={() => setDoing("delete")}>Delete</button>}
        </div>
      )}
      {doing === "delete" && (
        <div className="loom-row" role="alertdialog" aria-label="Delete this comment">
          <span>{said.replies.length > 0 ? "Delete this comment and the answers to it?" : "Delete this comment?"}</span>
          <button type="button" className="loom-button is-danger" autoFocus onClick={() => done(() => send("DELETE", where))}>Delete</button>
          <button type="button" className="loom-button" onClick={() => setDoing("")}>Keep</button>
        </div>
      )}
      {doing === "reply" && (
        <Write label={`Answer ${said.author_username}`} button="Reply" focus onCancel={() => setDoing("")} onSend={(content) => done(() => send("POST", path, { content, parent_id: said.id }))} />
      )}
      {said.replies.length > 0 && (
        <ul className="loom-comments">
          {said.replies.map((answer) => <Comment key={answer.id} said={answer} me={me} path={path} mayWrite={mayWrite} onChange={onChange} />)}
        </ul>
      )}
    </li>
  );
}

// `version` changes whenever the bead has; then what was said is read again.
export function Comments({ beadId, version, mayWrite }) {
  const [comments, setComments] = useState(null);
  const [me, setMe] = useState("");
  const [fault, setFault] = useState("");
  const path = `/api/v1/beads/${encodeURIComponent(beadId)}/comments`;
  const load = useCallback(async () => {
    try {
      setComments((await get(path)).body);
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
  }, [path]);
  useEffect(() => {
    load();
  }, [load, version]);
  useEffect(() => {
    get("/api/v1/auth/me").then(({ body }) => setMe(body.id), () => setMe(""));
  }, []);
  const add = async (content) => {
    await send("POST", path, { content });
    await load();
  };
  return (
    <section aria-label="Comments">
      <h3>Comments{comments && comments.length > 0 ? ` (${count(comments)})` : ""}</h3>
      {fault && <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button" onClick={load}>Try again</button></p>}
      {comments && comments.length === 0 && !mayWrite && <p className="loom-quiet">Nothing was said yet.</p>}
      {comments && comments.length > 0 && (
        <ul className="loom-comments is-first">
          {comments.map((said) => <Comment key={said.id} said={said} me={me} path={path} mayWrite={mayWrite} onChange={load} />)}
        </ul>
      )}
      {mayWrite && <Write label="Say something about this bead" button="Comment" onSend={add} />}
    </section>
  );
}
