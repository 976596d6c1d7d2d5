// What one does with a bead as a whole: take it, send it out again, escalate it, copy, duplicate and delete it.

import { useEffect, useRef, useState } from "react";
import { beadPage, beadPath, may } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, copied, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { refused, told, toldChange } from "./undo.js";

const COPIED_FIELDS = ["title", "type", "description", "design", "acceptance_criteria", "notes", "priority", "tags", "context", "external_ref", "estimated_time"];

// Asks for a reason; `children` are further fields, whose values `onSend` gets as well.
function Asking({ open, title, label, hint, required, word, danger, onSend, onClose, children }) {
  const sending = useSending(async (given) => {
    await onSend({ ...given, reason: given.reason.trim() });
    onClose();
  });
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      <form className="loom-form" onSubmit={sending.submit}>
        <Field label={label} hint={hint} as="textarea" name="reason" rows={3} maxLength={2000} required={required} autoFocus />
        {children}
        <Fault>{sending.fault}</Fault>
        <Buttons>
          <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
          <Send sending={sending} word={word} danger={danger} />
        </Buttons>
      </form>
    </Dialog>
  );
}

function More({ children }) {
  const fold = useRef(null);
  useEffect(() => {
    const shut = (event) => {
      if (fold.current?.open && !fold.current.contains(event.target)) fold.current.open = false;
    };
    document.addEventListener("pointerdown", shut);
    return () => document.removeEventListener("pointerdown", shut);
  }, []);
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !fold.current.open) return;
    event.preventDefault();
    event.stopPropagation();
    fold.current.open = false;
    fold.current.querySelector("summary").focus();
  };
  const onClick = (event) => {
    if (event.target.closest("button")) fold.current.open = false;
  };
  return (
    <details ref={fold} className="loom-more-actions" onKeyDown={onKeyDown}>
      <summary className="loom-button is-small">More</summary>
      <div onClick={onClick}>{children}</div>
    </details>
  );
}

export function Actions({ bead, me, names, load, mayWrite, onOpen, onGone }) {
  const [asking, setAsking] = useState("");
  const path = beadPath(bead.id);
  const close = () => setAsking("");
  const act = (work, said) => async () => {
    try {
      const text = await work();
      if (said || text) told(said || text);
      await load();
    } catch (error) {
      refused(error);
    }
  };
  const copy = (text, said) => act(async () => ((await copied(text)) ? said : "Not copied: the browser does not allow it here."));
  const duplicate = async () => {
    const fields = Object.fromEntries(COPIED_FIELDS.map((field) => [field, bead[field]]));
    const { body } = await send("POST", "/api/v1/beads", { ...fields, project_id: bead.project_id, parent: bead.parent });
    told(`${body.id} is a copy of ${bead.id}.`);
    onOpen(body.id);
  };
  const remove = async ({ reason }) => {
    const { headers } = await send("DELETE", `${path}?reason=${encodeURIComponent(reason)}`);
    toldChange(`${bead.id} is deleted.`, headers.get("Change-Id"), load);
    onGone();
    await load();
  };
  const escalate = async (given) => {
    await send("POST", `${path}/escalate`, given);
    told(`A person will decide about ${bead.id}.`);
    await load();
  };
  const isOpen = bead.status === "open";
  const mayDelete = may(me, "beads:delete");
  return (
    <div className="loom-row loom-bead-actions">
      {mayWrite && isOpen && !bead.is_blocked && <button type="button" className="loom-button is-small" onClick={act(() => send("POST", `${path}/claim`, {}).then(() => ""), `${bead.id} is yours.`)}>Claim for me</button>}
      {mayWrite && (bead.status === "blocked" || bead.status === "done") && <button type="button" className="loom-button is-small" onClick={act(() => send("PATCH", path, { status: "open" }).then(() => ""), `${bead.id} is open again.`)}>Open it again</button>}
      {mayWrite && isOpen && <button type="button" className="loom-button is-small" onClick={act(() => send("POST", `${path}/redispatch`, { reason: "asked for on its page" }).then(() => ""), `${bead.id} is given out again.`)}>Try again now</button>}
      <More>
        <button type="button" onClick={copy(bead.id, "The id is copied.")}>Copy id</button>
        <button type="button" onClick={copy(`${window.location.origin}${beadPage(bead.id)}`, "The link is copied.")}>Copy link</button>
        {mayWrite && <button type="button" onClick={() => duplicate().catch(refused)}>Duplicate</button>}
        {mayWrite && bead.status !== "done" && <button type="button" onClick={() => setAsking("escalate")}>Escalate …</button>}
        {mayDelete && <button type="button" className="is-danger" onClick={() => setAsking("delete")}>Delete …</button>}
      </More>
      <Asking open={asking === "escalate"} title={`Escalate ${bead.id}`} label="What is to be decided, and why" hint="It becomes a decision for a person; the bead waits for the answer." required word="Escalate" onSend={escalate} onClose={close}>
        <Field label="Who goes on with it afterwards" as="select" name="returned_to" defaultValue="">
          <option value="">Whoever fits</option>
          {names.agents.filter((agent) => !agent.project_id || agent.project_id === bead.project_id).map((agent) => <option key={agent.id} value={agent.id}>{agent.name}</option>)}
        </Field>
      </Asking>
      <Asking open={asking === "delete"} title={`Delete ${bead.id}`} label="Why" hint="It can be brought back from its history." word="Delete" danger onSend={remove} onClose={close} />
    </div>
  );
}
