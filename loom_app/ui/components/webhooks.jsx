// The page of webhooks: what GitHub tells Loom, and what Loom tells others.

import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useEvents } from "./fresh.js";
import { all } from "./rest.js";
import { Tabs, TabPanel } from "./tabs.jsx";
import { Received } from "./webhooks_received.jsx";
import { Sent } from "./webhooks_sent.jsx";

const NEAR = /^(external|webhook|settings)\.|^project\.webhook/;
const GATHER_MS = 1000;

export function Webhooks({ events, since, mayWrite, isAdmin }) {
  const [address, setAddress] = useSearchParams();
  const [projects, setProjects] = useState([]);
  const [beat, setBeat] = useState(1);
  const timer = useRef(0);
  const tab = mayWrite && address.get("tab") === "sent" ? "sent" : "";
  useEffect(() => {
    all("/api/v1/projects").then(setProjects, () => setProjects([]));
    return () => clearTimeout(timer.current);
  }, []);
  const again = useCallback(() => setBeat((count) => count + 1), []);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => NEAR.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(again, GATHER_MS);
  });
  const tabs = [["", "Received"], ...(mayWrite ? [["sent", "Sent"]] : [])];
  return (
    <div className="loom-stack">
      <Tabs id="webhooks" label="Webhooks" tabs={tabs} chosen={tab} onChoose={(name) => setAddress(name ? { tab: name } : {}, { replace: true })} />
      <TabPanel id="webhooks" chosen={tab} className="loom-stack">
        {tab === "sent" ? <Sent {...{ projects, beat }} /> : <Received {...{ projects, beat, mayWrite, isAdmin }} />}
      </TabPanel>
    </div>
  );
}
