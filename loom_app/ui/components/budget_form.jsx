// A budget set or changed.

import { useState } from "react";
import { useAnswer } from "./bead_data.js";
import { microsRead, microsTyped } from "./money.js";
import { Buttons, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const amount = (text) => {
  try {
    return microsRead(text);
  } catch (error) {
    throw mistake("limit", error.message);
  }
};

const PEOPLE = "/api/v1/auth/users?limit=200";
const CHOICES = { project: "/api/v1/projects?limit=200", agent: "/api/v1/agents?limit=200", user: PEOPLE };
const called = (one) => one.name || one.username || one.id;

function Whose({ scope, given, sending }) {
  const [found, fault] = useAnswer(CHOICES[scope] || "", 1);
  if (scope === "system") return null;
  if (scope === "bead") return <Field label="Bead" name="scope_id" required defaultValue={given} placeholder="kitchen-1" spellCheck={false} fault={sending.at("scope_id")} />;
  const rows = found?.users || found || [];
  return (
    <Field label={{ project: "Project", agent: "Agent", user: "Person" }[scope]} name="scope_id" as="select" required defaultValue={given} key={`${scope}${rows.length}`} fault={sending.at("scope_id") || fault?.message}>
      {rows.map((one) => <option key={one.id} value={one.id}>{called(one)}</option>)}
    </Field>
  );
}

export function BudgetForm({ budget, isAdmin, onDone, onClose }) {
  const [scope, setScope] = useState(budget.scope || (isAdmin ? "system" : "project"));
  const sending = useSending(async (typed) => {
    const wanted = { limit_micros: amount(typed.limit), alert_percent: Number(typed.alert), allow_unpriced: typed.unpriced === "on" };
    if (budget.id) await send("PATCH", `/api/v1/budgets/${encodeURIComponent(budget.id)}`, wanted);
    else await send("POST", "/api/v1/budgets", { ...wanted, scope, scope_id: (typed.scope_id || "").trim(), window: typed.window });
    await onDone();
    onClose();
  }, { project_not_found: "scope_id", bead_not_found: "scope_id", agent_not_found: "scope_id", budget_exists: "window" });
  const windows = scope === "bead" ? [["total", "For its whole life"], ["daily", "A day"], ["monthly", "A month"]] : [["monthly", "A month"], ["daily", "A day"]];
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      {!budget.id && (
        <>
          <Field label="Of" as="select" value={scope} onChange={(event) => setScope(event.target.value)}>
            {isAdmin && <option value="system">The whole system</option>}
            <option value="project">A project</option>
            <option value="agent">An agent</option>
            {isAdmin && <option value="user">A person, for the beads they make</option>}
            <option value="bead">A bead</option>
          </Field>
          <Whose scope={scope} given={budget.scope_id} sending={sending} />
          <Field label="For" name="window" as="select" key={scope} fault={sending.at("window")}>{windows.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
        </>
      )}
      <Field label="Limit in dollars" name="limit" inputMode="decimal" required defaultValue={microsTyped(budget.limit_micros)} placeholder="25.00" fault={sending.at("limit")} hint="No call is made whose largest possible cost does not fit." autoFocus={Boolean(budget.id)} />
      <Field label="Warn at percent" name="alert" type="number" min={1} max={100} required defaultValue={budget.alert_percent ?? 80} />
      <label className="loom-check is-wide"><input type="checkbox" name="unpriced" defaultChecked={budget.allow_unpriced ?? false} /> Let models without a price be called under it. What they cost nobody knows, so the limit does not hold for them.</label>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word={budget.id ? "Save" : "Set the budget"} busy="Saving…" /></Buttons></div>
    </form>
  );
}
