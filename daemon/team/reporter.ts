import { hostname } from "node:os";
import { join } from "node:path";
import type { Context } from "../../app/context.ts";
import { ownNote } from "../../app/team/host.ts";
import { readIfPresent, writeSoon } from "../../host/files.ts";
import { readPlatform } from "../../host/platform.ts";
import manifest from "../../package.json" with { type: "json" };
import { msUntil } from "../clock.ts";
import { foldersOf, type Settings, scopeOf } from "../settings.ts";
import { mirrorOf } from "../source/head.ts";
import type { State } from "../state.ts";

/** Leaves word for the team of how this machine is, beside the loop, which never waits for it. */
export interface Reporter {
  /** All that is so now. Never throws. */
  hear(state: State, settings: Settings): void;
  end(): void;
}

/** A note that is not renewed is worth nothing after this. Milliseconds. */
const LASTS_MS = 3 * 86_400_000;
const RENEWED_MS = 86_400_000;
/** After the server did not take it. */
const FAILED_MS = 900_000;

/** What was said last, so that a restart does not say it again. */
interface Said {
  readonly what: string;
  /** Milliseconds. */
  readonly at: number;
}

/** @param complain hears why the server did not take a note; once, until it takes one */
export function openReporter(ctx: Context, complain: (why: string) => void): Reporter {
  const path = join(foldersOf(ctx).all, "note.json");
  let said = readSaid(path);
  let latest: { readonly what: string; readonly state: State; readonly settings: Settings } | undefined;
  let busy = false;
  let failedAt = Number.NEGATIVE_INFINITY;
  let complained = false;
  let timer: NodeJS.Timeout | undefined;

  return {
    hear: (state, settings) => {
      if (state.doing !== "waiting" || state.machine?.state === "changing") return;
      latest = settings.notes === undefined ? undefined : { what: whatOf(state, settings), state, settings };
      plan();
    },
    end: () => {
      latest = undefined;
      clearTimeout(timer);
    },
  };

  function plan(): void {
    clearTimeout(timer);
    if (latest === undefined || busy || ctx.signal.aborted) return;
    const since = latest.what === said?.what ? RENEWED_MS : latest.settings.noteSeconds * 1000;
    const now = ctx.now();
    const due = Math.max(msUntil((said?.at ?? 0) + since, now, since), msUntil(failedAt + FAILED_MS, now, FAILED_MS));
    timer = setTimeout(() => void send(), Math.min(due, RENEWED_MS));
    timer.unref();
  }

  async function send(): Promise<void> {
    if (latest === undefined || busy) return;
    busy = true;
    const { what, state, settings } = latest;
    try {
      await publish(ctx, state, settings);
      said = { what, at: ctx.now().getTime() };
      writeSoon(path, JSON.stringify(said), 0o600);
      complained = false;
    } catch (error) {
      failedAt = ctx.now().getTime();
      if (!complained && !ctx.signal.aborted) complain(error instanceof Error ? error.message : String(error));
      complained = true;
    } finally {
      busy = false;
      plan();
    }
  }
}

function readSaid(path: string): Said | undefined {
  try {
    const { what, at } = JSON.parse(readIfPresent(path)?.toString("utf8") ?? "{}") as Partial<Said>;
    return typeof what === "string" && typeof at === "number" ? { what, at } : undefined;
  } catch {
    return undefined;
  }
}

/** All of a note that is news when it changes. */
function whatOf(state: State, settings: Settings): string {
  return JSON.stringify([settings.notes, contentOf(state)]);
}

function contentOf({ newest, inForce, machine, rollForward, drift, waiting }: State) {
  const commit = inForce?.commit ?? newest?.commit;
  const behind = newest !== undefined && inForce?.commit !== newest.commit;
  const failed = rollForward !== undefined || drift !== undefined || newest?.problem !== undefined;
  const own = machine === undefined || machine.state === "changing" ? "unknown" : machine.state;
  const state = failed ? "failed" : behind && own !== "drifted" ? "behind" : own;
  const changes = state === "behind" ? (waiting?.changes ?? 0) : (machine?.changes ?? 0);
  return { ...(commit === undefined ? {} : { commit }), state, changes } as const;
}

async function publish(ctx: Context, state: State, { notes = "", ssh }: Settings): Promise<void> {
  const now = ctx.now();
  const note = ownNote(ctx, scopeOf(ctx), {
    host: hostname()
      .replace(/[^ -~]/g, "-")
      .slice(0, 100),
    ...contentOf(state),
    omg: manifest.version,
    platform: readPlatform().platform,
    time: now.toISOString(),
    expires: new Date(now.getTime() + LASTS_MS).toISOString(),
  });
  if (note === undefined) throw new Error("this machine has no key of its own: omg team join makes one");
  const mirror = await mirrorOf(ctx, notes, ssh);
  await mirror.publish(note.reference, note.text, ctx.signal);
}
