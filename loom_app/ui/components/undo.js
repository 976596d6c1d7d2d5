// What was just done, told for ten seconds with the way back; what was refused, with why.

import { toast } from "sonner";
import { send } from "./rest.js";

const UNDO_MS = 10000;
const TOLD_MS = 4000;
const REFUSED_MS = 8000;

export function refused(error) {
  toast.error(error.message, { duration: REFUSED_MS });
}

// `undo` is what the button in the notice does; without it nothing can be taken back.
export function told(text, undo) {
  const action = undo && { label: "Undo", onClick: () => undo().catch(refused) };
  toast.success(text, { duration: undo ? UNDO_MS : TOLD_MS, action });
}

export async function undoChange(changeId, reason = "") {
  return send("POST", "/api/v1/beads/undo", reason ? { change_id: changeId, reason } : { change_id: changeId });
}

// Tells of a change that the server answered with `changeId`; null says that nothing changed.
export function toldChange(text, changeId, after) {
  told(text, changeId ? async () => {
    await undoChange(changeId);
    await after?.();
  } : undefined);
}
