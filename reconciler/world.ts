import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Emit } from "../schema/model/events.ts";
import type { Gate } from "../schema/model/gate.ts";
import type { Binding, Goal, Plan } from "../schema/model/plan.ts";
import type { ProvenanceDesk } from "../schema/model/provenance.ts";
import type { FindKept, Provider } from "../schema/model/provider.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Bases } from "./bases.ts";
import type { EvidenceBooks } from "./evidence.ts";
import type { Generations } from "./generations.ts";
import type { Log } from "./log.ts";
import type { RecordBook } from "./records.ts";
import type { Store } from "./store.ts";

/** Carries out one scope's part of a plan somewhere else: `omg-root`, reached through sudo. */
export interface RemoteWriter {
  /** Throws where it cannot be reached, before anything is asked, fetched or written for it. */
  ready(): void;
  /** Finishes or undoes what an interrupted run left. Emits `recovered` when there was something. */
  recover(world: World, scope: ScopeWorld): Promise<void>;
  /**
   * Applies exactly this plan's part of the scope, or refuses. When the world's signal is aborted, the other side stops where
   * nothing was begun yet, and otherwise finishes; this settles either way.
   * @returns the new generation's number
   */
  apply(world: World, scope: ScopeWorld, request: Request, plan: Plan): Promise<number>;
  /**
   * Tells the other side of a plan that policy refuses, where time alone will lift that: its days begin with what it saw
   * itself. Best effort: asks nobody for anything, changes nothing, and never throws.
   */
  notice(world: World, scope: ScopeWorld, request: Request, plan: Plan): Promise<void>;
}

/** One scope of the machine: its providers, and what omg remembers about it. */
export interface ScopeWorld {
  readonly scope: Scope;
  readonly providers: readonly Provider[];
  readonly bases: Bases;
  readonly generations: Generations;
  readonly log: Log;
  /** What every run found when it verified, as the log refers to it. */
  readonly evidence: EvidenceBooks;
  readonly records: RecordBook;
  readonly store: Store;
  /** What was kept when a lock was made. */
  readonly kept: FindKept;
  /** File whose lock makes this process the only writer of the scope. */
  readonly leasePath: string;
  /** Folder for what an apply needs while it runs; only the scope's owner can write it. */
  readonly workspace: string;
  /** Absent where this process writes the scope itself. */
  readonly remote?: RemoteWriter;
}

/** Everything a run works on. Composed in `app/`; the stages know nothing else. */
export interface World {
  /** In the order in which they are applied: system, then user. */
  readonly scopes: readonly ScopeWorld[];
  /** What the lock wants, of the providers that take part in this run. */
  readonly desired: readonly Desired[];
  readonly binding: Omit<Binding, "providers">;
  readonly gate: Gate;
  /** Teammates' machines on this network, asked before all other sources; absent, or nothing, where nobody is near. */
  readonly nearby?: () => Promise<ArtifactSource | undefined>;
  /** Absent where nobody's provenance is asked for. */
  readonly provenance?: ProvenanceDesk;
  readonly actor: string;
  /** Acting as root for somebody who is not: then what they can have written at will is limited. */
  readonly forOthers?: boolean;
  readonly host: string;
  readonly now: () => Date;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Writes the status file; best effort. */
  readonly publish: (snapshot: StatusSnapshot) => void;
}

/** What one run has to say for the status file. */
export interface StatusSnapshot {
  readonly state: "in sync" | "drifted" | "applying" | "failed" | "held";
  readonly counts: {
    readonly total?: number;
    readonly explicit?: number;
    readonly orphans?: number;
    readonly updates?: number;
  };
  /** Names and versions of all that is installed, as one digest; worked out when it is asked for. */
  readonly installed?: () => string;
  readonly drift?: number;
  readonly generation: number;
}

export interface Request {
  readonly goal: Goal;
  /** How far the run may go. `operations` stops before the first byte is fetched and lists what would run. */
  readonly until: "diff" | "plan" | "operations" | "end";
  readonly allowDowngrades: boolean;
  /** Refused while a rollback holds the machine: whoever starts the run has not been asked whether to go forward again. */
  readonly unlessHeld?: boolean;
  /** Asked once, with the finished plan, before anything changes. Throws to refuse. */
  readonly consent: (plan: Plan) => Promise<void>;
}

export function providersOf(world: World): readonly { readonly provider: Provider; readonly scope: ScopeWorld }[] {
  return world.scopes.flatMap((scope) => scope.providers.map((provider) => ({ provider, scope })));
}
