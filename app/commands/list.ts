import { miseFolder, miseTools, miseVersions } from "../../host/mise.ts";
import { pathsFor } from "../../host/paths.ts";
import { installedTools, installedVersions } from "../../host/runtimes.ts";
import type { OmgError } from "../../schema/error.ts";
import { isRuntime, RUNTIMES } from "../../schema/runtimes/names.ts";
import type { Candidate } from "../../schema/runtimes/request.ts";
import type { Context, Selection } from "../context.ts";
import { findLock, readLockAt } from "../lock-file.ts";
import { usage } from "../package-names.ts";
import { runtimeProvider, toolProvider } from "../providers.ts";

export interface ListOptions extends Pick<Selection, "lock"> {
  readonly runtime?: string;
  /** What could be installed, of one runtime. Asks its publisher. */
  readonly available?: boolean;
}

/** One version of a runtime. */
export interface ListedVersion {
  /** A runtime or tool that omg installs, or a name of mise's. */
  readonly runtime: string;
  readonly version: string;
  readonly installed: boolean;
  /** It holds everywhere where nothing else is asked for. */
  readonly current: boolean;
  /** The lock in reach pins it. */
  readonly pinned: boolean;
  /** As in `Candidate`. */
  readonly lts?: string;
  /** Who else installed it; absent for what omg did. */
  readonly by?: "mise";
}

export interface ListResult {
  readonly versions: readonly ListedVersion[];
  readonly available: boolean;
  /** The lock that is in reach. */
  readonly lock?: string;
}

/** What is installed of the runtimes, by omg and then by mise, or could be, the newest first. */
export async function list(ctx: Context, options: ListOptions): Promise<ListResult> {
  const { runtime, available = false } = options;
  if (available && runtime === undefined) throw usage("Of which runtime?", "Name one: `omg list node --available`.");
  const lock = findLock(ctx, options);
  const pins = lock === undefined ? undefined : (await readLockAt(ctx, lock, "drop")).lock.pins.runtimes;
  const own = installedTools(pathsFor("user", ctx).data);
  const chosen = runtime === undefined ? [...RUNTIMES, ...own] : [runtime];
  const parts = await Promise.all(chosen.map((each) => versionsOf(ctx, each, available, pins?.[each]?.version)));
  const others = runtime === undefined ? miseTools(ctx).filter((name) => !chosen.includes(name)) : [];
  const versions = [...parts.flat(), ...others.flatMap((name) => byMise(ctx, name))];
  if (versions.length === 0 && runtime !== undefined && !isRuntime(runtime)) throw nothingOf(runtime);
  return { versions, available, ...(lock === undefined ? {} : { lock }) };
}

function nothingOf(name: string): OmgError {
  return usage(
    `Nothing of ${name} is installed, and omg has no runtime of that name.`,
    `It has ${RUNTIMES.join(", ")}; \`omg list ${name} --available\` asks mise.`,
  );
}

async function versionsOf(
  ctx: Context,
  runtime: string,
  available: boolean,
  pinned: string | undefined,
): Promise<readonly ListedVersion[]> {
  const here = installedVersions(pathsFor("user", ctx).data, runtime);
  const known = available ? await published(ctx, runtime) : here;
  const own = known.map(({ version, lts }) => {
    const found = here.find((each) => each.version === version);
    return {
      runtime,
      version,
      installed: found !== undefined,
      current: found?.current === true,
      pinned: version === pinned,
      ...(lts === undefined ? {} : { lts }),
    };
  });
  return available ? own : [...own, ...byMise(ctx, miseFolder(runtime))];
}

/** @throws OmgError `usage` for what no lock could ask for */
async function published(ctx: Context, runtime: string): Promise<readonly Candidate[]> {
  if (isRuntime(runtime)) return runtimeProvider(ctx, runtime).available();
  const { requestProblem } = await import("../../schema/files/lock-edit.ts");
  if (requestProblem("runtimes", { name: runtime }) !== undefined)
    throw usage(`omg has no runtime ${runtime}.`, `It has ${RUNTIMES.join(", ")}, and tools that mise knows: jq.`);
  return toolProvider(ctx).available(runtime);
}

function byMise(ctx: Context, runtime: string): readonly ListedVersion[] {
  return miseVersions(runtime, ctx).map(({ version }) => ({
    runtime,
    version,
    installed: true,
    current: false,
    pinned: false,
    by: "mise",
  }));
}
