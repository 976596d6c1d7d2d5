// What the forms that deal with secrets share. A secret lives in these components alone, and only while they are open.

import { useId, useRef, useState } from "react";
import { Dialog } from "./dialog.jsx";

const COPIED_MS = 2500;
export const LEAVING = "leaving"; // what a form's work answers when another page is on its way

export function Field({ label, hint, fault, as: Control = "input", children, ...input }) {
  const id = useId();
  const said = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ");
  return (
    <div className="loom-field">
      <label htmlFor={id}>{label}</label>
      <Control id={id} aria-describedby={said || undefined} aria-invalid={fault ? true : undefined} {...input}>{children}</Control>
      {hint && <span id={`${id}-hint`} className="loom-quiet">{hint}</span>}
      {fault && <span id={`${id}-fault`} className="loom-fault-line" role="alert">{fault}</span>}
    </div>
  );
}

export function Fault({ children }) {
  return children ? <p className="loom-fault-line" role="alert">{children}</p> : null;
}

// Sends a form. `places` says which field a refusal's code belongs to; `at(field)` is the sentence for that field and
// `fault` the sentence for the whole form.
export function useSending(work, places = {}) {
  const [refused, setRefused] = useState({ place: "", message: "" });
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event?.preventDefault();
    event?.stopPropagation();
    const form = event?.target;
    setBusy(true);
    setRefused({ place: "", message: "" });
    try {
      const went = await work(form ? Object.fromEntries(new FormData(form)) : {}, form);
      setBusy(went === LEAVING);
    } catch (error) {
      const place = error.place || places[error.problem?.code] || "";
      const unreachable = error instanceof TypeError;
      setRefused({ place, message: unreachable ? "Loom cannot be reached. Check that it runs, then try again." : error.message });
      setBusy(false);
      if (place) form?.elements?.[place]?.focus?.();
    }
  };
  return {
    busy,
    submit,
    fault: refused.place ? "" : refused.message,
    at: (field) => (refused.place === field ? refused.message : ""),
    say: (message) => setRefused({ place: "", message }),
  };
}

// A fault of one field, found before anything was sent.
export function mistake(place, message) {
  return Object.assign(new Error(message), { place });
}

export const PASSWORD_RULES =
  "8 to 128 characters. Nothing that is tried first, such as password1, and not your name. A few unrelated words do well.";

export function NewPassword({ sending, label = "Password", autoFocus }) {
  return (
    <>
      <Field label={label} name="password" type="password" autoComplete="new-password" required maxLength={1024} hint={PASSWORD_RULES} fault={sending.at("password")} autoFocus={autoFocus} />
      <Field label={`${label} again`} name="again" type="password" autoComplete="new-password" required maxLength={1024} fault={sending.at("again")} />
    </>
  );
}

export function checkedPassword({ password, again }) {
  if (password.length < 8) throw mistake("password", `The password has ${password.length} characters; it must have 8 to 128.`);
  if (password !== again) throw mistake("again", "The two passwords differ. Type the same one twice.");
  return password;
}

export async function copied(text, field) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  // Browsers offer the clipboard on encrypted pages only; elsewhere the old way has to do.
  field?.focus();
  field?.select();
  return document.execCommand("copy");
}

// A text to take away: shown whole, marked as one and copied by a button.
export function ToCopy({ label, value, rows }) {
  const field = useRef(null);
  const [told, setTold] = useState("");
  const id = useId();
  const copy = async () => {
    const done = await copied(value, field.current).catch(() => false);
    setTold(done ? "Copied" : "Not copied: mark the text and copy it by hand.");
    if (done) setTimeout(() => setTold(""), COPIED_MS);
  };
  const Control = rows ? "textarea" : "input";
  return (
    <div className="loom-field loom-to-copy">
      <label htmlFor={id}>{label}</label>
      <div className="loom-row is-nowrap">
        <Control ref={field} id={id} readOnly value={value} rows={rows} spellCheck={false} className="loom-secret" onFocus={(event) => event.target.select()} />
        <button type="button" className="loom-button" aria-label={`Copy: ${label}`} onClick={copy}>{told === "Copied" ? "Copied" : "Copy"}</button>
      </div>
      <span className="loom-quiet" role="status">{told}</span>
    </div>
  );
}

export function Buttons({ children }) {
  return <div className="loom-row is-end">{children}</div>;
}

export function Send({ sending, word, busy, danger, ...rest }) {
  return (
    <button type="submit" className={`loom-button ${danger ? "is-danger" : "is-main"}`} disabled={sending.busy} {...rest}>
      {sending.busy ? busy || "Working…" : word}
    </button>
  );
}

// Asks before something that cannot be taken back; `type` is a text that has to be typed first.
export function Confirm({ open, title, action, type, onClose, onConfirm, children }) {
  const [typed, setTyped] = useState("");
  const close = () => {
    setTyped("");
    onClose();
  };
  const sending = useSending(async () => {
    await onConfirm();
    close();
  });
  return (
    <Dialog open={open} title={title} onClose={close}>
      <form className="loom-form" onSubmit={sending.submit}>
        {children}
        {type && <Field label={`Type ${type} to confirm`} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" autoCapitalize="none" spellCheck={false} autoFocus />}
        <Fault>{sending.fault}</Fault>
        <Buttons>
          <button type="button" className="loom-button" onClick={close} autoFocus={!type}>Cancel</button>
          <Send sending={sending} word={action} danger disabled={sending.busy || Boolean(type && typed !== type)} />
        </Buttons>
      </form>
    </Dialog>
  );
}
