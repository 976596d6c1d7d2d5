// A value that one clicks to change it where it stands. Escape leaves it as it was and gives the focus back.

import { useEffect, useId, useRef, useState } from "react";

// For the button that opens an editor in its place: it gets the focus when the editor is closed.
export function useFocusBack(open) {
  const button = useRef(null);
  const wasOpen = useRef(open);
  useEffect(() => {
    if (!open && wasOpen.current) button.current?.focus();
    wasOpen.current = open;
  }, [open]);
  return button;
}

// `children(close)` is the editor. `shown` is the value to read; `label` names it for those who do not see it.
export function InPlace({ label, shown, mayWrite, children }) {
  const [open, setOpen] = useState(false);
  const button = useFocusBack(open);
  if (!mayWrite) return <span className="loom-value is-fixed">{shown}</span>;
  if (open) return children(() => setOpen(false));
  return (
    <button ref={button} type="button" className="loom-value" aria-label={`Change ${label}`} onClick={() => setOpen(true)}>{shown}</button>
  );
}

// One line (or date) to type into. `read(text)` answers the value, or throws with a sentence why it is none.
export function Line({ label, initial, type = "text", hint, read = (text) => text.trim(), clearable, onSave, onClose, ...input }) {
  const [text, setText] = useState(initial);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const id = useId();
  const save = async (event, wanted = text) => {
    event?.preventDefault();
    setBusy(true);
    try {
      await onSave(read(wanted));
      onClose();
    } catch (error) {
      setFault(error.message);
      setBusy(false);
    }
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <form className="loom-line" onSubmit={save} onKeyDown={onKeyDown}>
      <input type={type} aria-label={label} value={text} autoFocus aria-invalid={fault ? true : undefined} aria-describedby={fault || hint ? id : undefined} onChange={(event) => setText(event.target.value)} {...input} />
      {(fault || hint) && <span id={id} className={fault ? "loom-fault-line" : "loom-quiet"} role={fault ? "alert" : undefined}>{fault || hint}</span>}
      <div className="loom-row">
        <button type="submit" className="loom-button is-small is-main" disabled={busy}>Save</button>
        <button type="button" className="loom-button is-small" onClick={onClose}>Cancel</button>
        {clearable && initial !== "" && <button type="button" className="loom-button is-small is-plain" disabled={busy} onClick={() => save(null, "")}>Clear</button>}
      </div>
    </form>
  );
}
