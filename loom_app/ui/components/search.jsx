// The search: beads, comments and runs by what they say and what they are. What is asked is in the address.

import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { ago, get } from "./rest.js";
import "./search.css";

const PATH = "/search";
const NAMES = ["q", "project"];
const TYPING_MS = 200;
const PAGE = 30;
const KINDS = [["bead", "Beads"], ["comment", "Comments"], ["run", "Runs"]];
const PLACES = { title: "", id: "", description: "", acceptance_criteria: "in its acceptance criteria", design: "in its design", notes: "in its notes", tags: "among its tags", external_ref: "as its external reference", status_reason: "in why it stands there", close_reason: "in why it was closed", comments: "", runs: "" };
const STATUS = { open: "Open", in_progress: "In progress", blocked: "Blocked", done: "Done" };
const HELP = [
  ["login page", "both words; the last may be its beginning"],
  ['"login page"', "the words in a row"],
  ["login -page", "one without the other"],
  ["login OR password", "either"],
  ["status:open priority:p0", "by status and priority; P0-P1 is a range"],
  ["agent:me", "by agent or person; agent:none for nobody"],
  ["tag:docs type:bug", "by tag and type"],
  ["is:ready", "also is:blocked, is:overdue, is:open, is:mine"],
  ["has:comments", "also has:runs, has:children, has:due"],
  ["created:-7d", "by day: updated:>2026-01-01, due:<today"],
  ["in:comments timeout", "in comments alone; also in:title, in:runs"],
];

function question({ q, project }, offset) {
  const asked = { q, project_id: project, limit: PAGE, offset };
  return `/api/v1/search?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
}

// What the address asks for: `found` is the answer, null while there is none yet; `more` fetches the next page.
function useFound(asked) {
  const [found, setFound] = useState(null);
  const [fault, setFault] = useState("");
  const [again, setAgain] = useState(0);
  const { q, project } = asked;
  useEffect(() => {
    if (!q.trim()) {
      setFound(null);
      setFault("");
      return undefined;
    }
    const stop = new AbortController();
    const later = setTimeout(async () => {
      try {
        const { body } = await get(question({ q, project }, 0), stop.signal);
        setFound({ ...body, q, project });
        setFault("");
      } catch (error) {
        if (error.name !== "AbortError") setFault(error instanceof TypeError ? "Loom cannot be reached." : error.message);
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(later);
      stop.abort();
    };
  }, [q, project, again]);
  const more = async () => {
    try {
      const { body } = await get(question({ q, project }, found.results.length));
      setFound((now) => (now?.q === q && now.project === project ? { ...now, results: [...now.results, ...body.results] } : now));
    } catch (error) {
      setFault(error.message);
    }
  };
  return { found, fault, more, retry: () => setAgain((times) => times + 1) };
}

function Pieces({ pieces }) {
  return pieces.map((piece, place) => (piece.hit ? <mark key={place}>{piece.text}</mark> : <span key={place}>{piece.text}</span>));
}

function Result({ found }) {
  const inTitle = found.where === "title";
  return (
    <li data-found={found.source_id}>
      <Link to={`/beads/${encodeURIComponent(found.bead_id)}`} className="loom-found">
        <span className="loom-found-head">
          <span className={`loom-status is-${found.status}`}>{STATUS[found.status] || found.status}</span>
          <span className="loom-id">{found.bead_id}</span>
          <span className={`loom-priority p${found.priority}`}>P{found.priority}</span>
          <span className="loom-quiet">{found.project_id} · {ago(found.at)}</span>
        </span>
        <strong>{inTitle ? <Pieces pieces={found.snippet} /> : found.title}</strong>
        {!inTitle && found.snippet.length > 0 && (
          <span className="loom-snippet">{PLACES[found.where] && <em>{PLACES[found.where]}: </em>}<Pieces pieces={found.snippet} /></span>
        )}
      </Link>
    </li>
  );
}

// ↓ and ↑ walk through the results, and from the first one back to the field.
function walk(event, field) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...event.currentTarget.querySelectorAll(".loom-found")];
  const at = links.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== field) return;
  event.preventDefault();
  if (at + step < 0) field.focus();
  else links[at + step]?.focus();
}

function Help({ onPick }) {
  return (
    <section className="loom-search-help" aria-label="What can be asked">
      <h2>What can be asked</h2>
      <ul>
        {HELP.map(([text, why]) => (
          <li key={text}><button type="button" className="loom-code" onClick={() => onPick(text)}>{text}</button><span>{why}</span></li>
        ))}
      </ul>
    </section>
  );
}

function Told({ found, onPick }) {
  const none = found.total === 0;
  return (
    <div className="loom-search-told" role="status">
      <p>{none ? "Nothing that you may see says this." : `${found.total.toLocaleString("en-US")} found`}</p>
      {found.problems.map((problem) => <p key={problem} className="loom-fault-line">{problem}</p>)}
      {found.did_you_mean && (
        <p>Did you mean <button type="button" className="loom-meant" onClick={() => onPick(found.did_you_mean.query)}>{found.did_you_mean.query}</button>?</p>
      )}
      {none && !found.did_you_mean && <p className="loom-quiet">Try fewer words, the beginning of one, or take a condition away.</p>}
    </div>
  );
}

function Groups({ found, onMore }) {
  return (
    <>
      {KINDS.map(([kind, word]) => {
        const some = found.results.filter((result) => result.kind === kind);
        return some.length > 0 && (
          <section key={kind} className="loom-found-group" aria-label={word}>
            <h2>{word}</h2>
            <ol>{some.map((result, place) => <Result key={`${result.source_id} ${place}`} found={result} />)}</ol>
          </section>
        );
      })}
      {found.results.length < found.total && found.results.length > 0 && (
        <button type="button" className="loom-button" onClick={onMore}>Show more ({(found.total - found.results.length).toLocaleString("en-US")} left)</button>
      )}
    </>
  );
}

export function Search() {
  const [asked, change] = useAddress(PATH, NAMES);
  const [typed, setTyped] = useState(asked.q);
  const field = useRef(null);
  const { found, fault, more, retry } = useFound(asked);
  useEffect(() => setTyped(asked.q), [asked.q]);
  useEffect(() => field.current?.focus(), []);
  const pick = (text) => {
    change({ q: text });
    field.current?.focus();
  };
  const type = (event) => {
    setTyped(event.target.value);
    change({ q: event.target.value }, true);
  };
  const current = found && asked.q.trim() ? found : null;
  return (
    <div className="loom-search" onKeyDown={(event) => walk(event, field.current)}>
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <input ref={field} type="search" value={typed} onChange={type} maxLength={500} aria-label="Search beads, comments and runs" placeholder="Words, “phrases”, status:open …" autoComplete="off" spellCheck={false} />
        {asked.project && <button type="button" className="loom-button" onClick={() => change({ project: "" })}>Only in {asked.project}: search everywhere</button>}
      </form>
      {fault && <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button is-small" onClick={retry}>Try again</button></p>}
      {current ? <Told found={current} onPick={pick} /> : asked.q.trim() && !fault && <p className="loom-quiet" role="status">Searching…</p>}
      {current && <Groups found={current} onMore={more} />}
      {(!asked.q.trim() || current?.total === 0) && <Help onPick={pick} />}
    </div>
  );
}
