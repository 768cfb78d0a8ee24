import { dirname, join } from "node:path";
import type { Context } from "../app/context.ts";
import { preparedPlaces } from "../app/prepared/kept.ts";
import { makeFolder } from "../host/files.ts";
import { removeLeftovers } from "../host/leftovers.ts";
import { acquireLock } from "../host/lock.ts";
import { takeUserSignals } from "../host/no-debugger.ts";
import { OmgError } from "../schema/error.ts";
import { type Book, openBook, type Tell } from "./book.ts";
import { runOmg } from "./child.ts";
import { type Reason, untilPoll, untilRetry, untilSchedule } from "./decide.ts";
import { openPeers, type Peers } from "./peers/service.ts";
import { openPresence, type Presence, takeLease } from "./presence.ts";
import { problemOf } from "./problem.ts";
import { openQueue, type Queue } from "./queue.ts";
import { goRound } from "./round.ts";
import type { Print } from "./serve/query.ts";
import { serve } from "./serve/service.ts";
import { configFolderOf, foldersOf, readSettings, type Settings } from "./settings.ts";
import { type Laid, openLaid } from "./source/laid.ts";
import type { StateChange } from "./state.ts";
import { tellReady } from "./units/ready.ts";
import { openWatch, type Watch } from "./watch.ts";
import { untilOpen } from "./windows/here.ts";

/** How long until it is tried again where somebody else was at work. Milliseconds. */
const BUSY_MS = 2000;
/** The same where this machine's own disk or memory broke a round off. */
const BROKEN_MS = 30_000;

/** What an omgd has, beside what it knows. */
interface Daemon {
  readonly ctx: Context;
  readonly tell: Tell;
  readonly book: Book;
  readonly queue: Queue;
  /** The machine, and what people edit. */
  readonly machine: Watch;
  readonly own: Watch;
  readonly laid: Laid;
  /** What others find this omgd by. */
  readonly presence: Presence;
  readonly peers: Peers;
}

/**
 * omgd in the foreground: follows the repository and looks after the machine until the context's signal. Resolves when the run that is
 * under way has ended. It only waits and starts children; whatever it knows it can lose at any instant.
 * @throws OmgError `busy` where another omgd does, `no-repository`, `config-invalid`
 */
export async function daemonRun(ctx: Context, outer: Tell, print: Print): Promise<void> {
  takeUserSignals(() => undefined);
  const settings = await readSettings(ctx);
  const folders = foldersOf(ctx);
  makeFolder(folders.all);
  const lease = await takeLease(folders.lease);
  const now = ctx.now();
  for (const folder of [folders.all, dirname(preparedPlaces(ctx).machine)]) removeLeftovers(folder, now);
  const queue = openQueue(ctx.signal);
  const onHangUp = () => queue.wake("asked");
  process.on("SIGHUP", onHangUp);
  const reconcile = () => queue.wake("asked");
  const service = await serve({ ctx, reconcile, print, tell: outer, metricsPort: settings.metrics });
  const { tell } = service;
  const presence = openPresence({ lease, leasePath: folders.lease, service, onChange: () => queue.wake("machine") });
  const [machine, own] = [openWatch(() => queue.wake("machine")), openWatch(() => queue.wake("settings"))];
  const book = openBook(ctx, settings, tell);
  const laid = openLaid({
    folders,
    tell,
    needed: () => [book.state().newest, book.state().inForce].flatMap((each) => each?.commit ?? []),
    onChange: () => queue.wake("machine"),
    layOut: (commit) => runOmg(ctx, ["daemon", "fetch", "--again", commit]),
  });
  const peers = openPeers(ctx, book, {
    onNews: () => queue.wake("news"),
    onChange: () => queue.later("poll", untilTurn(peers, settings)),
  });
  try {
    await tellReady(ctx);
    queue.wake("start");
    void peers.look(settings);
    await goOn({ ctx, tell, book, queue, machine, own, laid, presence, peers }, settings);
  } finally {
    process.off("SIGHUP", onHangUp);
    queue.end();
    machine.end();
    own.end();
    laid.end();
    await peers.end();
    book.close();
    await service.end();
    presence.end();
  }
}

/** Round after round, each by the settings that are there then. */
async function goOn(daemon: Daemon, first: Settings): Promise<void> {
  const { ctx, book, queue, machine, own, presence, peers } = daemon;
  let settings = first;
  for (;;) {
    const reasons = inTurn(peers, await queue.next());
    if (ctx.signal.aborted) return;
    await presence.look();
    const isTime = (["poll", "told", "start"] as const).some((reason) => reasons.has(reason));
    if (isTime) queue.later("poll", peers.turn()?.nextMs ?? untilPoll(settings, Math.random));
    machine.set(book.state().watch);
    settings = await unbroken(daemon, settings, reasons);
    void peers.look(settings);
    own.set(ownFiles(ctx, settings));
    // What changed before somebody looked after it would be missed.
    if (machine.set(book.state().watch)) queue.wake("machine");
    sayShort(daemon);
  }
}

/** That there are no more watches is written where `omg daemon status` finds it. */
function sayShort({ book, machine, own, tell }: Daemon): void {
  const unwatched = machine.short() || own.short() ? true : undefined;
  if (unwatched === book.state().unwatched) return;
  try {
    book.keep({ unwatched });
  } catch (error) {
    tell([{ about: "omgd", tone: "bad", text: error instanceof Error ? error.message : String(error) }]);
  }
}

/** When the repository's time comes, one of those who are near looks at it, and the others hear of it. */
function inTurn(peers: Peers, reasons: ReadonlySet<Reason>): ReadonlySet<Reason> {
  if (!reasons.has("poll") || peers.turn()?.asks !== false) return reasons;
  return new Set([...reasons].map((reason) => (reason === "poll" ? "told" : reason)));
}

/** Milliseconds. */
function untilTurn(peers: Peers, settings: Settings): number {
  const turn = peers.turn();
  if (turn === undefined) return untilPoll(settings, Math.random);
  return turn.asks ? 0 : turn.nextMs;
}

/** A round that cannot write what it knows changes nothing more, and comes again. */
async function unbroken(daemon: Daemon, before: Settings, reasons: ReadonlySet<Reason>): Promise<Settings> {
  const { ctx, tell, book, queue, laid, peers } = daemon;
  const busy = new Set<Reason>();
  const began = ctx.now();
  let settings = before;
  try {
    settings = await reread(daemon, before);
    const soon = (reason: Reason) => busy.add(reason);
    const { state, keep } = book;
    const going = settings;
    const gather = () => peers.gather(going);
    const tellTeam = () => void peers.look(going);
    const turn = await acquireLock(foldersOf(ctx).turn);
    if (!turn.held) {
      // Somebody's `omg team pull` reads the lock of its commit: the round comes when that is done.
      for (const reason of reasons) soon(reason);
      if (state().doing !== "queueing") keep({ doing: "queueing" });
    } else {
      const moved = queue.signalOf("machine");
      const round = { ctx, settings, reasons, state, keep, soon, moved, laid, gather, tellTeam };
      await goRound(round).finally(() => turn.release());
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = { code: "round-broken", message, details: [], state: undefined, hint: undefined };
    const problem = error instanceof OmgError ? problemOf(error) : unknown;
    tell([{ about: "omgd", tone: "bad", text: "broke a round off, and tries again soon", problem }]);
    queue.later("poll", BROKEN_MS);
  }
  const state = book.state();
  const waits = {
    retry: untilRetry(state, ctx.now(), began),
    window: untilOpen(state, settings, ctx.now()),
    schedule: untilSchedule(settings, ctx.now()),
  };
  for (const [reason, wait] of Object.entries(waits)) if (wait !== undefined) queue.later(reason as Reason, wait);
  for (const reason of busy) queue.later(reason, BUSY_MS);
  return settings;
}

/** A config.toml that was edited counts from the next round on; one that is broken does not. */
async function reread({ ctx, book }: Daemon, settings: Settings): Promise<Settings> {
  try {
    const found = await readSettings(ctx);
    book.goBy(found);
    const moved = found.channel !== settings.channel;
    if (moved || book.state().configProblem !== undefined)
      book.keep({ ...(moved ? { channel: found.channel, ...FORGOTTEN } : {}), configProblem: undefined });
    return found;
  } catch (error) {
    if (!(error instanceof OmgError)) throw error;
    book.keep({ configProblem: problemOf(error) });
    return settings;
  }
}

/** Everything that is about one channel. */
const FORGOTTEN: StateChange = {
  contact: undefined,
  refused: undefined,
  fetchProblem: undefined,
  newest: undefined,
  inForce: undefined,
  waiting: undefined,
  machine: undefined,
  rollForward: undefined,
  drift: undefined,
  unfinished: undefined,
  windows: undefined,
  reportOnly: undefined,
  trial: undefined,
  health: undefined,
};

/** What people edit: then everything is looked at anew. */
function ownFiles(ctx: Context, { signers, release }: Settings): readonly string[] {
  const config = configFolderOf(ctx);
  const suspension = foldersOf(ctx).suspension;
  const files = ["config.toml", "policy.toml"].map((name) => join(config, name));
  const keys = [signers, ...(release === undefined ? [] : [release.signers])];
  return [...files, ...keys.flatMap((folder) => [folder, join(folder, "allowed_signers")]), suspension];
}
