// Saved views: ways to look at the board under a name, one's own and those others share.

import { useState } from "react";
import { queryOf } from "./board_address.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { get, send } from "./rest.js";

const VIEWS = "/api/v1/board/views";
const at = (view) => `${VIEWS}/${encodeURIComponent(view.id)}`;

export async function savedViews() {
  return (await get(VIEWS)).body;
}

// The view a board of that project opens with.
export function openingView(views, project) {
  return views.find((view) => view.is_default && (view.project_id || "") === project);
}

function Row({ view, present, query, projectName, onApply, act, mayShare }) {
  const [name, setName] = useState(null);
  const rename = (event) => {
    event.preventDefault();
    if (name.trim() && name.trim() !== view.name) act("PATCH", view, { name });
    setName(null);
  };
  const owned = [projectName, view.is_mine ? (view.shared ? "yours, shared" : "yours") : `shared by ${view.owner}`, view.is_default && "opens first"];
  return (
    <li className={view.id === present ? "is-here" : undefined}>
      {name === null ? (
        <button type="button" className="loom-view-name" onClick={() => onApply(view)}>{view.name}</button>
      ) : (
        <form onSubmit={rename} className="loom-row is-nowrap">
          <input aria-label={`New name of ${view.name}`} value={name} maxLength={80} autoFocus onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="loom-button">Rename</button>
        </form>
      )}
      <span className="loom-quiet">{owned.filter(Boolean).join(" · ")}</span>
      <span className="loom-view-tools">
        <button type="button" onClick={() => act("PATCH", view, { is_default: !view.is_default })}>{view.is_default ? "Do not open first" : "Open first"}</button>
        {view.is_mine && (
          <>
            {view.query !== query && <button type="button" onClick={() => act("PATCH", view, { query })}>Update to what shows</button>}
            <button type="button" onClick={() => setName(view.name)}>Rename</button>
            {(mayShare || view.shared) && <button type="button" onClick={() => act("PATCH", view, { shared: !view.shared })}>{view.shared ? "Stop sharing" : "Share"}</button>}
            <button type="button" onClick={() => act("DELETE", view)}>Delete</button>
          </>
        )}
      </span>
    </li>
  );
}

export function Views({ views, reload, view, projects, mayShare, onApply }) {
  const [open, setOpen] = useState(false);
  const [fault, setFault] = useState("");
  const query = queryOf(view);
  const present = views.find((one) => one.id === view.view);
  const act = async (method, one, body) => {
    setFault("");
    try {
      await send(method, at(one), body);
      await reload();
    } catch (error) {
      setFault(error.message);
    }
  };
  const saving = useSending(async ({ name, shared }, form) => {
    const { body } = await send("POST", VIEWS, { name, query, project_id: view.project || null, shared: shared === "on" });
    await reload();
    form.reset();
    setOpen(false);
    onApply(body);
  }, { view_exists: "name" });
  const show = () => {
    setFault("");
    setOpen(true);
    reload();
  };
  return (
    <>
      <button type="button" className="loom-button" aria-haspopup="dialog" onClick={show}>
        {present ? `View: ${present.name}${present.query === query ? "" : ", changed"}` : "Views"}
      </button>
      <Dialog open={open} title="Views of the board" onClose={() => setOpen(false)}>
        {views.length === 0 && <p className="loom-quiet">None is saved yet. A view keeps the filters, lanes and order that show now, under a name.</p>}
        <ul className="loom-views">
          {views.map((one) => (
            <Row
              key={one.id}
              view={one}
              present={view.view}
              query={query}
              projectName={one.project_id ? projects.find(([id]) => id === one.project_id)?.[1] || one.project_id : "all projects"}
              mayShare={mayShare}
              act={act}
              onApply={(chosen) => {
                setOpen(false);
                onApply(chosen);
              }}
            />
          ))}
        </ul>
        <Fault>{fault}</Fault>
        <form className="loom-form" onSubmit={saving.submit}>
          <Field label="Save what shows now as" name="name" required maxLength={80} autoComplete="off" fault={saving.at("name")} />
          {mayShare && <label className="loom-row"><input type="checkbox" name="shared" /> Share it with everybody who sees {view.project ? "this project" : "a board"}</label>}
          <Fault>{saving.fault}</Fault>
          <Buttons><Send sending={saving} word="Save view" /></Buttons>
        </form>
      </Dialog>
    </>
  );
}
