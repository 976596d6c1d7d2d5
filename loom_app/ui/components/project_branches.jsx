// The branches of a project against its own: whose they are, how far they have gone, which can go.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm } from "./parts.jsx";
import { Loading, Unread } from "./project_overview.jsx";
import { send } from "./rest.js";

const OURS = /^(agent|person)\//;

function state(branch) {
  if (branch.is_default) return ["good", "the project's branch"];
  if (branch.in_use) return ["running", "a run works on it"];
  return branch.merged ? ["done", "merged"] : ["open", "not merged"];
}

export function Branches({ project, path: api, beat, go, load, mayWrite, isAdmin }) {
  const [branches, fault, ask] = useAnswer(`${api}/branches`, beat);
  const [leaving, setLeaving] = useState(null);
  if (fault) return <Unread {...{ fault, project, load, ask, mayWrite }} />;
  if (!branches) return <Loading />;
  const remove = async () => {
    await send("DELETE", `${api}/branches/${leaving.name.split("/").map(encodeURIComponent).join("/")}${leaving.merged ? "" : "?force=true"}`);
    await ask();
  };
  const mayDrop = (branch) => mayWrite && OURS.test(branch.name) && !branch.in_use && (branch.merged || isAdmin);
  return (
    <section className="loom-panel" aria-label="Branches">
      <div className="loom-scroll">
        <table className="loom-table is-stacked">
          <thead><tr>{["Branch", "Against the project's", "State", "Last commit", ""].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>
            {branches.map((branch) => {
              const [tone, word] = state(branch);
              return (
                <tr key={branch.name}>
                  <td>
                    <button type="button" className="loom-plain" onClick={() => go({ tab: "commits", ref: branch.is_default ? "" : branch.name })}><code>{branch.name}</code></button>
                    {branch.bead_id && <> <Link className="loom-id" to={`/beads/${encodeURIComponent(branch.bead_id)}`}>{branch.bead_id}</Link></>}
                  </td>
                  <td data-label="Against">{branch.is_default ? "–" : <span title="Commits it has that the project's branch lacks, and the other way round">{branch.ahead} ahead, {branch.behind} behind</span>}</td>
                  <td data-label="State"><span className="loom-row"><span className={`loom-status is-${tone}`}>{word}</span>{!branch.at_origin && project.git_repo && <span className="loom-quiet">only here</span>}</span></td>
                  <td data-label="Last commit"><span>{branch.subject} <span className="loom-quiet">{branch.author}, <Ago at={branch.committed_at} /></span></span></td>
                  <td className="is-end">{mayDrop(branch) && <button type="button" className="loom-button is-danger is-small" aria-label={`Remove ${branch.name}`} onClick={() => setLeaving(branch)}>Remove</button>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {branches.length < 2 && <p className="loom-empty">There is but the project's own branch. Each run works on one of its own, which shows here while it lasts.</p>}
      <Confirm open={leaving !== null} title="Remove the branch" action="Remove" type={leaving && !leaving.merged ? leaving.name : ""} onClose={() => setLeaving(null)} onConfirm={remove}>
        <p>{leaving?.merged ? `${leaving?.name} goes here and at the origin. Its work is on ${project.branch}, and nothing is lost.` : `${leaving?.name} has ${leaving?.ahead} commits that are nowhere else. They are lost with it.`}</p>
      </Confirm>
    </section>
  );
}
