// A persona from nothing: its name and what it is for; the rest is written in the editor.

import { useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const BEGIN = (title) => `# ${title}

## Your mission

What this role is there for, in two or three sentences.

## How you work

- Read what is there before you change anything.
- Finish with \`done\` once the acceptance criteria hold.

## When to ask

Say what you would put before people instead of deciding yourself.
`;

export function NewPersona({ onMade }) {
  const [open, setOpen] = useState(false);
  const sending = useSending(async ({ name, title, description, autonomy_level }) => {
    const { body } = await send("POST", "/api/v1/personas", {
      name: name.trim(), description, autonomy_level, metadata: { role: title }, instructions: BEGIN(title),
    });
    setOpen(false);
    onMade(body.name);
  }, { persona_exists: "name", persona_name: "name" });
  return (
    <>
      <button type="button" className="loom-button is-main" onClick={() => setOpen(true)}>New</button>
      <Dialog open={open} title="New persona" onClose={() => setOpen(false)}>
        <form className="loom-form is-pairs" onSubmit={sending.submit}>
          <Field label="Name" name="name" required maxLength={129} autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} placeholder="default/data-engineer" hint="group/role, of small letters, digits and single hyphens" fault={sending.at("name")} />
          <Field label="What people call it" name="title" required maxLength={100} autoComplete="off" placeholder="Data Engineer" />
          <div className="is-wide"><Field label="What it does and when to take it" name="description" as="textarea" rows={3} required maxLength={1024} /></div>
          <div className="is-wide">
            <Field label="Autonomy" name="autonomy_level" as="select" defaultValue="supervised">
              <option value="supervised">supervised: asks before what matters</option>
              <option value="semi">semi: acts on its own in the small</option>
              <option value="full">full: acts on its own</option>
            </Field>
          </div>
          <div className="is-wide"><Fault>{sending.fault}</Fault></div>
          <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={() => setOpen(false)}>Cancel</button><Send sending={sending} word="Make it" busy="Making…" /></Buttons></div>
        </form>
      </Dialog>
    </>
  );
}
