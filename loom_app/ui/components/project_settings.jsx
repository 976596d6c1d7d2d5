// What of a project can be changed, and its end.

import { useState } from "react";
import { useNavigate } from "react-router";
import { toast } from "sonner";
import { CommandRules } from "./command_rules.jsx";
import { NetworkHosts } from "./network_hosts.jsx";
import { Confirm, Fault, Field, LEAVING, Send, mistake, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { momentRead, momentTyped } from "./units.js";

const STRATEGIES = [["direct", "Lands on the branch at once"], ["branch-pr", "Waits on a branch of its own for review"]];
const REVIEWS = [["", "Nobody: it lands as soon as the tests pass"], ["code-reviewer", "A code reviewer"], ["qa-engineer", "A QA engineer"], ["code-reviewer,qa-engineer", "A code reviewer, then a QA engineer"], ["qa-engineer,code-reviewer", "A QA engineer, then a code reviewer"]];
const METHODS = [["squash", "As one commit (squash)"], ["merge", "With a merge commit (merge)"], ["rebase", "On top, commit by commit (rebase)"]];
const SYNC = [["off", "Nothing"], ["read", "Read it"], ["write", "Read and write it; people commit"], ["commit", "Read, write and commit it"], ["push", "Read, write, commit and push it"]];
const COLUMNS = [["open", "Open"], ["in_progress", "In progress"], ["blocked", "Blocked"], ["done", "Done"]];

const limit = (text, field) => {
  if (!text.trim()) return null;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 999) throw mistake(field, "A number from 1 to 999, or nothing.");
  return count;
};

const ROLE = /^\s*([a-z0-9]+(?:-[a-z0-9]+)*)\s*[:=]\s*(\d{1,3})\s*$/;

// "qa-engineer: 2, cfo: 1" as limits; a role that had one and is not named any more loses it.
function roleLimits(text, before) {
  const read = text.split(/[,\n]/).filter((part) => part.trim()).map((part) => part.match(ROLE));
  if (read.some((found) => !found || Number(found[2]) < 1)) throw mistake("role_limits", "Roles with numbers from 1 to 999, as in qa-engineer: 2, devops-engineer: 1.");
  return { ...Object.fromEntries(Object.keys(before).map((role) => [role, null])), ...Object.fromEntries(read.map(([, role, most]) => [role, Number(most)])) };
}

const rolesTyped = (limits) => Object.entries(limits).map(([role, most]) => `${role}: ${most}`).join(", ");

function Check({ label, hint, name, checked }) {
  return <label className="loom-check"><input type="checkbox" name={name} defaultChecked={checked} /> <span>{label} <span className="loom-quiet">{hint}</span></span></label>;
}

// What of `wanted` differs from what was shown: what others changed meanwhile stays as they left it.
function differing(wanted, seen) {
  const shown = { ...seen, wip_limits: Object.fromEntries(COLUMNS.map(([column]) => [column, seen.wip_limits[column] ?? null])) };
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(shown[name] ?? null)));
}

function Fields({ project: newest, path, load }) {
  const [{ project, version }, setSeen] = useState({ project: newest, version: 0 });
  const sending = useSending(async (typed) => {
    const wanted = {
      name: typed.name, branch: typed.branch, bead_prefix: typed.bead_prefix, beads_path: typed.beads_path,
      test_command: typed.test_command, git_strategy: typed.git_strategy, merge_method: typed.merge_method, review_by: typed.review_by.split(",").filter(Boolean), beads_sync: typed.beads_sync,
      is_sticky: typed.is_sticky === "on", is_perpetual: typed.is_perpetual === "on",
      parent_id: typed.parent_id.trim() || null, due_date: typed.due_date === momentTyped(project.due_date) ? project.due_date : momentRead(typed.due_date),
      wip_limits: Object.fromEntries(COLUMNS.map(([column]) => [column, limit(typed[`wip_${column}`], `wip_${column}`)])),
      max_runs: limit(typed.max_runs, "max_runs"), role_limits: roleLimits(typed.role_limits, project.role_limits),
    };
    if (project.git_repo) wanted.git_repo = typed.git_repo;
    const { body } = await send("PATCH", path, differing(wanted, project));
    setSeen({ project: body, version: version + 1 });
    await load();
    toast.success("Saved.");
  }, { project_not_found: "parent_id", project_cycle: "parent_id", bad_branch: "branch", bad_git_repo: "git_repo", password_in_git_repo: "git_repo", beads_sync_needs_checkout: "beads_sync" });
  return (
    <section className="loom-panel" aria-labelledby="project-fields">
      <h2 id="project-fields">Settings</h2>
      <form className="loom-form is-pairs" onSubmit={sending.submit} key={version}>
        <Field label="Name" name="name" required maxLength={200} defaultValue={project.name} />
        <Field label="Due" name="due_date" type="datetime-local" defaultValue={momentTyped(project.due_date)} />
        <div className="is-wide"><Field label="Git repository" name="git_repo" defaultValue={project.git_repo} disabled={!project.git_repo} required={Boolean(project.git_repo)} hint={project.git_repo ? "Another address is cloned afresh." : "Loom owns the only copy of this repository."} fault={sending.at("git_repo")} spellCheck={false} /></div>
        <Field label="Branch" name="branch" required defaultValue={project.branch} fault={sending.at("branch")} spellCheck={false} />
        <Field label="Finished work" name="git_strategy" as="select" defaultValue={project.git_strategy}>{STRATEGIES.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
        <Field label="Reviewed by" name="review_by" as="select" defaultValue={project.review_by.join(",")} hint="Agents who approve finished work before it lands or people see it; never who wrote it.">{REVIEWS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
        <Field label="GitHub merges pull requests" name="merge_method" as="select" defaultValue={project.merge_method} hint="Where work waits for review; the token is among Git.">{METHODS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
        <Field label="Test command" name="test_command" maxLength={1000} defaultValue={project.test_command} hint="Empty: found from the repository." spellCheck={false} />
        <Field label="Prefix of bead ids" name="bead_prefix" required defaultValue={project.bead_prefix} spellCheck={false} />
        <Field label="Folder of the bead file" name="beads_path" required defaultValue={project.beads_path} spellCheck={false} />
        <Field label="What Loom does with the bead file" name="beads_sync" as="select" defaultValue={project.beads_sync} fault={sending.at("beads_sync")}>{SYNC.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
        <Field label="Part of the project" name="parent_id" defaultValue={project.parent_id || ""} hint="Its id; empty for none." fault={sending.at("parent_id")} spellCheck={false} />
        <fieldset className="loom-limits is-wide">
          <legend>Most beads in a column</legend>
          {COLUMNS.map(([column, word]) => <Field key={column} label={word} name={`wip_${column}`} inputMode="numeric" defaultValue={project.wip_limits[column] ?? ""} placeholder="any" fault={sending.at(`wip_${column}`)} />)}
        </fieldset>
        <Field label="Most agents at work at once" name="max_runs" inputMode="numeric" defaultValue={project.max_runs ?? ""} placeholder="any" hint="Runs in this project; empty leaves it to the settings." fault={sending.at("max_runs")} />
        <Field label="Of a role" name="role_limits" defaultValue={rolesTyped(project.role_limits)} placeholder="qa-engineer: 2, devops-engineer: 1" hint="The most at work at once, by role." fault={sending.at("role_limits")} spellCheck={false} />
        <div className="is-wide loom-stack">
          <Check name="is_perpetual" checked={project.is_perpetual} label="Perpetual" hint="It is never closed." />
          <Check name="is_sticky" checked={project.is_sticky} label="Sticky" hint="It is never deleted." />
        </div>
        <div className="is-wide"><Fault>{sending.fault}</Fault></div>
        <div className="is-wide loom-row is-end"><Send sending={sending} word="Save" busy="Saving…" /></div>
      </form>
    </section>
  );
}

// Why a project cannot be closed or deleted now; empty when it can.
const keptOpen = (project) => (project.is_perpetual ? "It is perpetual. Take that off above first." : "");
const kept = (project) => (project.is_sticky ? "It is sticky. Take that off above first." : "");

function End({ project, state, path, load }) {
  const [asking, setAsking] = useState("");
  const [asked, setAsked] = useState(null);
  const [left, setLeft] = useState("");
  const navigate = useNavigate();
  const closed = project.status === "closed";
  const close = async () => {
    const { body } = await send("POST", `${path}/close`, {});
    setAsked(body.status === "decision_required" ? body : null);
    await load();
  };
  const reopening = useSending(async () => {
    await send("POST", `${path}/reopen`, {});
    setAsked(null);
    await load();
  });
  const remove = async () => {
    try {
      await send("DELETE", left ? `${path}?everything=true` : path);
    } catch (error) {
      if (error.problem?.code !== "project_in_use") throw error;
      setLeft(error.problem.left);
      return undefined;
    }
    navigate("/projects");
    return LEAVING;
  };
  return (
    <section className="loom-panel" aria-labelledby="project-end">
      <h2 id="project-end">End</h2>
      {asked && <p className="loom-hint" role="status">{asked.message} <a href="/decisions">Open the decisions</a></p>}
      <div className="loom-stack">
        {closed ? (
          <p className="loom-row"><button type="button" className="loom-button" disabled={reopening.busy} onClick={() => reopening.submit()}>Open again</button> <span className="loom-quiet">Its beads can be worked on then.</span></p>
        ) : (
          <p className="loom-row"><button type="button" className="loom-button" disabled={Boolean(keptOpen(project))} onClick={() => setAsking("close")}>Close the project</button> <span className="loom-quiet">{keptOpen(project) || (state.open_beads ? `${state.open_beads} beads are not done, so people are asked first.` : "Nothing is left to do.")}</span></p>
        )}
        <p className="loom-row"><button type="button" className="loom-button is-danger" disabled={Boolean(kept(project))} onClick={() => setAsking("delete")}>Delete the project</button> <span className="loom-quiet">{kept(project) || "Where it has work, you are asked whether that goes, too. Closing keeps it."}</span></p>
        <Fault>{reopening.fault}</Fault>
      </div>
      <Confirm open={asking === "close"} title={`Close ${project.name}`} action="Close it" type={project.id} onClose={() => setAsking("")} onConfirm={close}>
        <p>{state.open_beads ? "Work is left, so this puts a decision to people. Once approved, runs stop and the beads rest." : "Runs stop, and nothing new is taken. It can be opened again."}</p>
      </Confirm>
      <Confirm open={asking === "delete"} title={`Delete ${project.name}`} action="Delete it" type={project.id} onClose={() => setAsking("")} onConfirm={remove}>
        <p>The project goes for good, with its milestones and comments and Loom's copy of its repository{project.git_repo ? "; the repository itself stays where it is." : ", which is the only one."}</p>
      </Confirm>
      <Confirm open={Boolean(left)} title={`Delete ${project.name} with its work`} action="Delete it all" type={project.id} onClose={() => setLeft("")} onConfirm={remove}>
        <p>It still has {left}. All of that goes for good; only the event log keeps what was done. To keep it, close the project instead.</p>
      </Confirm>
    </section>
  );
}

export function Settings({ project, state, path, load, mayWrite }) {
  if (!mayWrite) return <section className="loom-panel"><p className="loom-empty">You may look at this project, not change it. Ask an administrator for the permission projects:write.</p></section>;
  return (
    <>
      <Fields {...{ project, path, load }} />
      <CommandRules project={project} />
      <NetworkHosts {...{ project, path, load }} />
      <End {...{ project, state, path, load }} />
    </>
  );
}
