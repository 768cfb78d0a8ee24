import { dirname, join } from "node:path";
import { OmgError } from "../schema/error.ts";
import { type GitOptions, git, gitOk, lastLines } from "./git.ts";
import { type Bare, bareIn, type Mirror } from "./git-mirror.ts";
import { acquireLock } from "./lock.ts";
import { discard, workerFolder } from "./worker.ts";

/** What some commits bring over others, as git's own pack. Bytes. */
export const LARGEST_PACK = 16 << 20;

/**
 * Whoever makes a pack chooses what git has to unfold of it, and how long that takes: memory in bytes, time in milliseconds. Its own
 * windows on what is here already are kept small beside that.
 */
const BOUNDS = {
  memory: 2 * 2 ** 30,
  timeoutMs: 60_000,
  config: ["core.packedGitWindowSize=16m", "core.packedGitLimit=64m"],
} as const;

/**
 * Everything that these commits rest on and those do not, as bytes.
 * @returns undefined where it is larger than `LARGEST_PACK`, or something is not here
 */
export async function packSince(
  { folder }: Bare,
  commits: readonly string[],
  without: readonly string[],
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const input = [...commits, ...without.map((name) => `^${name}`)].map((name) => `${name}\n`).join("");
  const args = ["pack-objects", "--quiet", "--stdout", "--revs", "--thin", "--delta-base-offset", "--threads=1"];
  const limits = { ...BOUNDS, maxOutputBytes: 2 * LARGEST_PACK, encoding: "latin1" } as const;
  const ran = await git(args, { folder, input, ...limits, ...(signal === undefined ? {} : { signal }) });
  const pack = Buffer.from(ran.stdout, "latin1");
  return ran.code === 0 && pack.length <= LARGEST_PACK ? pack : undefined;
}

/**
 * Unpacks what somebody sent beside a mirror, which stays as it is: every object is checked as in a fetch, and what they name has to be there. In the
 * repository that `act` gets are these objects and the mirror's; afterwards it is gone. One at a time.
 * @throws OmgError `pack-refused`, `busy`
 */
export async function withPack<T>(
  mirror: Mirror,
  pack: Uint8Array,
  signal: AbortSignal,
  act: (trial: Bare) => Promise<T>,
): Promise<T> {
  const folder = join(dirname(mirror.folder), "offered");
  const lock = await acquireLock(`${folder}.lock`);
  if (!lock.held) throw busy(lock.by);
  try {
    await discard(folder);
    workerFolder(folder);
    const shared = ["clone", "--quiet", "--bare", "--shared", "--template=", "--", mirror.folder, folder];
    await gitOk(shared, { protocols: "file", signal });
    await unpack(folder, pack, signal);
    return await act(bareIn(folder));
  } finally {
    await discard(folder);
    lock.release();
  }
}

/** Takes it into the mirror for good, and has these references of it point at these commits. @throws OmgError `pack-refused` */
export async function keepPack(
  { folder }: Mirror,
  pack: Uint8Array,
  references: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  await unpack(folder, pack, signal);
  for (const [name, commit] of Object.entries(references)) await gitOk(["update-ref", name, commit], { folder });
}

/** git-index-pack(1): `--strict` is what a fetch does with `fetch.fsckObjects`. */
async function unpack(folder: string, input: Uint8Array, signal: AbortSignal): Promise<void> {
  const args = ["index-pack", "--stdin", "--fix-thin", "--strict", "--threads=1", `--max-input-size=${LARGEST_PACK}`];
  const options: GitOptions = { folder, input, signal, ...BOUNDS };
  const ran = await git(args, options);
  if (ran.code === 0) return;
  throw new OmgError({
    code: "pack-refused",
    exit: "refused",
    message: `git does not take what was sent${ran.stopped === "timeout" ? " within a minute" : ""}.`,
    state: "Nothing of it was kept.",
    details: lastLines(ran.stderr),
  });
}

function busy(by: string): OmgError {
  return new OmgError({
    code: "busy",
    exit: "busy",
    message: `Another omg looks at what a teammate sent: ${by}.`,
    state: "Nothing was changed.",
    hint: "Try again in a moment.",
  });
}
