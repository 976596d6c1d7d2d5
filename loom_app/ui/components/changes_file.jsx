// One changed file: its lines on one or both sides, what was said of them, and a place to say more.

import { Fragment, memo, useMemo, useRef, useState } from "react";
import { Ago } from "./ago.jsx";
import { get } from "./rest.js";
import { Painted, usePaint } from "./syntax.jsx";

const STATUS = { added: "new", deleted: "deleted", renamed: "renamed", copied: "copied", modified: "" };
const MARK = { added: "+", removed: "−", same: " " };
const key = (side, number) => `${side}:${number}`;

// Lines as rows of two sides: what was removed stands beside what was added in its place.
function paired(lines) {
  const rows = [];
  let removed = [], added = [];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) rows.push([removed[at] || null, added[at] || null]);
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") {
      if (added.length > 0) flush();
      removed.push(line);
    } else if (line.kind === "added") added.push(line);
    else {
      flush();
      rows.push([line, line]);
    }
  }
  flush();
  return rows;
}

// The colours of a hunk's lines: each side is painted as a whole, so that what spans lines is known.
function useColours(lines, paint) {
  return useMemo(() => {
    const colours = new Map();
    for (const side of ["old", "new"]) {
      const own = lines.filter((line) => line[side]);
      paint(own.map((line) => line.text).join("\n"))?.forEach((parts, at) => colours.set(own[at], parts));
    }
    return colours;
  }, [lines, paint]);
}

function Text({ line, parts }) {
  if (!line) return <td className="loom-diff-none" aria-hidden="true" />;
  const { kind } = line;
  return (
    <td className={`loom-diff-line is-${kind}`}>
      <span className="loom-diff-sign" aria-label={kind === "same" ? undefined : kind}>{MARK[kind]}</span>
      <span className="loom-diff-text"><Painted parts={parts} text={line.text} /></span>
      {!line.ends && <span className="loom-quiet" title="No line break at the end of the file"> ⏎̸</span>}
    </td>
  );
}

function Number({ line, side, open, maySay, first }) {
  const number = line?.[side];
  if (!number) return <td className="loom-diff-no" />;
  if (!maySay) return <td className="loom-diff-no">{number}</td>;
  return (
    <td className="loom-diff-no">
      <button type="button" tabIndex={first ? 0 : -1} aria-label={`Say something of line ${number}${side === "old" ? ", before" : ""}`} onClick={() => open(side, number)}>{number}</button>
    </td>
  );
}

function Say({ onSend, onClose }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async (event) => {
    event?.preventDefault();
    if (!text.trim() || busy) return;
    setBusy(true);
    try {
      await onSend(text.trim());
      onClose();
    } catch (error) {
      setFault(error.message);
      setBusy(false);
    }
  };
  return (
    <form className="loom-diff-say" onSubmit={go}>
      <textarea
        autoFocus rows={3} maxLength={5000} value={text} aria-label="What to say of this line" dir="auto" placeholder="The agent reads it when the change is sent back."
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go(event);
          if (event.key === "Escape" && !text.trim()) onClose();
        }}
      />
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      <div className="loom-row">
        <button type="submit" className="loom-button is-main is-small" disabled={busy || !text.trim()}>Comment</button>
        <button type="button" className="loom-button is-small" onClick={onClose}>Cancel</button>
      </div>
    </form>
  );
}

function Said({ one }) {
  return (
    <article className="loom-diff-said" tabIndex={-1} aria-label={`${one.author} on line ${one.line}`}>
      <p className="loom-quiet"><strong>{one.author}</strong> <Ago at={one.created_at} />{one.sent_at ? " · the agent has it" : " · goes with the verdict"}</p>
      <p className="loom-prose" dir="auto">{one.text}</p>
    </article>
  );
}

function Hunk({ hunk, view, paint, said, saying, open, onSay, maySay, first }) {
  const colours = useColours(hunk.lines, paint);
  const split = view === "split";
  const rows = split ? paired(hunk.lines) : hunk.lines.map((line) => [line, line]);
  const span = split ? 4 : 3;
  const shown = ([left, right], index) => {
    const places = [...new Set([left && left.old && key("old", left.old), right && right.new && key("new", right.new)])].filter(Boolean);
    const told = places.flatMap((place) => said.get(place) || []);
    const writing = places.includes(saying);
    const start = first && index === 0;
    return (
      <Fragment key={index}>
        <tr>
          <Number line={left} side="old" open={open} maySay={maySay && (split || !right?.new)} first={start} />
          {split && <Text line={left} parts={colours.get(left)} />}
          <Number line={right} side="new" open={open} maySay={maySay} first={start && !left?.old} />
          <Text line={right || (split ? null : left)} parts={colours.get(right || left)} />
        </tr>
        {(told.length > 0 || writing) && (
          <tr><td colSpan={span} className="loom-diff-talk">
            {told.map((one) => <Said key={one.id} one={one} />)}
            {writing && <Say onSend={(text) => onSay(saying, text)} onClose={() => open("", 0)} />}
          </td></tr>
        )}
      </Fragment>
    );
  };
  return (
    <tbody>
      <tr className="loom-diff-hunk"><td colSpan={span}>@@ −{hunk.old_start} +{hunk.new_start} @@ <span>{hunk.section}</span></td></tr>
      {rows.map(shown)}
    </tbody>
  );
}

function about(file) {
  const told = [STATUS[file.status]];
  if (file.old_path !== file.path) told.push(`from ${file.old_path}`);
  if (file.old_mode && file.new_mode && file.old_mode !== file.new_mode) told.push(file.new_mode.endsWith("755") ? "made executable" : `mode ${file.old_mode} → ${file.new_mode}`);
  return told.filter(Boolean).join(", ");
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.closest(".loom-diff-no")) return;
  const all = [...event.currentTarget.querySelectorAll(".loom-diff-no button")];
  const next = all[all.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export const File = memo(function File({ file, index, path, view, comments, onSay, maySay }) {
  const [whole, setWhole] = useState(null);
  const [isOpen, setOpen] = useState(!file.folded);
  const [fault, setFault] = useState("");
  const [saying, setSaying] = useState("");
  const back = useRef(null);
  const paint = usePaint(file.path);
  const open = (side, number) => {
    if (side) back.current = document.activeElement;
    else back.current?.focus?.();
    setSaying(side ? key(side, number) : "");
  };
  const said = new Map();
  for (const one of comments) said.set(key(one.side, one.line), [...(said.get(key(one.side, one.line)) || []), one]);
  const hunks = (whole || file).hunks;
  const unfold = async () => {
    setOpen(!isOpen);
    if (isOpen || hunks.length > 0 || !file.folded) return;
    try {
      setWhole((await get(`${path}/diff?path=${encodeURIComponent(file.path)}`)).body.files[0]);
      setFault("");
    } catch (error) {
      setFault(error.message);
      setOpen(false);
    }
  };
  const send = (place, text) => {
    const [side, line] = place.split(":");
    return onSay({ path: file.path, line: parseInt(line, 10), side, text });
  };
  const what = about(file);
  return (
    <section className="loom-diff-file" id={`file-${index}`} tabIndex={-1} aria-label={file.path} onKeyDown={walk}>
      <header>
        <button type="button" className="loom-diff-name" aria-expanded={isOpen} onClick={unfold}><span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> <code dir="auto">{file.path}</code></button>
        {what && <span className="loom-quiet">{what}</span>}
        <span className="loom-diff-counts">{file.is_binary ? "binary" : hunks.length + file.added + file.removed > 0 && <><ins>+{file.added}</ins> <del>−{file.removed}</del></>}</span>
      </header>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {isOpen && file.is_binary && <p className="loom-quiet loom-diff-nothing">A binary file; what changed in it cannot be shown as text.</p>}
      {isOpen && !file.is_binary && hunks.length === 0 && (file.folded ? <div className="loom-skeleton" role="status" aria-label="Loading the file" /> : <p className="loom-quiet loom-diff-nothing">No line of it changed.</p>)}
      {isOpen && hunks.length > 0 && (
        <div className="loom-diff-scroll" tabIndex={maySay ? -1 : 0} role="region" aria-label={`Lines of ${file.path}`}>
          <table className={`loom-diff-lines is-${view}`}>
            {view === "split" ? <colgroup><col className="is-no" /><col className="is-half" /><col className="is-no" /><col className="is-half" /></colgroup> : <colgroup><col className="is-no" /><col className="is-no" /><col /></colgroup>}
            {hunks.map((hunk, at) => <Hunk key={at} {...{ hunk, view, paint, said, saying, open, maySay }} first={at === 0} onSay={send} />)}
          </table>
        </div>
      )}
      {!isOpen && file.folded && <p className="loom-quiet loom-diff-nothing">{(file.added + file.removed).toLocaleString()} changed lines are folded. <button type="button" className="loom-button is-small" onClick={unfold}>Show them</button></p>}
    </section>
  );
});
