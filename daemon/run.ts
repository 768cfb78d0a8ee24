import { join } from "node:path";
import type { Context } from "../app/context.ts";
import { makeFolder } from "../host/files.ts";
import { acquireLock, type Lock } from "../host/lock.ts";
import { OmgError } from "../schema/error.ts";
import { renewStatus } from "./beat.ts";
import { type Reason, untilPoll, untilRetry } from "./decide.ts";
import { problemOf } from "./problem.ts";
import { openQueue } from "./queue.ts";
import { goRound } from "./round.ts";
import { configFolderOf, foldersOf, readSettings, type Settings } from "./settings.ts";
import { changed, readState, readSuspension, type State, type StateChange, writeState } from "./state.ts";
import { type Telling, tellingsOf } from "./tell.ts";
import { openWatch } from "./watch.ts";

/** Hears what is new, as it happens. */
export type Tell = (tellings: readonly Telling[]) => void;

const BEAT_MS = 30_000;
/** How long until it is tried again where somebody else was at work. Milliseconds. */
const BUSY_MS = 2000;

/**
 * omgd in the foreground: follows the repository and looks after the machine until the context's signal. Resolves when the run that is
 * under way has ended. It only waits and starts children; whatever it knows it can lose at any instant.
 * @throws OmgError `busy` where another omgd does, `no-repository`, `config-invalid`
 */
export async function daemonRun(ctx: Context, tell: Tell): Promise<void> {
  const folders = foldersOf(ctx);
  let settings = await readSettings(ctx);
  makeFolder(folders.all);
  const lease = await leaseOf(folders.lease);
  const queue = openQueue(ctx.signal);
  const watch = openWatch(() => queue.wake("machine"));
  const own = openWatch(() => queue.wake("settings"));
  const onHangUp = () => queue.wake("asked");
  process.on("SIGHUP", onHangUp);
  let state = begin(ctx, settings);
  const said = openReporter(tell);
  const report = () => said(tellingsOf(state, settings, readSuspension(folders.suspension), ctx.now()));
  const keep = (change: StateChange, how: "durably" | "soon" = "durably") => {
    state = changed(state, { ...change, beat: ctx.now().toISOString() });
    writeState(folders.state, state, how);
    report();
  };
  const beat = setInterval(() => {
    keep({}, "soon");
    if (state.doing === "waiting" && state.machine !== undefined) renewStatus(ctx);
  }, BEAT_MS);
  keep({});
  queue.wake("start");
  try {
    while (!ctx.signal.aborted) {
      const reasons = await queue.next();
      if (ctx.signal.aborted) break;
      if (reasons.has("poll") || reasons.has("start")) queue.later("poll", untilPoll(settings, Math.random));
      settings = await reread(ctx, settings, keep);
      const busy = new Set<Reason>();
      await goRound({ ctx, settings, reasons, state: () => state, keep, soon: (reason) => busy.add(reason) });
      if (busy.has("poll")) queue.later("poll", BUSY_MS);
      const wait = busy.has("retry") ? BUSY_MS : untilRetry(state, ctx.now());
      if (wait !== undefined) queue.later("retry", wait);
      watch.set(state.watch);
      own.set(ownFiles(ctx, settings));
    }
  } finally {
    process.off("SIGHUP", onHangUp);
    clearInterval(beat);
    queue.end();
    watch.end();
    own.end();
    keep({ doing: "stopped" });
    lease.release();
  }
}

/** What an earlier omgd knew of the same channel counts on; of another, nothing does. */
function begin(ctx: Context, { channel }: Settings): State {
  const now = ctx.now().toISOString();
  const before = readState(foldersOf(ctx).state);
  const kept = before?.channel === channel ? before : { watch: [] };
  return { ...kept, channel, pid: process.pid, started: now, beat: now, doing: "waiting" };
}

async function leaseOf(path: string): Promise<Extract<Lock, { held: true }>> {
  const lock = await acquireLock(path);
  if (lock.held) return lock;
  throw new OmgError({
    code: "busy",
    exit: "busy",
    message: `Another omgd follows already: ${lock.by}.`,
    state: "This one did nothing.",
    hint: "`omg daemon status` shows what it does.",
  });
}

/** A config.toml that was edited counts from the next round on; one that is broken does not. */
async function reread(ctx: Context, settings: Settings, keep: (change: StateChange) => void): Promise<Settings> {
  try {
    const found = await readSettings(ctx);
    if (found.channel !== settings.channel) keep({ channel: found.channel, ...FORGOTTEN, configProblem: undefined });
    else keep({ configProblem: undefined });
    return found;
  } catch (error) {
    if (!(error instanceof OmgError)) throw error;
    keep({ configProblem: problemOf(error) });
    return settings;
  }
}

/** Everything that is about one channel. */
const FORGOTTEN: StateChange = {
  contact: undefined,
  fetchProblem: undefined,
  newest: undefined,
  inForce: undefined,
  waiting: undefined,
  machine: undefined,
  rollForward: undefined,
  drift: undefined,
  unfinished: undefined,
};

/** What people edit: then everything is looked at anew. */
function ownFiles(ctx: Context, { signers }: Settings): readonly string[] {
  const config = configFolderOf(ctx);
  const suspension = foldersOf(ctx).suspension;
  return [
    join(config, "config.toml"),
    join(config, "policy.toml"),
    signers,
    join(signers, "allowed_signers"),
    suspension,
  ];
}

/** What is said of a thing that is no more. */
const OVER: Readonly<Partial<Record<Telling["about"], string>>> = {
  suspension: "no more: what may be applied is applied",
  settings: "config.toml counts as it is",
  drift: "no longer in the way",
};

/** Passes on what was not said before, and what is over. */
function openReporter(tell: Tell): Tell {
  let known = new Map<Telling["about"], string>();
  return (tellings) => {
    const all = new Map(tellings.map(({ about, text, problem }) => [about, JSON.stringify([text, problem])] as const));
    const fresh = tellings.filter(({ about }) => known.get(about) !== all.get(about));
    const over = [...known.keys()].flatMap((about): Telling[] => {
      const text = all.has(about) ? undefined : OVER[about];
      return text === undefined ? [] : [{ about, tone: "good", text }];
    });
    known = all;
    if (fresh.length + over.length > 0) tell([...over, ...fresh]);
  };
}
