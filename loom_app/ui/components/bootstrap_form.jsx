// A project from a PRD: typed, pasted, chosen or dropped here; then on to the page that shows its steps.

import { useId, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Buttons, Fault, Field, LEAVING, Send, mistake, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { Go } from "./frame.jsx";

const MOST_BYTES = 1_000_000;
const TEXTS = /\.(md|markdown|txt|text|rst|adoc)$/i;
const PLACES = {
  prd_missing: "prd_text", prd_too_large: "prd_text", body_too_large: "prd_text", name_taken: "name",
  repository_taken: "github_url", bad_git_repo: "github_url", password_in_git_repo: "github_url", bad_branch: "branch",
};

const size = (text) => new Blob([text]).size;
const shownSize = (bytes) => (bytes < 1000 ? `${bytes} bytes` : bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(2)} MB`);
const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function textOf(file) {
  if (file.size > MOST_BYTES) throw mistake("prd_text", `${file.name} has ${shownSize(file.size)}; at most 1 MB is taken. Hand over the part to begin with.`);
  if (!TEXTS.test(file.name) && !file.type.startsWith("text/")) throw mistake("prd_text", `${file.name} is no text file. Save the PRD as Markdown (.md) or plain text (.txt) first.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw mistake("prd_text", `${file.name} is not UTF-8 text. Save it as UTF-8 first.`);
  }
}

function Prd({ text, onText, onFault, fault }) {
  const [over, setOver] = useState(false);
  const [from, setFrom] = useState("");
  const id = useId();
  const chooser = useRef(null);
  const take = async (file) => {
    if (!file) return;
    try {
      onText(await textOf(file));
      setFrom(file.name);
      onFault(null);
    } catch (error) {
      onFault(error);
    }
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const bytes = size(text);
  return (
    <div
      className={`loom-field loom-drop${over ? " is-over" : ""}`}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="loom-row loom-drop-head">
        <label htmlFor={id}>PRD</label>
        <button type="button" className="loom-button" onClick={() => chooser.current.click()}>Choose a file</button>
        <input ref={chooser} type="file" hidden aria-label="PRD as a file" accept=".md,.markdown,.txt,.text,.rst,.adoc,text/*" onChange={(event) => { take(event.target.files[0]); event.target.value = ""; }} />
      </div>
      <textarea
        id={id} name="prd_text" rows={14} value={text} spellCheck
        placeholder={"# Potluck\n\nDinner with friends.\n\n## Guests\n- Sign up with a name\n- Say what they bring"}
        aria-describedby={`${id}-hint${fault ? ` ${id}-fault` : ""}`} aria-invalid={fault ? true : undefined}
        onChange={(event) => { onText(event.target.value); setFrom(""); }}
      />
      <span id={`${id}-hint`} className="loom-quiet">
        {text ? `${shownSize(bytes)}${from ? ` from ${from}` : ""}` : "Type or paste it, or drop a Markdown or text file here. At most 1 MB."}
      </span>
      {fault && <span id={`${id}-fault`} className="loom-fault-line" role="alert">{fault}</span>}
    </div>
  );
}

export function BootstrapForm({ mayWrite }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [fileFault, setFileFault] = useState("");
  const key = useRef(freshKey());
  const sending = useSending(async ({ name, github_url, branch }) => {
    if (!name.trim()) throw mistake("name", "Give the project a name.");
    if (!text.trim()) throw mistake("prd_text", "Say what is to be built: type or paste the PRD, or choose its file.");
    if (size(text) > MOST_BYTES) throw mistake("prd_text", `The PRD has ${shownSize(size(text))}; at most 1 MB is taken. Hand over the part to begin with.`);
    const wanted = { name: name.trim(), github_url: github_url.trim(), branch: branch.trim() || "main", prd_text: text };
    try {
      const { body } = await send("POST", "/api/v1/projects/bootstrap?wait=0", wanted, { "Idempotency-Key": key.current });
      navigate(`/projects/${encodeURIComponent(body.project_id)}/bootstrap`);
    } catch (error) {
      if (error.problem) key.current = freshKey();
      throw error;
    }
    return LEAVING;
  }, PLACES);
  if (!mayWrite) return <p className="loom-hint">You may look at projects but not make them. Ask an administrator for the role that may.</p>;
  return (
    <form className="loom-panel loom-form loom-bootstrap" onSubmit={sending.submit} noValidate aria-label="New project from a PRD">
      <div className="loom-form is-pairs">
        <div className="is-wide">
          <Field label="Name" name="name" required maxLength={200} autoComplete="off" autoFocus fault={sending.at("name")} />
        </div>
        <Field
          label="Git repository" name="github_url" autoComplete="off" autoCapitalize="none" spellCheck={false} placeholder="git@github.com:team/potluck.git"
          hint="May be empty of commits. Leave the address out, and Loom makes a repository of its own." fault={sending.at("github_url")}
        />
        <Field label="Branch" name="branch" defaultValue="main" autoComplete="off" autoCapitalize="none" spellCheck={false} fault={sending.at("branch")} />
      </div>
      <Prd text={text} onText={setText} onFault={(error) => setFileFault(error ? error.message : "")} fault={fileFault || sending.at("prd_text")} />
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <Go to="/projects" className="loom-button">Cancel</Go>
        <Send sending={sending} word="Begin the project" busy="Beginning…" />
      </Buttons>
    </form>
  );
}
