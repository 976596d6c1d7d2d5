// The hosts that commands of a project's runs reach; without any they have no network.

import { Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { send } from "./rest.js";

export function NetworkHosts({ project, path, load }) {
  const hosts = project.network_hosts;
  const keep = async (wanted) => {
    await send("PATCH", path, { network_hosts: wanted });
    await load();
  };
  const adding = useSending(async ({ host }, form) => {
    const wanted = host.trim();
    if (hosts.includes(wanted) || hosts.includes(`${wanted}:443`)) throw mistake("host", `${wanted} is reached already.`);
    await keep([...hosts, wanted]);
    form.reset();
  }, { bad_network_host: "host", invalid_request: "host" });
  const removing = useSending(({ host }) => keep(hosts.filter((one) => one !== host)));
  return (
    <section className="loom-panel" aria-labelledby="network-hosts">
      <h2 id="network-hosts">Network of commands</h2>
      <p className="loom-quiet">Commands of agents and the tests reach these hosts through a proxy, and nothing else. Whatever agents send there has left this machine.</p>
      {hosts.length === 0 && <p className="loom-empty">None: commands have no network. A build that fetches packages needs the hosts they come from.</p>}
      <ul className="loom-ruled">
        {hosts.map((host) => (
          <li key={host}>
            <code>{host}</code>
            <form onSubmit={removing.submit}>
              <input type="hidden" name="host" value={host} />
              <button type="submit" className="loom-button is-small" disabled={removing.busy} aria-label={`Reach ${host} no longer`}>Remove</button>
            </form>
          </li>
        ))}
      </ul>
      <Fault>{removing.fault}</Fault>
      <form className="loom-form" onSubmit={adding.submit} autoComplete="off">
        <Field label="Another host" name="host" required maxLength={300} placeholder="pypi.org:443" hint="A name with its port, 443 where it is left out. A star in front stands for every name below, as in *.npmjs.org." fault={adding.at("host")} spellCheck={false} />
        <Fault>{adding.fault}</Fault>
        <div className="loom-row"><Send sending={adding} word="Add host" busy="Saving…" /></div>
      </form>
    </section>
  );
}
