import type { Plan } from "./plan.ts";
import type { Scope } from "./resource.ts";
import type { Operation } from "./transaction.ts";

export type Stage =
  | "refresh"
  | "recover"
  | "observe"
  | "diff"
  | "plan"
  | "build"
  | "fetch"
  | "verify"
  | "apply"
  | "confirm"
  | "record"
  | "publish";

/** Everything the core tells the outside while it runs. Front ends render; the core never prints. */
export type Event =
  | { readonly type: "stage"; readonly stage: Stage; readonly state: "started" | "finished"; readonly scope?: Scope }
  | { readonly type: "planned"; readonly plan: Plan }
  | {
      readonly type: "fetching";
      readonly name: string;
      readonly done: number;
      readonly total: number;
      readonly bytes: number;
    }
  | {
      readonly type: "operation";
      readonly state: "started" | "finished";
      readonly operation: Operation;
      readonly index: number;
      readonly count: number;
    }
  /** The user's lock was written, and stays so whatever comes next. */
  | { readonly type: "edited"; readonly path: string }
  | { readonly type: "output"; readonly line: string }
  | { readonly type: "recovered"; readonly message: string }
  | { readonly type: "warning"; readonly message: string; readonly hint?: string };

/** Receives events as they happen; must not throw. */
export type Emit = (event: Event) => void;
