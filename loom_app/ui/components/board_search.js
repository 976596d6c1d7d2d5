// Which beads a query finds, asked of the server: it knows every text and words such as status:ready or is:blocked.

import { useEffect, useState } from "react";
import { get } from "./rest.js";

const TYPING_MS = 200;
const NOTHING = { ids: null, problems: [], did_you_mean: null };

// What goes beyond words that can be looked for in titles here.
export const isQuery = (q) => /[:"]|(^|\s)-\S|\bOR\b/.test(q);

// `ids` is null until the answer is here.
export function useFound(q, project) {
  const [found, setFound] = useState(NOTHING);
  const asked = `${project} ${q}`;
  useEffect(() => {
    if (!q.trim()) return undefined;
    const leaving = new AbortController();
    const timer = setTimeout(async () => {
      const query = new URLSearchParams({ q, ...(project ? { project_id: project } : {}) });
      try {
        const { body } = await get(`/api/v1/search/ids?${query}`, leaving.signal);
        setFound({ ...body, ids: new Set(body.ids), asked });
      } catch (error) {
        if (!leaving.signal.aborted) setFound({ ...NOTHING, problems: [`The search did not answer: ${error.message}`], asked });
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [q, project, asked]);
  return q.trim() && found.asked === asked ? found : NOTHING;
}
