/** Where a change takes effect: for everybody on the machine, or for one user. */
export type Scope = "system" | "user";

/** Global name of a resource: its provider, a dot, its name there. `apt.ripgrep`, `apt.libc6:i386`, `shell.env.EDITOR`. */
export type Address = `${string}.${string}`;

/** What a resource is made of, as far as omg compares it: `version`, `auto`, `hold`, `value`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/**
 * How the machine holds a resource.
 * `residual`: removed, its configuration files left. `needs-repair`: an interrupted or failed change. `unavailable`: it
 * is there, and could not be read.
 */
export type Health = "installed" | "residual" | "needs-repair" | "unavailable";

/** One resource as the machine has it now. */
export interface ObservedResource {
  readonly name: string;
  readonly health: Health;
  /** Why it is not simply `installed`, in words. */
  readonly reason?: string;
  readonly attributes: Attributes;
  /** Somebody asked for it by name; it did not come along as a dependency. */
  readonly requested: boolean;
  /** No configured source offers it. Absent: it was not looked up. */
  readonly foreign?: boolean;
  /** Names of the sources that offer this very version, as `from` in the lock. Absent: it was not looked up. */
  readonly origins?: readonly string[];
  /** Never to be removed, whatever is asked, and why: `Essential`, `the running kernel`. */
  readonly protectedBy?: string;
}

/** What one provider saw. Missing resources are simply absent from `resources`. */
export interface Observed {
  readonly provider: string;
  readonly resources: ReadonlyMap<string, ObservedResource>;
  /** What an interrupted run of the package manager left to do, in words; empty when nothing. */
  readonly interrupted: readonly string[];
  /** Numbers for the status file; a key that is missing could not be counted. */
  readonly counts: {
    readonly total?: number;
    readonly explicit?: number;
    readonly orphans?: number;
    readonly updates?: number;
  };
}
