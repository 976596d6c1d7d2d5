// Making and changing users. Passwords and one-time links are in these components alone, while their dialog is open.

import { useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, NewPassword, Send, ToCopy, checkedPassword, useSending } from "./parts.jsx";
import { useNavigate } from "react-router";
import { send } from "./rest.js";

const PLACES = { username_taken: "username", username_refused: "username", email_refused: "email", password_refused: "password", last_administrator: "role", own_account: "role" };
const address = (userId, more = "") => `/api/v1/auth/users/${encodeURIComponent(userId)}${more}`;

// `roles` are the roles with what each may do.
function Role({ roles, sending, value, onChange, disabled }) {
  return (
    <Field label="Role" name="role" as="select" value={value} onChange={(event) => onChange(event.target.value)} disabled={disabled} hint={disabled ? "Nobody changes their own role: another administrator has to." : `${roles[value].charAt(0).toUpperCase()}${roles[value].slice(1)}.`} fault={sending.at("role")}>
      {Object.keys(roles).map((role) => <option key={role} value={role}>{role}</option>)}
    </Field>
  );
}

function Email(props) {
  return <Field label="E-mail" name="email" type="email" maxLength={254} autoComplete="off" placeholder="name@example.org" {...props} />;
}

function OneTimeLink({ username, link, onClose }) {
  return (
    <div className="loom-form">
      <p>Send this to {username}. Whoever opens it chooses the account’s password, so use a way that only {username} reads.</p>
      <ToCopy label="One-time link" value={link.url} rows={3} />
      <p className="loom-quiet">It is shown this once, works once and until {new Date(link.expires_at).toLocaleString()}. A newer one ends it.</p>
      <Buttons><button type="button" className="loom-button is-main" onClick={onClose}>Done</button></Buttons>
    </div>
  );
}

function NewUserForm({ roles, onLink, onClose }) {
  const [role, setRole] = useState("user");
  const [way, setWay] = useState("link");
  const byPassword = way === "password";
  const sending = useSending(async (given) => {
    const body = { username: given.username, email: given.email, role };
    if (byPassword) body.password = checkedPassword(given);
    const made = (await send("POST", "/api/v1/auth/users", body)).body;
    if (byPassword || role === "service") return onClose();
    onLink({ username: made.username, ...(await send("POST", address(made.id, "/reset"))).body });
  }, PLACES);
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <Field label="User name" name="username" required autoFocus maxLength={64} autoComplete="off" autoCapitalize="none" spellCheck={false} fault={sending.at("username")} hint="Letters a–z, digits and . _ @ + -" />
      <Email fault={sending.at("email")} hint="May be left empty." />
      <Role roles={roles} sending={sending} value={role} onChange={setRole} />
      {role === "service" ? (
        <p className="loom-quiet">A service does not sign in. Give it API keys on its page.</p>
      ) : (
        <fieldset className="loom-ways">
          <legend>How they get in</legend>
          <label><input type="radio" name="way" value="link" checked={!byPassword} onChange={() => setWay("link")} /> A link that works once, with which they choose a password</label>
          <label><input type="radio" name="way" value="password" checked={byPassword} onChange={() => setWay("password")} /> A password that I set now</label>
        </fieldset>
      )}
      {byPassword && role !== "service" && <NewPassword sending={sending} />}
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word="Make the user" busy="Making…" />
      </Buttons>
    </form>
  );
}

export function NewUser({ roles }) {
  const [asking, setAsking] = useState(false);
  const [link, setLink] = useState(null);
  const close = () => {
    setAsking(false);
    setLink(null);
  };
  return (
    <>
      <button type="button" className="loom-button is-main" onClick={() => setAsking(true)}>New user</button>
      <Dialog open={asking} title={link ? `Link for ${link.username}` : "New user"} kept={link !== null} onClose={close}>
        {link ? <OneTimeLink username={link.username} link={link} onClose={close} /> : <NewUserForm roles={roles} onLink={setLink} onClose={close} />}
      </Dialog>
    </>
  );
}

function EditForm({ roles, user, isSelf, onClose }) {
  const [role, setRole] = useState(user.role);
  const sending = useSending(async ({ email }) => {
    await send("PATCH", address(user.id), isSelf ? { email } : { email, role });
    onClose();
  }, PLACES);
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <Email defaultValue={user.email} fault={sending.at("email")} />
      <Role roles={roles} sending={sending} value={role} onChange={setRole} disabled={isSelf} />
      {role !== user.role && <p className="loom-reason" role="status">{user.username} is signed out everywhere and signs in again as {role}. API keys stay, and do no more than the new role may.</p>}
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word={role === user.role ? "Save" : `Make ${user.username} ${role === "admin" ? "an" : "a"} ${role}`} busy="Saving…" />
      </Buttons>
    </form>
  );
}

function ResetForm({ user, onLink, onClose }) {
  const [factor, setFactor] = useState(false);
  const sending = useSending(async () => onLink((await send("POST", address(user.id, "/reset"), factor ? { second_factor: true } : {})).body), PLACES);
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <p>You get a link that works once, within a day. With it {user.username} chooses a new password; their sessions end then, not before. API keys stay.</p>
      {user.totp && (
        <label className="loom-check"><input type="checkbox" checked={factor} onChange={(event) => setFactor(event.target.checked)} /> Also take the second factor away, because the phone is lost</label>
      )}
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word="Make the link" busy="Making…" autoFocus />
      </Buttons>
    </form>
  );
}

// What an administrator does to one user. `full` adds what is rarely done.
export function UserActions({ user, roles, isSelf, full }) {
  const [step, setStep] = useState("");
  const [link, setLink] = useState(null);
  const navigate = useNavigate();
  const close = () => {
    setStep("");
    setLink(null);
  };
  const change = (body) => send("PATCH", address(user.id), body);
  const button = (which, word, more) => (
    <button type="button" className="loom-button" aria-label={`${word} ${user.username}`} onClick={() => setStep(which)} {...more}>{word}</button>
  );
  const own = isSelf ? { disabled: true, title: "Not for oneself: another administrator has to do it." } : {};
  return (
    <div className="loom-row loom-actions">
      {button("edit", "Edit")}
      {user.role !== "service" && user.is_active && button("reset", "Reset", isSelf ? { disabled: true, title: "Change your own password under My account." } : {})}
      {user.is_active ? button("off", "Deactivate", own) : button("on", "Activate")}
      {full && button("gone", "Delete", { ...own, className: "loom-button is-danger" })}
      <Dialog open={step === "edit"} title={`Edit ${user.username}`} onClose={close}>
        <EditForm roles={roles} user={user} isSelf={isSelf} onClose={close} />
      </Dialog>
      <Dialog open={step === "reset"} title={link ? `Link for ${user.username}` : `Reset the password of ${user.username}`} kept={link !== null} onClose={close}>
        {link ? <OneTimeLink username={user.username} link={link} onClose={close} /> : <ResetForm user={user} onLink={setLink} onClose={close} />}
      </Dialog>
      <Confirm open={step === "off"} title={`Deactivate ${user.username}`} action="Deactivate" onClose={close} onConfirm={() => change({ is_active: false })}>
        <p>{user.username} is signed out everywhere at once and cannot come in again; their API keys are refused. Nothing they made is lost, and you can activate them again.</p>
      </Confirm>
      <Confirm open={step === "on"} title={`Activate ${user.username}`} action="Activate" onClose={close} onConfirm={() => change({ is_active: true })}>
        <p>{user.username} can sign in again as before. API keys that have not expired work again.</p>
      </Confirm>
      <Confirm open={step === "gone"} title={`Delete ${user.username}`} action="Delete for good" type={user.username} onClose={close} onConfirm={async () => {
        await send("DELETE", address(user.id));
        navigate("/users");
      }}>
        <p>The account, its API keys and its memberships of projects go at once and for good. What {user.username} did stays in the audit log. To keep somebody out for a while, deactivate them instead.</p>
      </Confirm>
    </div>
  );
}
