// What a run changed: file by file, unified or side by side, with what is said of lines, and the verdict on the whole.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { beadPage, useAnswer } from "./bead_data.js";
import { File } from "./changes_file.jsx";
import { Passes } from "./bead_reviews.jsx";
import { STATES, Verdict } from "./changes_verdict.jsx";
import { useEvents } from "./fresh.js";
import { PullRequest, usePull } from "./pull_request.jsx";
import { send } from "./rest.js";
import "./changes.css";

const KEPT = "loom-diff-view";
const WIDE = "(min-width: 1001px)";
const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;

const named = (pathname) => decodeURIComponent(pathname.replace(/\/+$/, "").split("/")[2] || "");

// Side by side where there is room for it; what one chose is kept.
function useView() {
  const [wide, setWide] = useState(() => window.matchMedia(WIDE).matches);
  const [chosen, setChosen] = useState(() => window.localStorage.getItem(KEPT) || "split");
  useEffect(() => {
    const query = window.matchMedia(WIDE);
    const hear = () => setWide(query.matches);
    query.addEventListener("change", hear);
    return () => query.removeEventListener("change", hear);
  }, []);
  const choose = (view) => {
    window.localStorage.setItem(KEPT, view);
    setChosen(view);
  };
  return { view: wide ? chosen : "unified", wide, choose };
}

// j and k walk through the files, n and p through what was said; the element that is reached has the focus.
function useKeys(root) {
  useEffect(() => {
    const go = (selector, step) => {
      const all = [...(root.current?.querySelectorAll(selector) || [])];
      if (all.length === 0) return;
      const here = all.findIndex((one) => one === document.activeElement || one.contains(document.activeElement));
      const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "start" });
    };
    const hear = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || TYPING.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
      const move = { j: [".loom-diff-file", 1], k: [".loom-diff-file", -1], n: [".loom-diff-said", 1], p: [".loom-diff-said", -1] }[event.key];
      if (!move) return;
      event.preventDefault();
      go(...move);
    };
    document.addEventListener("keydown", hear);
    return () => document.removeEventListener("keydown", hear);
  }, [root]);
}

function Refusal({ fault, again }) {
  return (
    <div className="loom-panel loom-refused" role="alert">
      <h1>{fault.status === 404 ? "There is no such run" : "The change could not be read"}</h1>
      <p className="loom-sub">{fault.message}</p>
      <div className="loom-row">
        {fault.status !== 404 && <button type="button" className="loom-button" onClick={again}>Try again</button>}
        <Link to="/board">Back to the board</Link>
      </div>
    </div>
  );
}

function Counts({ file }) {
  if (file.is_binary) return "binary";
  return file.added + file.removed === 0 ? file.status : <><ins>+{file.added}</ins> <del>−{file.removed}</del></>;
}

function Files({ files, comments }) {
  if (files.length < 2) return null;
  const said = (path) => comments.filter((one) => one.path === path).length;
  return (
    <nav className="loom-diff-files" aria-label="Files">
      <ol>
        {files.map((file, index) => (
          <li key={file.path}>
            <a href={`#file-${index}`} onClick={(event) => {
              event.preventDefault();
              const there = document.getElementById(`file-${index}`);
              there?.focus({ preventScroll: true });
              there?.scrollIntoView({ block: "start" });
            }}>
              <span className="loom-cut" dir="auto">{file.path}</span>
              <span className="loom-diff-counts"><Counts file={file} />{said(file.path) > 0 && <span> · {said(file.path)} {said(file.path) === 1 ? "comment" : "comments"}</span>}</span>
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Head({ diff, chooser }) {
  const { view, wide, choose } = chooser;
  const [word, tone] = STATES[diff.review.state] || STATES.none;
  return (
    <header className="loom-head">
      <div>
        <h1>What was changed</h1>
        <p className="loom-sub">
          <Link to={`${beadPage(diff.bead_id)}?run=${encodeURIComponent(diff.run_id)}`}>{diff.bead_id}</Link>
          {diff.branch && <> · <code>{diff.branch}</code></>} · {diff.files.length} {diff.files.length === 1 ? "file" : "files"}, <span className="loom-diff-counts"><ins>+{diff.added}</ins> <del>−{diff.removed}</del></span>
        </p>
      </div>
      <div className="loom-row">
        <span className={`loom-status is-${tone}`}>{word}</span>
        {wide && (
          <div className="loom-diff-views" role="group" aria-label="How it is shown">
            {[["split", "Side by side"], ["unified", "Unified"]].map(([name, label]) => (
              <button key={name} type="button" className="loom-button is-small" aria-pressed={view === name} onClick={() => choose(name)}>{label}</button>
            ))}
          </div>
        )}
      </div>
    </header>
  );
}

export function Changes({ events, since, mayWrite, mayDecide }) {
  const { pathname } = useLocation();
  const id = named(pathname);
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  const [beat, setBeat] = useState(1);
  const [diff, fault, again] = useAnswer(`${path}/diff`, beat);
  const [comments, unread] = useAnswer(`${path}/review-comments`, beat);
  const pull = usePull(diff ? id : "", beat);
  const chooser = useView();
  const root = useRef(null);
  useKeys(root);
  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => event.data?.run_id === id || (diff && event.subject_id === diff.bead_id))) setBeat((count) => count + 1);
  });
  const said = useMemo(() => comments || [], [comments]);
  const say = useCallback(async (one) => {
    await send("POST", `${path}/review-comments`, one);
    setBeat((count) => count + 1);
  }, [path]);
  if (!diff && fault) return <Refusal fault={fault} again={again} />;
  if (!diff) return <div className="loom-skeleton is-page" role="status" aria-label="Loading the change" />;
  const maySay = mayWrite && ["waiting", "denied"].includes(diff.review.state);
  return (
    <div className="loom-diff-page" ref={root}>
      <Head diff={diff} chooser={chooser} />
      {diff.review.message && <p className="loom-prose" dir="auto">{diff.review.message}</p>}
      {diff.review.passes.length > 0 && <Passes passes={diff.review.passes} />}
      <PullRequest pull={pull} mayWrite={mayWrite} said={diff.review.message} />
      {(fault || unread) && <p className="loom-fault-line" role="alert">{(fault || unread).message} <button type="button" className="loom-button is-small" onClick={() => setBeat((count) => count + 1)}>Try again</button></p>}
      {diff.cut && <p className="loom-fault-line" role="note">The change is so large that its end was not kept. {diff.commit_hash ? <>Look at all of it with <code>git show {diff.commit_hash.slice(0, 12)}</code>.</> : null}</p>}
      {diff.files.length === 0 && <p className="loom-empty">This run changed nothing, or its change was not kept. The bead’s page tells what it did.</p>}
      <Files files={diff.files} comments={said} />
      {diff.files.map((file, index) => (
        <File key={file.path} {...{ file, index, path, maySay }} view={chooser.view} comments={said.filter((one) => one.path === file.path)} onSay={say} />
      ))}
      <Verdict {...{ diff, path, pull, mayDecide, mayWrite }} waiting={said.filter((one) => !one.sent_at).length} onDone={() => setBeat((count) => count + 1)} />
      {diff.files.length > 0 && <p className="loom-quiet loom-diff-keys"><kbd>j</kbd> <kbd>k</kbd> next and previous file, <kbd>n</kbd> <kbd>p</kbd> what was said{maySay ? <>, <kbd>↑</kbd> <kbd>↓</kbd> on a line’s number move along, <kbd>Enter</kbd> says something of it</> : null}</p>}
    </div>
  );
}
