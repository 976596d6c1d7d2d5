// Who sees a project. Its owners and administrators say so; members may look.

import { useCallback, useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { Dialog } from "./dialog.jsx";
import { Confirm, Fault, Field, Send, useSending } from "./parts.jsx";
import { all, send } from "./rest.js";

const HEADS = ["Member", "Role", "Since", ""];

function Add({ path, onDone }) {
  const sending = useSending(async ({ username, role }, form) => {
    await send("PUT", `${path}/${encodeURIComponent(username.trim())}`, { role });
    form.reset();
    await onDone();
  }, { user_not_found: "username" });
  return (
    <form className="loom-form" onSubmit={sending.submit} aria-label="Add a member">
      <div className="loom-form is-pairs">
        <Field label="User name" name="username" required autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={64} fault={sending.at("username")} />
        <Field label="Role" name="role" as="select" defaultValue="member" hint="An owner also says who else sees the project.">
          <option value="member">member</option>
          <option value="owner">owner</option>
        </Field>
      </div>
      <Fault>{sending.fault}</Fault>
      <div className="loom-row is-end"><Send sending={sending} word="Add" busy="Adding…" /></div>
    </form>
  );
}

function Row({ member, mayManage, onRole, onRemove }) {
  return (
    <tr>
      <td>{member.username}</td>
      <td data-label="Role">
        {mayManage ? (
          <select aria-label={`Role of ${member.username}`} value={member.role} onChange={(event) => onRole(event.target.value)}>
            <option value="member">member</option>
            <option value="owner">owner</option>
          </select>
        ) : member.role}
      </td>
      <td data-label="Since"><Ago at={member.added_at} /></td>
      <td className="is-end">{mayManage && <button type="button" className="loom-button is-danger" aria-label={`Remove ${member.username}`} onClick={onRemove}>Remove</button>}</td>
    </tr>
  );
}

export function Members({ projectId, project, me, mayWrite, isAdmin }) {
  const [open, setOpen] = useState(false);
  const [members, setMembers] = useState(null);
  const [fault, setFault] = useState("");
  const [leaving, setLeaving] = useState(null);
  const path = `/api/v1/projects/${encodeURIComponent(projectId)}/members`;
  const load = useCallback(async () => {
    try {
      setMembers(await all(path));
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
  }, [path]);
  useEffect(() => {
    if (open) load();
  }, [open, load]);
  const mayManage = mayWrite && (isAdmin || members?.some((member) => member.username === me && member.role === "owner"));
  const change = async (member, role) => {
    try {
      await send("PUT", `${path}/${encodeURIComponent(member.username)}`, { role });
    } catch (error) {
      setFault(error.message);
    }
    await load();
  };
  const remove = async () => {
    await send("DELETE", `${path}/${encodeURIComponent(leaving.username)}`);
    if (leaving.username === me && !isAdmin) return setOpen(false);
    await load();
  };
  return (
    <>
      <button type="button" className="loom-button" aria-label={`Members of ${project}`} onClick={() => setOpen(true)}>Members</button>
      <Dialog open={open} title={`Members of ${project}`} onClose={() => setOpen(false)}>
        <p className="loom-quiet">Members see the project, its beads, runs and decisions; what they may do there is up to their role. Administrators see every project without being listed.</p>
        <Fault>{fault}</Fault>
        {!members && !fault && <div className="loom-skeleton" role="status" aria-label="Loading" />}
        {members?.length === 0 && <p className="loom-empty">Nobody but the administrators sees this project.</p>}
        {members?.length > 0 && (
          <div className="loom-scroll is-short">
            <table className="loom-table is-stacked">
              <thead><tr>{HEADS.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
              <tbody>{members.map((member) => <Row key={member.user_id} member={member} mayManage={mayManage} onRole={(role) => change(member, role)} onRemove={() => setLeaving(member)} />)}</tbody>
            </table>
          </div>
        )}
        {mayManage ? <Add path={path} onDone={load} /> : members && <p className="loom-quiet">Only an owner or an administrator changes this.</p>}
        <Confirm open={leaving !== null} title={`Remove ${leaving?.username || ""}`} action="Remove" onClose={() => setLeaving(null)} onConfirm={remove}>
          <p>{leaving?.username} sees nothing of {project} from the next click on. What they did there stays.</p>
        </Confirm>
      </Dialog>
    </>
  );
}
