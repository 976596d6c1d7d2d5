// A text being written: markdown with a preview, @names offered while one types, kept until it is saved.

import { useEffect, useId, useRef, useState } from "react";
import { Markdown } from "./markdown.jsx";
import { TabPanel, Tabs } from "./tabs.jsx";

const NAMING = /(^|[^\w@])@([A-Za-z0-9_-]*)$/;
const MOST_OFFERED = 6;
const TABS = [["write", "Write"], ["preview", "Preview"]];

function offered(names, text, caret) {
  const begun = NAMING.exec(text.slice(0, caret));
  if (!begun) return { begun: "", options: [] };
  const typed = begun[2].toLowerCase();
  const fitting = names.filter((name) => name.toLowerCase().startsWith(typed) && name.toLowerCase() !== typed);
  return { begun: begun[2], options: fitting.slice(0, MOST_OFFERED) };
}

// The textarea with its offers; `names` are those an @ can mean.
function Area({ text, names, label, rows, maxLength, placeholder, invalid, focus, onText, onKeyDown }) {
  const field = useRef(null);
  const list = useId();
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(0);
  const [shut, setShut] = useState(false);
  const { begun, options } = shut ? { begun: "", options: [] } : offered(names, text, caret);
  useEffect(() => {
    if (focus) field.current.focus();
  }, [focus]);
  const take = (name) => {
    const start = caret - begun.length;
    onText(`${text.slice(0, start)}${name} ${text.slice(caret)}`);
    setCaret(start + name.length + 1);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(start + name.length + 1, start + name.length + 1);
    });
  };
  const keys = {
    ArrowDown: () => setAt((at + 1) % options.length),
    ArrowUp: () => setAt((at + options.length - 1) % options.length),
    Enter: () => take(options[Math.min(at, options.length - 1)]),
    Tab: () => take(options[Math.min(at, options.length - 1)]),
    Escape: () => setShut(true),
  };
  const onKey = (event) => {
    if (options.length > 0 && keys[event.key] && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    } else onKeyDown(event);
  };
  return (
    <div className="loom-area">
      <textarea
        ref={field} value={text} rows={rows} maxLength={maxLength} placeholder={placeholder} aria-label={label} dir="auto"
        aria-invalid={invalid || undefined} aria-autocomplete="list" aria-controls={options.length > 0 ? list : undefined}
        aria-activedescendant={options.length > 0 ? `${list}-${Math.min(at, options.length - 1)}` : undefined}
        onChange={(event) => {
          onText(event.target.value);
          setCaret(event.target.selectionStart);
          setShut(false);
          setAt(0);
        }}
        onSelect={(event) => setCaret(event.target.selectionStart)}
        onBlur={() => setShut(true)}
        onKeyDown={onKey}
      />
      {options.length > 0 && (
        <ul id={list} role="listbox" aria-label="Names" className="loom-offers">
          {options.map((name, index) => (
            <li key={name} id={`${list}-${index}`} role="option" aria-selected={index === Math.min(at, options.length - 1)} onMouseDown={(event) => {
              event.preventDefault();
              take(name);
            }}>@{name}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

// Ctrl or ⌘ with Enter sends, Escape cancels. `onSend` throws what is refused; the sentence then stands below the text.
export function Writing({ label, button, text, onText, onSend, onCancel, names = [], rows = 6, maxLength, placeholder, focus, children }) {
  const [shown, setShown] = useState("write");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const panel = useId();
  const unready = busy || button.disabled || (button.needsText && !text.trim());
  const send = async (event) => {
    event.preventDefault();
    if (unready) return;
    setBusy(true);
    setFault("");
    try {
      await onSend();
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    if (event.key !== "Escape" || !onCancel) return;
    event.preventDefault();
    event.stopPropagation();
    onCancel();
  };
  return (
    <form className="loom-writing" onSubmit={send} onKeyDown={onKeyDown}>
      <Tabs id={panel} label="Text or preview" tabs={TABS} chosen={shown} small onChoose={setShown} />
      <TabPanel id={panel} chosen={shown}>
        {shown === "write" ? (
          <Area {...{ text, names, label, rows, maxLength, placeholder, focus, onText }} invalid={Boolean(fault)} onKeyDown={() => undefined} />
        ) : (
          <div className="loom-preview">{text.trim() ? <Markdown>{text}</Markdown> : <p className="loom-empty">Nothing to preview.</p>}</div>
        )}
      </TabPanel>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {children}
      <div className="loom-row">
        <button type="submit" className="loom-button is-main is-small" disabled={unready}>{busy ? "Saving…" : button.word}</button>
        {onCancel && <button type="button" className="loom-button is-small" onClick={onCancel}>Cancel</button>}
        <span className="loom-quiet loom-keys">Markdown · Ctrl Enter {button.word.toLowerCase()}s{onCancel ? " · Esc cancels" : ""}</span>
      </div>
    </form>
  );
}
