// The copies of the database: those there are, whether each is sound, making one now, and how one is put back.

import { useCallback, useEffect, useRef, useState } from "react";
import { Ago } from "./ago.jsx";
import { Dialog } from "./dialog.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { Fault, ToCopy, useSending } from "./parts.jsx";
import { get, send } from "./rest.js";
import { refused, told } from "./undo.js";
import { momentShown } from "./units.js";
import "./backups.css";

const PATH = "/api/v1/backups";
const GATHER_MS = 300;

function bytesWord(bytes) {
  for (const [size, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  return `${bytes} bytes`;
}

// A path as a shell takes it in one piece.
const quoted = (path) => (/^[\w./+@:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

function useBackups(events, since) {
  const [seen, setSeen] = useState({ found: null, fault: null });
  const timer = useRef(0);
  const work = useCallback(async () => {
    try {
      setSeen({ found: (await get(PATH)).body, fault: null });
      return true;
    } catch (fault) {
      setSeen((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => event.type.startsWith("backup."))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ...seen, load };
}

function Standing({ one }) {
  if (!one.checked_at) return <span className="loom-status is-idle">not looked into yet</span>;
  if (one.problem) return <><span className="loom-status is-bad">✕ damaged</span><div className="loom-quiet" dir="auto">{one.problem}</div></>;
  return <><span className="loom-status is-good">✓ sound</span><div className="loom-quiet">looked into <Ago at={one.checked_at} /></div></>;
}

function Row({ one, busy, onCheck, onRestore }) {
  return (
    <tr data-backup={one.file}>
      <td><time dateTime={one.made_at} title={new Date(one.made_at).toLocaleString()}><strong>{momentShown(one.made_at)}</strong></time> <span className="loom-quiet"><Ago at={one.made_at} /></span><div className="loom-quiet"><code>{one.file}</code></div></td>
      <td data-label="Size">{bytesWord(one.bytes)}</td>
      <td data-label="State"><div><Standing one={one} /></div></td>
      <td className="is-end">
        <div className="loom-row loom-actions">
          <button type="button" className="loom-button is-small" disabled={busy} aria-label={`Look into ${one.file}`} onClick={() => onCheck(one)}>{busy ? "Looking…" : "Look into it"}</button>
          <button type="button" className="loom-button is-small" aria-label={`How to put ${one.file} back`} onClick={() => onRestore(one)}>Put back…</button>
        </div>
      </td>
    </tr>
  );
}

function Restoring({ one, database }) {
  const file = one ? quoted(one.path) : "";
  const command = database === "sqlite" ? `loom restore ${file}` : `pg_restore --clean --if-exists -d loom ${file}`;
  return (
    <div className="loom-form">
      <p>Loom is stopped for this, so it is done on its machine, not here:</p>
      <ol className="loom-does is-numbered">
        <li>Stop Loom (Ctrl C, <code>systemctl stop</code> or <code>docker compose stop</code>).</li>
        <li>Run the command below{database === "sqlite" ? ": it looks into the copy first, and sets the present database aside instead of removing it." : ", with the name of your database."}</li>
        <li>Start Loom. Runs that were under way then are released when their leases expire.</li>
      </ol>
      <ToCopy label="Command" value={command} />
      <p className="loom-quiet">What happened since the copy was made is not in it. It opens its secrets only with the <code>secret.key</code> of that time.</p>
    </div>
  );
}

function Plan({ found }) {
  const every = found.every_hours;
  return (
    <dl className="loom-facts">
      <div><dt>Made by itself</dt><dd>{every ? `every ${every === 24 ? "day" : `${every} hours`}` : "never"}</dd></div>
      <div><dt>Next</dt><dd>{found.next_at ? momentShown(found.next_at) : "not by itself"}</dd></div>
      <div><dt>Kept</dt><dd>the newest {found.keep}</dd></div>
      <div><dt>Free on the disk</dt><dd>{bytesWord(found.free_bytes)}</dd></div>
      <div><dt>Folder</dt><dd><code>{found.folder}</code></dd></div>
    </dl>
  );
}

export function Backups({ events, since }) {
  const { found, fault, load } = useBackups(events, since);
  const [busy, setBusy] = useState("");
  const [restored, setRestored] = useState(null);
  const making = useSending(async () => {
    const { body } = await send("POST", PATH);
    told(`${body.file} was made and is sound.`);
    await load();
  });
  const check = async (one) => {
    setBusy(one.file);
    await send("POST", `${PATH}/${encodeURIComponent(one.file)}/check`).then(load, refused);
    setBusy("");
  };
  const again = fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>;
  if (!found) return again || <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  return (
    <div className="loom-stack" data-loaded="yes">
      {again}
      <section className="loom-panel" aria-labelledby="backups-plan">
        <header className="loom-row is-between">
          <h2 id="backups-plan">Copies by themselves</h2>
          <button type="button" className="loom-button is-main" disabled={making.busy} onClick={() => making.submit()}>{making.busy ? "Copying…" : "Back up now"}</button>
        </header>
        <Fault>{making.fault}</Fault>
        {found.failure && !making.fault && <Fault>The last attempt, <Ago at={found.failure.at} />, made no copy: {found.failure.why}</Fault>}
        <Plan found={found} />
        <p className="loom-quiet">Put the folder on another disk or have it copied elsewhere, and keep <code>secret.key</code> apart from it. Change all this under <code>backups:</code> in config.yaml.</p>
      </section>
      <section className="loom-panel" aria-label="Copies">
        {found.backups.length === 0 && <p className="loom-empty">There is no copy yet. {found.every_hours ? "The first is made when the installation is old enough; make one now to have it earlier." : "None is made by itself; make one now."}</p>}
        {found.backups.length > 0 && <div className="loom-scroll"><table className="loom-table is-stacked">
          <thead><tr><th scope="col">Made</th><th scope="col">Size</th><th scope="col">State</th><th scope="col"><span className="loom-unseen">Actions</span></th></tr></thead>
          <tbody>{found.backups.map((one) => <Row key={one.file} one={one} busy={busy === one.file} onCheck={check} onRestore={setRestored} />)}</tbody>
        </table></div>}
      </section>
      <Dialog open={restored !== null} title={`Put ${restored?.file || "it"} back`} onClose={() => setRestored(null)}>
        <Restoring one={restored} database={found.database} />
      </Dialog>
    </div>
  );
}
