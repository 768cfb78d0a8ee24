import type { Loosening } from "../policy/index.ts";
import type { Emit } from "../schema/model/events.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { LockEditing } from "./results.ts";

/** What a command knows of the world it was started in. Nothing below `app/` reads `process` for these. */
export interface Context {
  /** Absolute; where the search for omg.lock starts. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly user: string;
  readonly home: string;
  /** Running as root for another user: overrides from the environment do not count. */
  readonly elevated: boolean;
  readonly now: () => Date;
  readonly emit: Emit;
  /** Asks the person; absent where there is nobody to ask. */
  readonly confirm?: (plan: Plan, edit?: LockEditing) => Promise<boolean>;
  /** Shows in what a policy.toml asks for less than before and asks whether to accept that; absent where there is nobody to ask. */
  readonly accept?: (path: string, loosenings: readonly Loosening[]) => Promise<boolean>;
  /**
   * Shows text of others and asks about it; absent where there is nobody to ask, or where `--yes` agreed beforehand to what the lock says.
   */
  readonly ask?: (about: {
    readonly title: string;
    readonly text: string;
    readonly question: string;
  }) => Promise<boolean>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Folder of the bundles, for the package manager's hook and for `omg setup`. */
  readonly program: string;
}

/** Options that several commands share. */
export interface Selection {
  /** Path of the lock; default: the nearest omg.lock upwards, then the user's own. */
  readonly lock?: string;
  /** Provider names; `runtimes` means all of them. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
}
