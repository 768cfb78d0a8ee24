import { dirname, join } from "node:path";
import type { Context } from "../../app/context.ts";
import { buildOf } from "../../app/prepared/build.ts";
import { readPublished, statusPath } from "../../app/published-status.ts";
import { giveMemoryBack, keepHeapSmall } from "../../host/small-heap.ts";
import manifest from "../../package.json" with { type: "json" };
import { OmgError } from "../../schema/error.ts";
import { MAX_MESSAGE } from "../../schema/wire/frames.ts";
import { ownersQuestionIn, type Question, questionIn, type Standing } from "../../schema/wire/questions.ts";
import type { Tell } from "../book.ts";
import { lockPathOf, readSettings } from "../settings.ts";
import type { Telling } from "../tell.ts";
import { SERVICE_ENV } from "../units/service-env.ts";
import { openBatches } from "./batch.ts";
import type { Answerer, Manners } from "./client.ts";
import { answerOwner, type Controls } from "./control.ts";
import { type Indexer, openIndexer } from "./indexer.ts";
import { type MemoryStats, openMemory } from "./memory.ts";
import { metricsText } from "./metrics.ts";
import { answerQuestions, type Print, type Said, type Sources, type Told, type Whose } from "./query.ts";
import { openRehearsal } from "./rehearse.ts";
import { type OpenSocket, openSocket } from "./socket.ts";
import { openTurns } from "./turns.ts";

/** What omgd's loop has of its sockets. */
export interface Service {
  /** Says what is new, to those who listen there too. */
  readonly tell: Tell;
  /** Where they lie. */
  readonly paths: readonly string[];
  /** Makes those anew that somebody removed. @returns whether there were any */
  renew(): Promise<boolean>;
  end(): Promise<void>;
}

export interface ServiceOptions extends Pick<Controls, "ctx" | "reconcile"> {
  readonly print: Print;
  readonly tell: Tell;
  /** Port of the loopback for metrics. */
  readonly metricsPort: number | undefined;
}

const QUERY: Manners = { longest: 64 * 1024, ahead: 128 * 1024, slow: 5000, idle: 60_000 };
const CONTROL: Manners = { longest: MAX_MESSAGE, ahead: 2 * MAX_MESSAGE, slow: 5000, idle: 600_000 };
const CLIENTS = 250;
/** Of what commands print, and again of what questions are answered with. */
const MEMORY_BYTES = 2 << 20;
/** What nobody asks for takes no memory for ever; whether it is still true is looked at each time. */
const MEMORY_MS = 10 * 60_000;
/** After so long without a question, memory goes back to the system, where there is much of it. */
const QUIET_MS = 5000;

/**
 * Answers at query.sock, for everybody where this is the machine's omgd, and at control.sock for whoever runs it; both lie beside the published
 * status. Where they cannot be opened, that is said, and the loop goes on without.
 * @throws OmgError `busy` where another omgd answers there
 */
export async function serve(options: ServiceOptions): Promise<Service> {
  try {
    return await openService(options);
  } catch (error) {
    if (!(error instanceof Error) || (error instanceof OmgError && error.code === "busy")) throw error;
    options.tell([unanswered(error)]);
    return { tell: options.tell, paths: [], renew: async () => false, end: async () => undefined };
  }
}

function unanswered(error: Error): Telling {
  const { message, hint, state } =
    error instanceof OmgError ? error : { message: error.message, hint: undefined, state: undefined };
  const problem = { code: "no-socket", message, details: [], state, hint };
  return { about: "omgd", tone: "bad", text: "answers nobody", problem };
}

async function openService({ ctx, reconcile, print, tell, metricsPort }: ServiceOptions): Promise<Service> {
  keepHeapSmall();
  const started = Date.now();
  const build = buildOf(ctx);
  const memory = { said: openMemory<Said>(MEMORY_BYTES, MEMORY_MS), told: openMemory<Told>(MEMORY_BYTES, MEMORY_MS) };
  const forget = () => {
    memory.said.clear();
    memory.told.clear();
  };
  const remembered = () => sumOf(memory.said.stats(), memory.told.stats());
  const tiers: Record<Standing["tier"], number> = { memory: 0, index: 0, files: 0 };
  const idle = setTimeout(giveMemoryBack, QUIET_MS);
  const listeners = new Set<(tellings: readonly Telling[]) => void>();
  const sockets: Partial<Record<"query" | "control", OpenSocket>> = {};
  const indexer = await openIndexer(ctx, build, {
    onSwap: () => {
      forget();
      idle.refresh();
      rehearsal();
    },
    onFailure: (text) => tell([failure(text)]),
    onReplaced: () => tell([replaced(ctx)]),
  });
  const clientsOf = (name: "query" | "control") => sockets[name]?.clients() ?? { now: 0, refused: 0 };
  const metrics = () => {
    const published = readPublished(statusPath(ctx), ctx.uid);
    return metricsText({
      version: manifest.version,
      now: Math.floor(Date.now() / 1000),
      started: Math.floor(started / 1000),
      status: "status" in published ? published.status : undefined,
      prepared: indexer.current(),
      indexer: indexer.stats(),
      memory: remembered(),
      tiers,
      clients: { query: clientsOf("query"), control: clientsOf("control") },
      resident: process.memoryUsage.rss(),
    });
  };
  const sources: Sources = {
    ctx,
    build,
    indexer,
    memory,
    turns: openTurns(CLIENTS),
    batches: openBatches(),
    untaken: () => (sockets.query?.untaken() ?? 0) + (sockets.control?.untaken() ?? 0),
    print,
    metrics,
    count: (tier) => {
      tiers[tier] += 1;
    },
    cacheStats: () => ({ ...remembered(), answers: tiers, index: aboutIndex(indexer) }),
    started,
  };
  const forgetful = { said: openMemory<Said>(0, 0), told: openMemory<Told>(0, 0) };
  const answer = answerQuestions({ ...sources, memory: forgetful, count: () => {} }, "own");
  const rehearsal = openRehearsal({ current: indexer.current, ctx, print, answer }, () => idle.refresh());
  const clearCache = async () => {
    forget();
    await indexer.renew();
  };
  const listen: Controls["listen"] = (hear) => {
    listeners.add(hear);
    return () => listeners.delete(hear);
  };
  const lock = async () => lockPathOf(ctx, await readSettings(ctx));
  const answering = (whose: Whose): Answerer<Question> => {
    const answer = answerQuestions(sources, whose);
    return async (...asked) => {
      await answer(...asked);
      idle.refresh();
    };
  };
  const owners = answerOwner({ ctx, lock, reconcile, clearCache, listen }, answering("own"));
  const folder = dirname(statusPath(ctx));
  let closePort = () => {};
  const end = async () => {
    clearTimeout(idle);
    closePort();
    await Promise.all([sockets.query?.close(), sockets.control?.close(), indexer.end()]);
  };
  const isMachines = ctx.uid === 0 || folder === SERVICE_ENV.OMG_RUNTIME_DIR;
  const control = { path: join(folder, "control.sock"), mode: 0o600, clients: CLIENTS };
  const query = { path: join(folder, "query.sock"), mode: isMachines ? 0o666 : 0o600, clients: CLIENTS };
  const others = answering(isMachines ? "everybodys" : "own");
  const open = {
    control: () => openSocket(control, { read: ownersQuestionIn, answer: owners, manners: CONTROL }),
    query: () => openSocket(query, { read: questionIn, answer: others, manners: QUERY }),
  };
  try {
    sockets.control = await open.control();
    sockets.query = await open.query();
    if (metricsPort !== undefined) closePort = await openPort(metricsPort, metrics, tell);
    rehearsal();
  } catch (error) {
    await end();
    throw error;
  }
  const tellAll: Tell = (tellings) => {
    tell(tellings);
    for (const hear of listeners) hear(tellings);
  };
  const renew = async () => {
    const gone = (["control", "query"] as const).filter((name) => sockets[name]?.isThere() === false);
    for (const name of gone) {
      await sockets[name]?.close();
      try {
        sockets[name] = await open[name]();
        tellAll([{ about: "omgd", tone: "warn", text: `somebody removed ${name}.sock, which is there again` }]);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        tellAll([unanswered(error)]);
      }
    }
    return gone.length > 0;
  };
  return { tell: tellAll, paths: [control.path, query.path], renew, end };
}

function sumOf(one: MemoryStats, other: MemoryStats): MemoryStats {
  return {
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    hits: one.hits + other.hits,
    misses: one.misses + other.misses,
  };
}

/** `age`: seconds since what is on the disk was read, by this omgd or one before; null where nothing is there. */
function aboutIndex(indexer: Indexer): { readonly [name: string]: number | null } {
  const { builds, failures, lastMs } = indexer.stats();
  const made = indexer.current()?.made;
  const age = made === undefined ? null : Math.max(0, Math.floor((Date.now() - made) / 1000));
  return { builds, failures, lastMs: lastMs ?? null, age };
}

/** Without the port, everything else goes on. */
async function openPort(port: number, metrics: () => string, tell: Tell): Promise<() => void> {
  const { openMetricsPort } = await import("./metrics-port.ts");
  try {
    return await openMetricsPort(port, metrics);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = { code: "no-metrics-port", message, details: [], state: undefined, hint: undefined };
    tell([{ about: "omgd", tone: "bad", text: `hands out no metrics at port ${port}`, problem }]);
    return () => {};
  }
}

function replaced({ env, uid }: Context): Telling {
  const sudo = uid === 0 || env.OMG_RUNTIME_DIR === SERVICE_ENV.OMG_RUNTIME_DIR ? "sudo " : "";
  const problem = {
    code: "omg-replaced",
    message:
      "omg was changed or taken away since this omgd was started, and this one does not read what another works out.",
    details: [],
    state: "Commands answer by themselves.",
    hint:
      env.NOTIFY_SOCKET === undefined
        ? "End it, and start `omg daemon run` again."
        : `${sudo}omg daemon stop && ${sudo}omg daemon start`,
  };
  return {
    about: "omgd",
    tone: "warn",
    text: "is of an omg that is no longer there, and has to be started again",
    problem,
  };
}

function failure(message: string): Telling {
  const problem = {
    code: "not-prepared",
    message,
    details: [],
    state: "Commands answer by themselves.",
    hint: undefined,
  };
  return { about: "omgd", tone: "warn", text: "could not work out what it is asked, and tries again", problem };
}
