// Templates of org charts: saved from a project, applied to one, one of them the default for new projects.

import { useEffect, useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, Send, useSending } from "./parts.jsx";
import { all, send } from "./rest.js";
import { refused, told } from "./undo.js";

const PATH = "/api/v1/org-chart-templates";

export function useTemplates(wanted = true) {
  const [templates, setTemplates] = useState(null);
  const load = () => all(PATH).then(setTemplates, refused);
  useEffect(() => {
    if (wanted) load();
  }, [wanted]);
  return [templates, load];
}

export function SaveTemplate({ project }) {
  const [open, setOpen] = useState(false);
  const sending = useSending(async ({ name, description }) => {
    await send("POST", PATH, { name: name.trim(), description, project_id: project.id });
    setOpen(false);
    told(`The template ${name.trim()} is saved.`);
  }, { template_exists: "name" });
  return (
    <>
      <button type="button" className="loom-button" onClick={() => setOpen(true)}>Save as template</button>
      <Dialog open={open} title="Save as template" onClose={() => setOpen(false)}>
        <form className="loom-form" onSubmit={sending.submit}>
          <p className="loom-quiet">The positions of {project.name} as they are now, without the agents.</p>
          <Field label="Name" name="name" required maxLength={100} autoFocus autoComplete="off" fault={sending.at("name")} />
          <Field label="What it is for" name="description" as="textarea" rows={2} maxLength={1000} />
          <Fault>{sending.fault}</Fault>
          <Buttons><button type="button" className="loom-button" onClick={() => setOpen(false)}>Cancel</button><Send sending={sending} word="Save" busy="Saving…" /></Buttons>
        </form>
      </Dialog>
    </>
  );
}

export function ApplyTemplate({ project, onDone }) {
  const [open, setOpen] = useState(false);
  const [templates] = useTemplates(open);
  const sending = useSending(async ({ template_id }) => {
    await send("POST", `/api/v1/org-charts/${encodeURIComponent(project.id)}/apply`, { template_id });
    setOpen(false);
    told(`${project.name} follows the template now.`);
    onDone();
  });
  return (
    <>
      <button type="button" className="loom-button" onClick={() => setOpen(true)}>Apply a template</button>
      <Dialog open={open} title={`Apply a template to ${project.name}`} onClose={() => setOpen(false)}>
        <form className="loom-form" onSubmit={sending.submit}>
          <p className="loom-quiet">Its positions take the place of these. Agents keep their position where it is still there, else take one of their role; who finds none is listed without.</p>
          <Field label="Template" name="template_id" as="select" key={templates?.length}>{(templates || []).map((one) => <option key={one.id} value={one.id}>{one.name} ({one.positions.length} positions)</option>)}</Field>
          <Fault>{sending.fault}</Fault>
          <Buttons><button type="button" className="loom-button" onClick={() => setOpen(false)}>Cancel</button><Send sending={sending} word="Apply" busy="Applying…" disabled={sending.busy || !templates} /></Buttons>
        </form>
      </Dialog>
    </>
  );
}

// Every template with its positions in `children(template)`, for who looks after them.
export function Templates({ mayAdmin, children }) {
  const [templates, load] = useTemplates();
  const [leaving, setLeaving] = useState(null);
  if (!templates) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const prefer = async (one) => {
    await send("PUT", `${PATH}/${encodeURIComponent(one.id)}`, { is_default: true }).then(() => told(`New projects begin with ${one.name}.`), refused);
    load();
  };
  return (
    <div className="loom-stack" data-loaded="yes">
      {templates.map((one) => (
        <section key={one.id} className="loom-panel" aria-label={one.name}>
          <header className="loom-row is-between">
            <h2>{one.name} {one.is_default && <span className="loom-tag">for new projects</span>} {one.shipped && <span className="loom-quiet">comes with Loom</span>}</h2>
            {mayAdmin && (
              <span className="loom-row">
                {!one.is_default && <button type="button" className="loom-button" onClick={() => prefer(one)}>Use for new projects</button>}
                {!one.shipped && <button type="button" className="loom-button is-danger" onClick={() => setLeaving(one)}>Delete</button>}
              </span>
            )}
          </header>
          {one.description && <p className="loom-sub">{one.description}</p>}
          <details><summary>{one.positions.length} positions{one.author && ` · by ${one.author}`}</summary>{children(one)}</details>
        </section>
      ))}
      <Confirm open={leaving !== null} title={`Delete ${leaving?.name || ""}`} action="Delete" onClose={() => setLeaving(null)} onConfirm={async () => {
        await send("DELETE", `${PATH}/${encodeURIComponent(leaving.id)}`);
        load();
      }}><p>Charts that were made from it stay as they are.</p></Confirm>
    </div>
  );
}
