// Signing in and setting up. The session is a cookie that scripts cannot read, so the server has to set it.

import { useEffect, useState } from "react";

// Where to go afterwards: only an address of this site, never another one that a link smuggled in.
function destination() {
  const next = new URLSearchParams(window.location.search).get("next") || "/";
  if (!next.startsWith("/") || /[\\\u0000-\u001f]/.test(next)) return "/";
  const url = new URL(next, window.location.origin);
  if (url.origin !== window.location.origin || url.pathname === "/login" || url.pathname === "/setup") return "/";
  return url.pathname + url.search + url.hash;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const refusal = new Error(answer.detail || `The server answered ${response.status}.`);
    refusal.code = answer.code;
    throw refusal;
  }
  return answer;
}

function Field({ label, hint, ...input }) {
  return (
    <label className="loom-field">
      <span>{label}</span>
      <input required {...input} />
      {hint && <span className="loom-quiet">{hint}</span>}
    </label>
  );
}

function useSending(work) {
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      await work(Object.fromEntries(new FormData(event.target)));
    } catch (error) {
      setFault(error instanceof TypeError ? "Loom cannot be reached. Check that it runs, then try again." : error.message);
      setBusy(false);
    }
  };
  return { fault, busy, submit, setFault };
}

function Fault({ children }) {
  return children ? <p className="loom-fault-line" role="alert">{children}</p> : null;
}

function Brand() {
  return <p className="loom-brand"><img src="/loom.svg" alt="" width="26" height="26" /> <span>Loom</span></p>;
}

export function SignIn() {
  const [open, setOpen] = useState(false);
  const { fault, busy, submit } = useSending(async ({ username, password }) => {
    await post("/api/v1/auth/login", { username, password });
    window.location.assign(destination());
  });
  useEffect(() => {
    fetch("/api/v1/auth/setup").then((answer) => answer.json()).then((state) => setOpen(Boolean(state.needed)), () => undefined);
  }, []);
  return (
    <form onSubmit={submit} className="loom-form loom-panel" aria-label="Sign in">
      <Brand />
      <h1>Sign in</h1>
      {open && (
        <p className="loom-hint">
          Nobody has an account yet. The first one is made with the set-up link that Loom printed where it was started.
        </p>
      )}
      <Field label="User name" name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus />
      <Field label="Password" name="password" type="password" autoComplete="current-password" />
      <Fault>{fault}</Fault>
      <button type="submit" className="loom-button is-main" disabled={busy}>{busy ? "Signing in…" : "Sign in"}</button>
    </form>
  );
}

function NoLink({ closed }) {
  return (
    <div className="loom-panel">
      <Brand />
      <h1>{closed ? "Loom is set up" : "Open the set-up link"}</h1>
      <p>
        {closed
          ? "The first account has been made, so this page has done its work."
          : "The first account is made with a link that works once. Loom prints it when it starts: look for “First visit” in the terminal or log where Loom runs, and open that address. A fresh link is printed at each start."}
      </p>
      <a className="loom-button is-main" href="/login">Go to the sign-in page</a>
    </div>
  );
}

export function SetUp() {
  const [token, setToken] = useState(null);
  const [needed, setNeeded] = useState(null);
  const { fault, busy, submit, setFault } = useSending(async ({ username, password, again }) => {
    if (password !== again) throw new Error("The two passwords differ. Type the same one twice.");
    await post("/api/v1/auth/setup", { token, username, password });
    window.location.assign("/");
  });
  useEffect(() => {
    setToken(new URLSearchParams(window.location.search).get("token") || "");
    fetch("/api/v1/auth/setup").then((answer) => answer.json()).then((state) => setNeeded(Boolean(state.needed)), () => setFault("Loom cannot be reached. Check that it runs, then reload this page."));
  }, [setFault]);
  if (token === null || (needed === null && !fault)) return <div className="loom-skeleton" aria-label="Loading" />;
  if (needed === false || !token) return <NoLink closed={needed === false} />;
  return (
    <form onSubmit={submit} className="loom-form loom-panel" aria-label="Make the first account">
      <Brand />
      <h1>Make the first account</h1>
      <p>It is the administrator’s: it may see and change everything, and add others later.</p>
      <Field label="User name" name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} defaultValue="admin" />
      <Field label="Password" name="password" type="password" autoComplete="new-password" hint="At least 8 characters. A sentence is easy to keep in mind." />
      <Field label="Password again" name="again" type="password" autoComplete="new-password" />
      <Fault>{fault}</Fault>
      <button type="submit" className="loom-button is-main" disabled={busy}>{busy ? "Making the account…" : "Make the account"}</button>
    </form>
  );
}
