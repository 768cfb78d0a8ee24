import { setTimeout as pause } from "node:timers/promises";
import { type Exchange, type Limits, type Link, onLink, type PeerServer } from "../../app/peers/exchange.ts";
import { type Discovery, openDiscovery } from "./discovery.ts";
import type { Near } from "./near.ts";

/** The links on which this machine is to be found, and serves. */
export interface OpenLinks {
  /** Has exactly these open, with these limits; what is so already stays as it is. Errors of listening pass: then none is open. */
  set(links: readonly Link[], limits: Limits): Promise<void>;
  /** Asks on all of them who is there. */
  ask(): void;
  /** Until whoever is there has had the time to say so, since they were opened. */
  settled(): Promise<void>;
}

interface OpenLink {
  readonly server: PeerServer;
  readonly discovery: Discovery;
}

/** Within that time of an opening, all who are there have answered: mDNS waits up to half a second (RFC 6762, 6). Milliseconds. */
const SETTLING_MS = 1500;

export function openLinks(exchange: Exchange, near: Near): OpenLinks {
  let shape = "[]";
  let open: readonly OpenLink[] = [];
  let opened = 0;
  const close = async () => {
    const closing = open;
    open = [];
    shape = "[]";
    near.clear();
    await Promise.all(closing.flatMap(({ server, discovery }) => [discovery.end(), server.close()]));
  };
  const openOne = async (link: Link, limits: Limits): Promise<OpenLink> => {
    const server = await exchange.serve(link, limits);
    const isHere = onLink(link);
    const onFound: Near["found"] = (place) => {
      if (isHere(place.address)) near.found(place);
    };
    return { server, discovery: await openDiscovery(link, server.port, { onFound, onLost: near.lost }) };
  };
  return {
    set: async (links, limits) => {
      const wanted = JSON.stringify(links.length === 0 ? [] : [links, limits]);
      if (wanted === shape) return;
      await close();
      try {
        for (const link of links) open = [...open, await openOne(link, limits)];
        shape = wanted;
        opened = performance.now();
      } catch (error) {
        await close();
        throw error;
      }
    },
    settled: async () => {
      if (open.length > 0) await pause(Math.max(0, opened + SETTLING_MS - performance.now()));
    },
    ask: () => {
      for (const { discovery } of open) discovery.ask();
    },
  };
}
