import { isIPv4 } from "node:net";
import { join } from "node:path";
import { readIfPresent, writeSoon } from "../../host/files.ts";
import type { Member } from "../../schema/model/team.ts";
import { publicKeyOf } from "../host-key.ts";
import type { Place } from "./handshake.ts";
import { commitIn } from "./offer.ts";

/** A teammate's machine that answered lately, with the key that it proved. */
export interface PresentPeer extends Member, Place {
  /** A commit of the followed branch that it spoke of and that is new here: a hint. */
  readonly commit?: string;
}

/** What omgd tells the runs of omg: whom to ask on this network. Where they are is a hint; who they are is proved anew. */
export interface Present {
  /** The followed repository, without a login: only runs that are about it ask. */
  readonly repository: string;
  readonly peers: readonly PresentPeer[];
}

const LARGEST = 1 << 20;
/** An omgd that runs writes it more often than that. Milliseconds. */
const FRESH_MS = 120_000;

const pathIn = (state: string): string => join(state, "daemon", "peers.json");

/** For this user alone: it names teammates. Errors of the disk pass. */
export function writePresent(state: string, present: Present, now: Date): void {
  writeSoon(pathIn(state), `${JSON.stringify({ time: now.toISOString(), ...present })}\n`, 0o600);
}

/** Undefined where no omgd says so, or none that still runs; what is no peer in it is left out. */
export function readPresent(state: string, now: Date): Present | undefined {
  const found = parsed(readIfPresent(pathIn(state), LARGEST));
  const age = now.getTime() - Date.parse(String(found?.time));
  if (found === undefined || !(age < FRESH_MS) || typeof found.repository !== "string") return undefined;
  const peers = Array.isArray(found.peers) ? found.peers.filter(isPeer) : [];
  return { repository: found.repository, peers };
}

function parsed(bytes: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes?.toString("utf8") ?? "null");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isPeer(value: unknown): value is PresentPeer {
  const { name, key, address, port, commit } = (value ?? {}) as Partial<Record<keyof PresentPeer, unknown>>;
  return (
    typeof name === "string" &&
    typeof key === "string" &&
    publicKeyOf(key) !== undefined &&
    typeof address === "string" &&
    isIPv4(address) &&
    Number.isInteger(port) &&
    (commit === undefined || commitIn(commit) !== undefined)
  );
}
