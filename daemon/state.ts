import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic, writeSoon } from "../host/files.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Purpose, Window } from "../schema/model/window.ts";
import type { Problem } from "./problem.ts";

/** Tries of one thing with one commit that came to nothing. */
export interface Failures {
  readonly commit: string;
  readonly count: number;
  /** Not before. RFC 3339. */
  readonly until: string;
  /** It is not tried again until something changes. */
  readonly givenUp: boolean;
  readonly problem: Problem;
  /** It made the machine unhealthy: only a newer commit begins anew. */
  readonly holds?: true;
}

/** A commit that is being tried: what was so before it was applied, kept until its end is known. */
export interface Trial {
  readonly commit: string;
  /** The newest generation of each scope. */
  readonly generations: Readonly<Record<Scope, number>>;
  /** Checks that failed already. */
  readonly failed: readonly string[];
  /** Nothing is left but to judge it. */
  readonly applied?: true;
  /** It made checks fail, and has to go. */
  readonly verdict?: Problem;
}

/** What omgd knows, and what `omg daemon status` shows. Times are RFC 3339. */
export interface State {
  readonly pid: number;
  readonly started: string;
  /** When this was written last: at least every half minute while omgd runs. */
  readonly beat: string;
  /** `queueing`: a round is due, and somebody's `omg team pull` has the turn. */
  readonly doing: "waiting" | "queueing" | "fetching" | "checking" | "applying" | "stopped";
  readonly channel: string;
  /** When the repository answered last. */
  readonly contact?: string;
  /** Why the last look at the repository brought nothing. */
  readonly fetchProblem?: Problem;
  /** The newest commit that is believed; `problem`: why no run can be about it. */
  readonly newest?: {
    readonly commit: string;
    readonly subject: string;
    readonly by: string;
    readonly time: string;
    readonly problem?: Problem;
  };
  /** The last commit that was applied. */
  readonly inForce?: { readonly commit: string; readonly time: string };
  /** What the newest commit would change, where it may not be applied. */
  readonly waiting?: { readonly commit: string; readonly changes: number };
  /** The machine beside the commit in force; absent where it changed, or could not be looked at, since somebody knew. */
  readonly machine?: {
    /** `changing`: another run of omg is at work, and it is judged after that. */
    readonly state: "in sync" | "drifted" | "held" | "changing";
    readonly changes: number;
    readonly time: string;
  };
  /** Of applying the newest commit, and of putting drift back. */
  readonly rollForward?: Failures;
  readonly drift?: Failures;
  /** An apply of this commit was begun, and nobody saw its end. */
  readonly unfinished?: string;
  /** A commit whose health is not known yet. */
  readonly trial?: Trial;
  /** The machine's health after the last apply, by the checks of that commit's lock. `before`: those that had failed before it. */
  readonly health?: {
    readonly commit: string;
    readonly time: string;
    readonly checks: number;
    readonly failed: readonly string[];
    readonly before: readonly string[];
    readonly problem?: Problem;
  };
  /** Windows of the policies beside the newest commit, and beside the one in force; each list narrows the others. */
  readonly windows?: Readonly<Partial<Record<Purpose, readonly (readonly Window[])[]>>>;
  /** What these policies leave to be reported alone. */
  readonly reportOnly?: Readonly<Partial<Record<Purpose, boolean>>>;
  /** Teammates on the local network, where they are looked for. */
  readonly peers?: {
    /** Names of those who answered lately. */
    readonly near: readonly string[];
    /** Interfaces that are left out: because they cost by volume, and because they are not there. */
    readonly metered: readonly string[];
    readonly missing: readonly string[];
    /** This machine's key, where the team does not list it. */
    readonly unlisted?: string;
    readonly problem?: string;
  };
  /** Commits that teammates sent last and that do not count. */
  readonly refused?: readonly { readonly teammate: string; readonly message: string }[];
  /** The kernel has no more watches: files are looked at every few seconds. */
  readonly unwatched?: true;
  /** Why config.toml is not read anew. */
  readonly configProblem?: Problem;
  /** Files and folders that tell when this machine changed. */
  readonly watch: readonly string[];
}

/** What is new in it; undefined for what is no more. */
export type StateChange = { readonly [K in keyof State]?: State[K] | undefined };

export function changed(state: State, change: StateChange): State {
  const all = Object.entries({ ...state, ...change }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as unknown as State;
}

/** What makes nothing run that changes the machine. */
export interface Suspension {
  readonly reason: string;
  readonly by: string;
  readonly since: string;
}

const MAX_BYTES = 1 << 20;

/** What an omgd wrote last; undefined where none did, and where it cannot be read: all of it can be found out anew. */
export function readState(path: string): State | undefined {
  const value = readJson(path) as Partial<State> | undefined;
  return typeof value?.channel === "string" && Array.isArray(value.watch) ? (value as State) : undefined;
}

/** `soon`: without waiting for the disk. */
export function writeState(path: string, state: State, how: "durably" | "soon"): void {
  makeFolder(dirname(path));
  const write = how === "soon" ? writeSoon : writeAtomic;
  write(path, `${JSON.stringify(state, undefined, 1)}\n`, 0o600);
}

/** A file that is there suspends, also one that says nothing more. */
export function readSuspension(path: string): Suspension | undefined {
  if (readIfPresent(path, MAX_BYTES) === undefined) return undefined;
  const { reason, by, since } = (readJson(path) ?? {}) as Partial<Suspension>;
  return { reason: String(reason ?? "no reason was given"), by: String(by ?? "somebody"), since: String(since ?? "") };
}

function readJson(path: string): unknown {
  try {
    const value: unknown = JSON.parse(readIfPresent(path, MAX_BYTES)?.toString("utf8") ?? "null");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
