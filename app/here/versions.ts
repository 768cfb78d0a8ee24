import { dirname, join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { isProgram } from "../../host/program.ts";
import { installedTools, installedVersions, toolsFolder, versionsFolder } from "../../host/runtimes.ts";
import { type Choice, choose } from "../../providers/runtimes/choose.ts";
import { asks, type Entry, faulty } from "../../providers/runtimes/version-files/entry.ts";
import { type Asked, askedFor, foldersUpwards, searchVersions } from "../../providers/runtimes/version-files/search.ts";
import { OmgError } from "../../schema/error.ts";
import { RUNTIMES } from "../../schema/runtimes/names.ts";
import type { Context } from "../context.ts";
import { type FoundLock, projectLock, readLockAt } from "../lock-file.ts";
import { type Configuration, isAllowed } from "./allowed.ts";
import { mainProgram } from "./programs.ts";
import { readVersionFile } from "./version-files.ts";
import type { Watched } from "./watched.ts";

/** What one runtime is in a folder. */
export interface RuntimeHere extends Choice {
  /** Its name, or that of another tool. */
  readonly runtime: string;
  /** What asked for it; absent where nothing did. Its line is 0 where only the lock's text would tell. */
  readonly asked?: Asked;
  /** The lock that asks for it has no pin of it for this platform yet. */
  readonly unpinned?: true;
  /** Of what is there, nothing has the program that the runtime is called by: where the first would have it. */
  readonly damaged?: string;
}

/** Everything that version files and locks say about a folder. */
export interface VersionsHere {
  readonly runtimes: readonly RuntimeHere[];
  /** What is asked for of tools that omg does not install. */
  readonly others: readonly Asked[];
  /** The project's lock, where there is one that can be read. */
  readonly lock?: FoundLock;
  /** Files that name folders of their own to take programs from. */
  readonly naming: readonly Configuration[];
}

/** Which version of each runtime a folder gets, and why. Reads files; runs nothing. `watched` gets all that it depends on. */
export async function versionsHere(ctx: Context, watched: Watched): Promise<VersionsHere> {
  const locked = await lockHere(ctx, watched);
  const found = searchVersions(ctx.cwd, {
    read: (path) => readVersionFile(ctx, watched, path),
    lock: (folder) => (locked !== undefined && folder === dirname(locked.path) ? locked : undefined),
  });
  const { data } = pathsFor("user", ctx);
  // What is installed of other tools, or asked for by the lock, is omg's as well.
  watched.look(toolsFolder(data), true);
  const tools = new Set([...installedTools(data), ...(locked?.entries.map(({ tool }) => tool) ?? [])]);
  const known = [...new Set([...RUNTIMES, ...[...tools].filter((tool) => tool !== "*").sort()])];
  const runtimes = known.map((runtime): RuntimeHere => {
    watched.look(versionsFolder(data, runtime), true);
    const asked = askedFor(found, runtime);
    const installed = installedVersions(data, runtime);
    if (asked?.fault !== undefined) return { runtime, places: [], missing: [], asked };
    if (asked !== undefined && namesFolder(asked) && !isAllowed(ctx, watched, configurationOf(asked)))
      return { runtime, places: [], missing: [], asked: { ...asked, fault: NOT_ALLOWED } };
    const choice = withDamage(runtime, watched, choose(runtime, { asked, installed, home: ctx.home }));
    if (asked === undefined) return { runtime, ...choice };
    const unpinned = asked.path === locked?.path && locked.lock?.lock.pins.runtimes?.[runtime] === undefined;
    return { runtime, ...choice, asked, ...(unpinned ? { unpinned } : {}) };
  });
  const naming = known
    .flatMap((runtime) => askedFor(found, runtime) ?? [])
    .filter(namesFolder)
    .map(configurationOf);
  const others = [...found.values()].filter(({ tool }) => tool !== "*" && !known.includes(tool));
  return { runtimes, others, naming, ...(locked?.lock === undefined ? {} : { lock: locked.lock }) };
}

/** A version whose folder lost its program must not become the one that PATH has. */
function withDamage(
  runtime: string,
  watched: Watched,
  choice: Choice,
): Pick<RuntimeHere, "places" | "missing" | "damaged"> {
  const programs = choice.places.map((place) => mainProgram(runtime, place, watched));
  const [first] = programs;
  const isThere = programs.some((program) => program === undefined || isProgram(program));
  return first === undefined || isThere ? choice : { ...choice, damaged: first };
}

const NOT_ALLOWED = "it names a folder to take programs from, which `omg allow` has to allow";

function namesFolder({ requests }: Asked): boolean {
  return requests.some((request) => request.startsWith("path:"));
}

function configurationOf({ path }: Asked): Configuration {
  return { path, includes: [] };
}

interface Locked {
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly lock?: FoundLock;
}

/** A lock that cannot be read may ask for anything. */
async function lockHere(ctx: Context, watched: Watched): Promise<Locked | undefined> {
  // One that `omg use` begins above this folder counts at the next prompt.
  for (const folder of foldersUpwards(ctx.cwd))
    if (watched.look(join(folder, "omg.lock"), true).found !== undefined) break;
  let path: string | undefined;
  try {
    path = projectLock(ctx, ctx.cwd);
    if (path === undefined) return undefined;
    const lock = await readLockAt(ctx, path, "drop");
    for (const include of lock.includes) watched.look(include);
    return { path, lock, entries: entriesOf(lock) };
  } catch (error) {
    if (!(error instanceof OmgError)) throw error;
    const at = path ?? nearestPath(watched);
    return { path: at, entries: [faultIn(at, error)] };
  }
}

/** The first problem of the lock itself, with its line; otherwise what is wrong with it as a whole. */
function faultIn(path: string, { message, details }: OmgError): Entry {
  const [first = ""] = details[0]?.split("\n") ?? [];
  const [, line, text] = (first.startsWith(`${path}:`) && /^:(\d+):\d+: (.+)$/.exec(first.slice(path.length))) || [];
  return text === undefined ? faulty("*", 1, message.replace(/\.$/, "")) : faulty("*", Number(line), text);
}

/** The pin of this platform, or else the request. */
function entriesOf({ lock: { runtimes, pins } }: FoundLock): Entry[] {
  return Object.entries(runtimes).map(([name, request]) =>
    asks(name, 0, pins.runtimes?.[name]?.version ?? (request === "*" ? "latest" : request.replace(/\.\*$/, ""))),
  );
}

function nearestPath({ stamps }: Watched): string {
  return stamps.findLast(({ found }) => found !== undefined)?.path ?? "/omg.lock";
}
