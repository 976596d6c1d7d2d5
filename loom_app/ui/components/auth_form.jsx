// Signing in, setting up and choosing a new password. The session is a cookie that scripts cannot read, so the server
// has to set it.

import { useEffect, useState } from "react";
import { LEAVING, Fault, Field, NewPassword, Send, checkedPassword, useSending } from "./parts.jsx";
import { send } from "./rest.js";

// Where to go afterwards: only an address of this site, never another one that a link smuggled in.
function destination() {
  const next = new URLSearchParams(window.location.search).get("next") || "/";
  if (!next.startsWith("/") || /[\\\u0000-\u001f]/.test(next)) return "/";
  const url = new URL(next, window.location.origin);
  const signedOut = ["/login", "/setup", "/reset"].includes(url.pathname.replace(/\/+$/, ""));
  return url.origin !== window.location.origin || signedOut ? "/" : url.pathname + url.search + url.hash;
}

function UserName(props) {
  return <Field label="User name" name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} required {...props} />;
}

function Brand() {
  return <p className="loom-brand"><img src="/loom.svg" alt="" width="26" height="26" /> <span>Loom</span></p>;
}

function SecondFactor({ sending, onBack }) {
  const [lost, setLost] = useState(false);
  return (
    <>
      {lost ? (
        <Field key="lost" label="Recovery code" name="code" autoComplete="off" autoCapitalize="none" spellCheck={false} required autoFocus maxLength={64} hint="One of those you kept when you set up the second factor. Each works once." fault={sending.at("code")} />
      ) : (
        <Field key="code" label="Code" name="code" inputMode="numeric" autoComplete="one-time-code" required autoFocus maxLength={12} hint="The six digits your authenticator app shows now." fault={sending.at("code")} />
      )}
      <Fault>{sending.fault}</Fault>
      <Send sending={sending} word="Sign in" busy="Signing in…" />
      <div className="loom-row">
        <button type="button" className="loom-button is-plain" onClick={() => setLost(!lost)}>{lost ? "Use the app instead" : "I cannot use the app"}</button>
        <button type="button" className="loom-button is-plain" onClick={onBack}>Back</button>
      </div>
    </>
  );
}

export function SignIn() {
  const [open, setOpen] = useState(false);
  const [first, setFirst] = useState(null);
  const sending = useSending(async (given) => {
    const { username, password } = first || given;
    try {
      await send("POST", "/api/v1/auth/login", { username, password, ...(first && { code: given.code }) });
    } catch (refusal) {
      if (first || refusal.problem?.code !== "second_factor_required") throw refusal;
      return setFirst({ username, password });
    }
    window.location.assign(destination());
    return LEAVING;
  }, first ? { sign_in_refused: "code" } : {});
  useEffect(() => {
    fetch("/api/v1/auth/setup").then((answer) => answer.json()).then((state) => setOpen(Boolean(state.needed)), () => undefined);
    // Who was sent here although signed in, such as after a new password in another tab, goes back at once.
    fetch("/api/v1/auth/me").then((answer) => answer.ok && window.location.replace(destination()), () => undefined);
  }, []);
  const back = () => {
    setFirst(null);
    sending.say("");
  };
  return (
    <form onSubmit={sending.submit} className="loom-form loom-panel" aria-label="Sign in">
      <Brand />
      <h1>{first ? "Second step" : "Sign in"}</h1>
      {open && (
        <p className="loom-hint">
          Nobody has an account yet. The first one is made with the set-up link that Loom printed where it was started.
        </p>
      )}
      {first ? (
        <SecondFactor sending={sending} onBack={back} />
      ) : (
        <>
          <UserName autoFocus />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          <Fault>{sending.fault}</Fault>
          <Send sending={sending} word="Sign in" busy="Signing in…" />
        </>
      )}
    </form>
  );
}

function Notice({ title, children }) {
  return (
    <div className="loom-panel">
      <Brand />
      <h1>{title}</h1>
      <p>{children}</p>
      <a className="loom-button is-main" href="/login">Go to the sign-in page</a>
    </div>
  );
}

function NoLink({ closed }) {
  return closed ? (
    <Notice title="Loom is set up">The first account has been made, so this page has done its work.</Notice>
  ) : (
    <Notice title="Open the set-up link">
      The first account is made with a link that works once. Loom prints it when it starts: look for “First visit” in the
      terminal or log where Loom runs, and open that address. A fresh link is printed at each start.
    </Notice>
  );
}

function useToken() {
  const [token, setToken] = useState(null);
  useEffect(() => setToken(new URLSearchParams(window.location.search).get("token") || ""), []);
  return token;
}

export function SetUp() {
  const token = useToken();
  const [needed, setNeeded] = useState(null);
  const sending = useSending(async (given) => {
    await send("POST", "/api/v1/auth/setup", { token, username: given.username, password: checkedPassword(given) });
    window.location.assign("/");
    return LEAVING;
  }, { password_refused: "password", username_refused: "username" });
  useEffect(() => {
    fetch("/api/v1/auth/setup").then((answer) => answer.json()).then(
      (state) => setNeeded(Boolean(state.needed)),
      () => sending.say("Loom cannot be reached. Check that it runs, then reload this page."),
    );
  }, []);
  if (token === null || (needed === null && !sending.fault)) return <div className="loom-skeleton" aria-label="Loading" />;
  if (needed === false || !token) return <NoLink closed={needed === false} />;
  return (
    <form onSubmit={sending.submit} className="loom-form loom-panel" aria-label="Make the first account">
      <Brand />
      <h1>Make the first account</h1>
      <p>It is the administrator’s: it may see and change everything, and add others later.</p>
      <UserName defaultValue="admin" fault={sending.at("username")} />
      <NewPassword sending={sending} />
      <Fault>{sending.fault}</Fault>
      <Send sending={sending} word="Make the account" busy="Making the account…" />
    </form>
  );
}

export function ResetPassword() {
  const token = useToken();
  const [done, setDone] = useState(false);
  const sending = useSending(async (given) => {
    await send("POST", "/api/v1/auth/reset", { token, new_password: checkedPassword(given) });
    setDone(true);
  }, { password_refused: "password" });
  if (token === null) return <div className="loom-skeleton" aria-label="Loading" />;
  if (!token) return <Notice title="Open the whole link">This page needs the link that an administrator gave you, with everything after the question mark.</Notice>;
  if (done) return <Notice title="Your password is set">The link has done its work, and whoever was signed in to your account is so no longer. Sign in with the new password.</Notice>;
  return (
    <form onSubmit={sending.submit} className="loom-form loom-panel" aria-label="Choose a password">
      <Brand />
      <h1>Choose a password</h1>
      <p>An administrator gave you this link. It works once.</p>
      <NewPassword sending={sending} label="New password" autoFocus />
      <Fault>{sending.fault}</Fault>
      <Send sending={sending} word="Set the password" busy="Setting the password…" />
    </form>
  );
}
