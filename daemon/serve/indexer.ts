import type { Context } from "../../app/context.ts";
import { buildOf } from "../../app/prepared/build.ts";
import { preparing } from "../../app/prepared/child.ts";
import { openPrepared, type Prepared } from "../../app/prepared/open.ts";
import { run } from "../../host/run.ts";
import { openVigil } from "./vigil.ts";

/** Keeps what questions are answered from as new as the files that it is read from. */
export interface Indexer {
  /** Undefined until there is something. */
  current(): Prepared | undefined;
  /** Resolves once `isTrue` knows of everything that was changed before. */
  caughtUp(): Promise<void>;
  /** Whether everything is as it was when `current` was made. */
  isTrue(): boolean;
  /** Whether a child is at work on newer answers. */
  readonly busy: () => boolean;
  readonly stats: () => { readonly builds: number; readonly failures: number; readonly lastMs: number | undefined };
  /** Somebody noticed that what is there is old. */
  refresh(): void;
  /** Works everything out anew, changed or not. Resolves once that is done. */
  renew(): Promise<void>;
  /** Ends the child, too. */
  end(): Promise<void>;
}

/** A package manager writes its files several times in one run. Milliseconds. */
const SETTLING = 200;
/** Whoever asks comes first, and whoever else uses the machine. */
const NICENESS = 10;
const LONGEST_WAIT = 300_000;

export interface Hears {
  /** Other answers are there. */
  readonly onSwap: () => void;
  /** They could not be worked out. */
  readonly onFailure: (message: string) => void;
  /** The omg that children are of is another one than this by now. Called once. */
  readonly onReplaced: () => void;
}

/** The work is a child's (`omg __prepare`); until it is done, what was known before goes on to be said. */
export async function openIndexer(ctx: Context, build: string, hears: Hears): Promise<Indexer> {
  const ended = new AbortController();
  const openNow = async (before?: Prepared) => {
    try {
      return await openPrepared(ctx, build, before);
    } catch {
      return undefined;
    }
  };
  let prepared = await openNow();
  let vigil = openVigil(prepared?.looked ?? [], () => soon());
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let [builds, failures, failed] = [0, 0, 0];
  let lastMs: number | undefined;
  let isReplaced = false;
  const fail = (message: string) => {
    failures += 1;
    failed += 1;
    if (isReplaced) return;
    isReplaced = buildNow(ctx) !== build;
    if (isReplaced) hears.onReplaced();
    else hears.onFailure(message);
  };
  const soon = (ms = SETTLING) => {
    if (ended.signal.aborted) return;
    if (running !== undefined) again = true;
    else timer ??= setTimeout(look, ms);
  };
  const isTrue = () => prepared !== undefined && vigil.stands();
  const look = () => {
    timer = undefined;
    if (!isTrue()) void work();
  };
  const work = (): Promise<void> => {
    running ??= once().finally(() => {
      running = undefined;
      if (failed > 0) soon(Math.min(1000 * 2 ** failed, LONGEST_WAIT));
      // What takes long must not go on all the time while packages are installed.
      else if (again || !isTrue()) soon(Math.max(SETTLING, lastMs ?? 0));
      again = false;
    });
    return running;
  };
  const once = async () => {
    const began = performance.now();
    const problem = await child(ctx, ended.signal);
    if (ended.signal.aborted) return;
    lastMs = performance.now() - began;
    if (problem !== undefined) return fail(problem);
    const next = await openNow(prepared);
    if (ended.signal.aborted) return next?.close();
    if (next === undefined) return fail("What was worked out cannot be read.");
    builds += 1;
    failed = 0;
    prepared?.close();
    prepared = next;
    vigil = vigil.next(next.looked);
    hears.onSwap();
  };
  soon(0);
  return {
    current: () => prepared,
    caughtUp: () => vigil.caughtUp(),
    isTrue,
    busy: () => running !== undefined,
    stats: () => ({ builds, failures, lastMs }),
    refresh: () => soon(),
    renew: async () => {
      await running;
      await work();
    },
    end: async () => {
      ended.abort();
      clearTimeout(timer);
      vigil.end();
      await running;
      clearTimeout(timer);
      prepared?.close();
      prepared = undefined;
    },
  };
}

/** Undefined where none is there. */
function buildNow(ctx: Context): string | undefined {
  try {
    return buildOf(ctx);
  } catch {
    return undefined;
  }
}

/** What is wrong, where something is. */
async function child(ctx: Context, signal: AbortSignal): Promise<string | undefined> {
  const { file, args, env } = preparing(ctx);
  try {
    const ran = await run(file, args, { env, cwd: "/", detached: true, signal, niceness: NICENESS });
    return ran.code === 0 ? undefined : ran.stderr.trim().slice(0, 2000) || `It ended with ${ran.code ?? ran.signal}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
