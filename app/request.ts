import type { ScopeWorld } from "../reconciler/world.ts";
import type { Desired, LockIdentity } from "../schema/model/desired.ts";

/** What the root side has to know of a run, besides its plan. Functions, since the world is composed around it. */
export interface PlanRequest {
  readonly lock: LockIdentity;
  readonly allowDowngrades: boolean;
  /** What the lock wants of system providers. */
  systemDesired(): readonly Desired[];
  systemScope(): ScopeWorld;
  /** Whether an interrupted run waits in the system's log. */
  interrupted(): boolean;
}
