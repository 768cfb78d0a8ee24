import type { Runtime } from "../../schema/runtimes/names.ts";

/** Addresses of one runtime in config.toml. */
export interface RuntimeSettings {
  readonly mirror?: string;
  readonly index?: string;
  readonly keys?: string | false;
}

export interface RuntimeOptions {
  readonly runtime: Runtime;
  /** The user's data folder. */
  readonly data: string;
  /** A folder of this user's for answers that can be had again. */
  readonly cache: string;
  /** A folder of this user's for the newest versions that lists had. */
  readonly state: string;
  /** Folders where people put keys, in the order in which they count. */
  readonly trust: readonly string[];
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
  readonly settings: () => Promise<RuntimeSettings & { readonly github?: string }>;
}
