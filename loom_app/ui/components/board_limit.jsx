// The most beads a column may hold: set from its head by those who may change the project.

import { useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, mistake, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

function checked(text) {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 999) throw mistake("limit", "A limit is a whole number from 1 to 999.");
  return limit;
}

export function Limit({ column, limit, count, project, projectName }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  const put = async (value) => {
    await send("PATCH", `/api/v1/projects/${encodeURIComponent(project)}`, { wip_limits: { [column.status]: value } });
    close();
  };
  const sending = useSending(({ limit: text }) => put(checked(text)));
  const lifting = useSending(() => put(null));
  return (
    <>
      <button type="button" className="loom-button is-plain" aria-label={`Limit of ${column.title}`} title={limit ? `At most ${limit} beads` : "Limit this column"} onClick={() => setOpen(true)}>⋯</button>
      <Dialog open={open} title={`Limit of ${column.title}`} onClose={close}>
        {project ? (
          <form className="loom-form" onSubmit={sending.submit} noValidate>
            <p>
              How many beads of {projectName} may be in {column.title} at once; {count} {count === 1 ? "is" : "are"} now. Nobody can move one
              more in while it is full{column.status === "in_progress" ? ", and agents are given none" : ""}.
            </p>
            <Field label="At most" name="limit" type="number" min="1" max="999" inputMode="numeric" defaultValue={limit || ""} fault={sending.at("limit")} autoFocus />
            <Fault>{sending.fault || lifting.fault}</Fault>
            <Buttons>
              {limit && <button type="button" className="loom-button" onClick={lifting.submit}>No limit</button>}
              <Send sending={sending} word="Save" />
            </Buttons>
          </form>
        ) : (
          <p>Limits belong to a project. Choose one under Project first.</p>
        )}
      </Dialog>
    </>
  );
}
