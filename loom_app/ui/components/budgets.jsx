// The page of budgets and prices.

import { useCallback, useEffect, useRef, useState } from "react";
import { BudgetForm } from "./budget_form.jsx";
import { Budget } from "./budget_list.jsx";
import { Dialog } from "./dialog.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { ModelPrices } from "./model_prices.jsx";
import { Confirm, Fault } from "./parts.jsx";
import { all, send } from "./rest.js";

const NEAR = /^(budget|run|provider)\./;
const GATHER_MS = 1000;

export function Budgets({ events, since, mayWrite, isAdmin, mayPrice }) {
  const [told, setTold] = useState({ budgets: null, fault: null, beat: 0 });
  const [edited, setEdited] = useState(null);
  const [leaving, setLeaving] = useState(null);
  const timer = useRef(0);
  const work = useCallback(async () => {
    try {
      const budgets = await all("/api/v1/budgets");
      setTold((before) => ({ budgets, fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setTold((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => NEAR.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const { budgets, fault, beat } = told;
  return (
    <div className="loom-stack">
      <section className="loom-panel" aria-labelledby="budgets-list">
        <header className="loom-row is-between"><h2 id="budgets-list">Budgets</h2>{mayWrite && <button type="button" className="loom-button is-main" onClick={() => setEdited({})}>New budget</button>}</header>
        {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>}
        {!budgets && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
        {budgets?.length === 0 && <p className="loom-empty">No budget yet, so nothing bounds what calls to models cost. {mayWrite ? "Set one for a project, an agent or a bead." : "Ask whoever may change projects to set one."}</p>}
        {budgets?.length > 0 && <ul className="loom-budgets">{budgets.map((one) => <Budget key={one.id} budget={one} onEdit={setEdited} onDelete={setLeaving} />)}</ul>}
      </section>
      <ModelPrices beat={beat} mayWrite={mayPrice} />
      <Dialog open={edited !== null} title={edited?.id ? `Edit the budget of ${edited.scope_name}` : "New budget"} onClose={() => setEdited(null)}>
        {edited && <BudgetForm budget={edited} isAdmin={isAdmin} onDone={load} onClose={() => setEdited(null)} />}
      </Dialog>
      <Confirm open={leaving !== null} title={`Delete the budget of ${leaving?.scope_name || ""}`} action="Delete" onClose={() => setLeaving(null)} onConfirm={async () => { await send("DELETE", `/api/v1/budgets/${encodeURIComponent(leaving.id)}`); await load(); }}>
        <p>What it bounds is bounded by the other budgets alone then. The ledger keeps what was spent.</p>
      </Confirm>
    </div>
  );
}
