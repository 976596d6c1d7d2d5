// One's own password and second factor. Nothing of either is kept outside these components.

import { useCallback, useEffect, useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, LEAVING, NewPassword, Send, ToCopy, checkedPassword, useSending } from "./parts.jsx";
import { get, send } from "./rest.js";

const PLACES = { current_password_wrong: "current", password_refused: "password", code_refused: "code", second_factor_required: "code" };

function CurrentPassword({ sending, ...rest }) {
  return <Field label="Current password" name="current" type="password" autoComplete="current-password" required maxLength={1024} fault={sending.at("current")} {...rest} />;
}

export function ChangePassword() {
  const [changed, setChanged] = useState(false);
  useEffect(() => setChanged(new URLSearchParams(window.location.search).get("changed") === "password"), []);
  const sending = useSending(async (given) => {
    const body = { current_password: given.current, new_password: checkedPassword(given) };
    await send("POST", "/api/v1/auth/change-password", body);
    // The live socket still carries the old session, which has just ended: the page begins anew with the new one.
    window.location.replace("/account?changed=password");
    return LEAVING;
  }, PLACES);
  return (
    <form className="loom-form" onSubmit={sending.submit} aria-label="Change the password">
      {changed && <p className="loom-hint" role="status">Your password is changed. Every other session has ended.</p>}
      <CurrentPassword sending={sending} />
      <NewPassword sending={sending} label="New password" />
      <p className="loom-quiet">Changing it signs you out everywhere else: other browsers, and programs that use a token. API keys stay.</p>
      <Fault>{sending.fault}</Fault>
      <div className="loom-row"><Send sending={sending} word="Change the password" busy="Changing…" /></div>
    </form>
  );
}

function RecoveryCodes({ codes, onClose }) {
  const text = codes.join("\n");
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`Recovery codes of Loom at ${window.location.host}. Each works once.\n\n${text}\n`], { type: "text/plain" }));
    link.download = "loom-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="loom-form">
      <p>Each of these signs you in once when you cannot use the app. Keep them where you keep passwords: they are shown this once.</p>
      <ToCopy label="Recovery codes" value={text} rows={codes.length} />
      <Buttons>
        <button type="button" className="loom-button" onClick={download}>Download</button>
        <button type="button" className="loom-button is-main" onClick={onClose}>I have kept them</button>
      </Buttons>
    </div>
  );
}

function Prove({ sending, word, danger, code, children, onClose }) {
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      {children}
      <CurrentPassword sending={sending} autoFocus />
      {code && <Field label="Code" name="code" autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} required maxLength={100} fault={sending.at("code")} hint="The six digits the app shows now, or a recovery code." />}
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word={word} danger={danger} />
      </Buttons>
    </form>
  );
}

// A picture needs to say that it is SVG, which markup within a page does not.
function picture(svg) {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg.replace(/^<svg(?![^>]*xmlns)/, '<svg xmlns="http://www.w3.org/2000/svg"'))}`;
}

function Scan({ seed, sending, onClose }) {
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <p>Scan this with an authenticator app, or type the secret into it. Then give the code it shows.</p>
      <img className="loom-qr" src={picture(seed.qr_svg)} alt="QR code of the secret below" />
      <ToCopy label="Secret" value={seed.secret} />
      <Field label="Code" name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={12} autoFocus fault={sending.at("code")} hint="The six digits the app shows now." />
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word="Turn it on" />
      </Buttons>
    </form>
  );
}

const TITLES = {
  setup: "Set up a second factor", scan: "Set up a second factor", codes: "Recovery codes",
  renew: "New recovery codes", off: "Turn the second factor off",
};

export function SecondFactor() {
  const [me, setMe] = useState(null);
  const [step, setStep] = useState("");
  const [seed, setSeed] = useState(null);
  const [codes, setCodes] = useState([]);
  const load = useCallback(async () => setMe((await get("/api/v1/auth/me")).body), []);
  useEffect(() => {
    load().catch(() => undefined);
  }, [load]);
  const forget = () => {
    setStep("");
    setSeed(null);
    setCodes([]);
    load().catch(() => undefined);
  };
  const shown = (answer) => {
    setSeed(null);
    setCodes(answer.body.recovery_codes);
    setStep("codes");
  };
  const begin = useSending(async ({ current }) => {
    setSeed((await send("POST", "/api/v1/auth/totp/setup", { current_password: current })).body);
    setStep("scan");
  }, PLACES);
  const confirm = useSending(async ({ code }) => shown(await send("POST", "/api/v1/auth/totp/confirm", { code })), PLACES);
  const renew = useSending(async ({ current, code }) => shown(await send("POST", "/api/v1/auth/totp/recovery-codes", { current_password: current, code })), PLACES);
  const end = useSending(async ({ current, code }) => {
    await send("DELETE", "/api/v1/auth/totp", { current_password: current, code });
    forget();
  }, PLACES);
  const open = (which) => {
    for (const sending of [begin, confirm, renew, end]) sending.say("");
    setStep(which);
  };
  if (!me) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  return (
    <>
      {me.totp_enabled ? <On me={me} open={open} /> : <Off open={open} />}
      <Dialog open={step !== ""} title={TITLES[step] || ""} kept={step === "codes" || step === "scan"} onClose={forget}>
        {step === "setup" && <Prove sending={begin} word="Go on" onClose={forget}><p>First your password, so that nobody does this at a screen you left open.</p></Prove>}
        {step === "scan" && <Scan seed={seed} sending={confirm} onClose={forget} />}
        {step === "codes" && <RecoveryCodes codes={codes} onClose={forget} />}
        {step === "renew" && <Prove sending={renew} code word="Make new codes" onClose={forget}><p>The codes you have now will work no longer.</p></Prove>}
        {step === "off" && <Prove sending={end} code word="Turn it off" danger onClose={forget}><p>Afterwards the password alone signs you in. The recovery codes are taken away.</p></Prove>}
      </Dialog>
    </>
  );
}

function Off({ open }) {
  return (
    <>
      <p><span className="loom-status is-closed">off</span></p>
      <p className="loom-sub">With a second factor, a password that somebody got hold of is not enough: signing in also takes a code from an app on your phone.</p>
      <div className="loom-row"><button type="button" className="loom-button" onClick={() => open("setup")}>Set up</button></div>
    </>
  );
}

function On({ me, open }) {
  const left = me.recovery_codes_left;
  return (
    <>
      <p><span className="loom-status is-good">on</span></p>
      <p className={left > 2 ? "loom-sub" : "loom-reason"}>{left === 1 ? "One recovery code is" : `${left} recovery codes are`} left for when you cannot use the app.{left <= 2 && " Make new ones soon."}</p>
      <div className="loom-row">
        <button type="button" className="loom-button" onClick={() => open("renew")}>New recovery codes</button>
        <button type="button" className="loom-button is-danger" onClick={() => open("off")}>Turn off</button>
      </div>
    </>
  );
}
