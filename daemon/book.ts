import type { Context } from "../app/context.ts";
import { outdated, renewStatus } from "./beat.ts";
import { asOf } from "./clock.ts";
import { openNotifier } from "./notify/notifier.ts";
import { foldersOf, type Settings } from "./settings.ts";
import { changed, readState, readSuspension, type State, type StateChange, writeState } from "./state.ts";
import { openReporter } from "./team/reporter.ts";
import { OVER, type Telling, tellingsOf } from "./tell.ts";

/** Hears what is new, as it happens. */
export type Tell = (tellings: readonly Telling[]) => void;

/** What omgd knows: on the disk before it counts, and told as it changes. */
export interface Book {
  readonly state: () => State;
  /** Errors of the disk pass, and then nothing has changed. */
  readonly keep: (change: StateChange) => void;
  /** By what is told: whoever reads config.toml anew says so. */
  readonly goBy: (settings: Settings) => void;
  readonly close: () => void;
}

/** Less than the half minute that is promised: a busy machine's timers come late. */
const BEAT_MS = 25_000;

export function openBook(ctx: Context, first: Settings, tell: Tell): Book {
  const { state: path, suspension, outbox } = foldersOf(ctx);
  let settings = first;
  let state = begin(ctx, path, first);
  const said = openTeller(tell);
  const notifier = openNotifier(ctx, outbox, (text) => tell([{ about: "omgd", tone: "warn", text }]));
  const reporter = openReporter(ctx, (why) =>
    tell([{ about: "omgd", tone: "warn", text: `the team is not told how this machine is: ${why}` }]),
  );
  const put = (change: StateChange, how: "durably" | "soon") => {
    const now = ctx.now();
    const next = asOf(now, changed(state, { ...change, beat: now.toISOString() }), settings);
    writeState(path, next, how);
    state = next;
    const tellings = tellingsOf(state, settings, readSuspension(suspension), now);
    said(tellings);
    notifier.hear(tellings, settings);
    reporter.hear(next, settings);
  };
  const putSoon = (change: StateChange) => {
    try {
      put(change, "soon");
    } catch {
      // a status that is older than it should be says so itself
    }
  };
  put({}, "durably");
  const beat = setInterval(() => {
    const isAtRest = state.doing === "waiting" && state.machine?.state !== "changing";
    putSoon(isAtRest ? outdated(state, ctx.now()) : {});
    renewStatus(ctx, state);
  }, BEAT_MS);
  return {
    state: () => state,
    keep: (change) => put(change, "durably"),
    goBy: (next) => {
      settings = next;
    },
    close: () => {
      clearInterval(beat);
      notifier.end();
      reporter.end();
      putSoon({ doing: "stopped" });
    },
  };
}

/** What an earlier omgd knew of the same channel counts on; of another, nothing does. */
function begin(ctx: Context, path: string, { channel }: Settings): State {
  const now = ctx.now().toISOString();
  const before = readState(path);
  const kept = before?.channel === channel ? before : { watch: [] };
  return { ...kept, channel, pid: process.pid, started: now, beat: now, doing: "waiting" };
}

/** Passes on what was not said before, and what is over. */
function openTeller(tell: Tell): Tell {
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
