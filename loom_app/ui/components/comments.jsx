// What was said about a bead: comments with answers, one's own to be changed, live while the page is open.

import { memo, useState } from "react";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { useDraft } from "./drafts.js";
import { Markdown } from "./markdown.jsx";
import { send } from "./rest.js";
import { Writing } from "./writing.jsx";

const LONGEST = 20000;

const count = (comments) => comments.reduce((sum, said) => sum + 1 + count(said.replies), 0);

// `place` names the draft: what is being written there is kept until it is sent.
function Write({ beadId, place, label, word, initial = "", names, focus, rows = 3, onSend, onCancel }) {
  const [draft, setDraft] = useDraft(beadId, place);
  const text = draft ? draft.text : initial;
  return (
    <Writing
      label={label} button={{ word, needsText: true }} placeholder={`${label} … @name tells somebody`} rows={rows} maxLength={LONGEST}
      focus={focus} names={names} text={text}
      onText={(typed) => setDraft(typed === initial ? null : { text: typed, base: initial })}
      onSend={async () => {
        await onSend(text);
        setDraft(null);
      }}
      onCancel={onCancel && (() => {
        setDraft(null);
        onCancel();
      })}
    />
  );
}

function Delete({ said, onDelete, onKeep }) {
  const [fault, setFault] = useState("");
  const all = said.replies.length > 0;
  return (
    <div className="loom-row" role="alertdialog" aria-label="Delete this comment">
      <span>{all ? "Delete this comment and the answers to it?" : "Delete this comment?"}</span>
      <button type="button" className="loom-button is-small is-danger" autoFocus onClick={() => onDelete().catch((error) => setFault(error.message))}>Delete</button>
      <button type="button" className="loom-button is-small" onClick={onKeep}>Keep</button>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
    </div>
  );
}

const Comment = memo(function Comment({ said, me, path, names, mayWrite, onChange }) {
  const [doing, setDoing] = useState("");
  const own = me && said.author_id === me;
  const where = `/api/v1/comments/${encodeURIComponent(said.id)}`;
  const done = async (work) => {
    await work();
    setDoing("");
    await onChange();
  };
  const shared = { beadId: said.bead_id, names, focus: true, onCancel: () => setDoing("") };
  return (
    <li className="loom-comment" data-comment={said.id}>
      <p className="loom-quiet">
        <strong>{said.author_username || "Somebody"}</strong> <Ago at={said.created_at} />{said.edited ? ", edited" : ""}
      </p>
      {doing === "edit" ? (
        <Write {...shared} place={`edit ${said.id}`} label="Change the comment" word="Save" initial={said.content} onSend={(content) => done(() => send("PATCH", where, { content }))} />
      ) : (
        <div className="loom-prose"><Markdown>{said.content}</Markdown></div>
      )}
      {mayWrite && doing === "" && (
        <div className="loom-row loom-comment-tools">
          <button type="button" onClick={() => setDoing("reply")}>Reply</button>
          {own && <button type="button" onClick={() => setDoing("edit")}>Edit</button>}
          {own && <button type="button" onClick={() => setDoing("delete")}>Delete</button>}
        </div>
      )}
      {doing === "delete" && <Delete said={said} onKeep={() => setDoing("")} onDelete={() => done(() => send("DELETE", where))} />}
      {doing === "reply" && (
        <Write {...shared} place={`reply ${said.id}`} label={`Answer ${said.author_username}`} word="Reply" onSend={(content) => done(() => send("POST", path, { content, parent_id: said.id }))} />
      )}
      {said.replies.length > 0 && (
        <ul className="loom-comments">
          {said.replies.map((answer) => <Comment key={answer.id} said={answer} {...{ me, path, names, mayWrite, onChange }} />)}
        </ul>
      )}
    </li>
  );
});

// What was said is read again whenever `beat` rises; `names` are offered behind an @.
export function Comments({ beadId, beat, me, names, mayWrite }) {
  const path = `/api/v1/beads/${encodeURIComponent(beadId)}/comments`;
  const [comments, fault, again] = useAnswer(path, beat);
  return (
    <section aria-label="Comments">
      <h2>Comments{comments && comments.length > 0 ? ` (${count(comments)})` : ""}</h2>
      {fault && <p className="loom-fault-line" role="alert">What was said could not be read: {fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></p>}
      {!comments && !fault && <div className="loom-skeleton is-line" aria-label="Loading the comments" />}
      {comments && comments.length === 0 && <p className="loom-quiet">Nothing was said yet.</p>}
      {comments && comments.length > 0 && (
        <ul className="loom-comments is-first">
          {comments.map((said) => <Comment key={said.id} said={said} me={me} path={path} names={names} mayWrite={mayWrite} onChange={again} />)}
        </ul>
      )}
      {mayWrite && <Write beadId={beadId} place="comment" label="Say something about this bead" word="Comment" names={names} onSend={async (content) => {
        await send("POST", path, { content });
        await again();
      }} />}
    </section>
  );
}
