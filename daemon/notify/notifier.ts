import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Context } from "../../app/context.ts";
import { jsonLine, snakeCase } from "../../schema/wire/json-names.ts";
import { msUntil } from "../clock.ts";
import { runCheck } from "../health/checks.ts";
import type { Settings } from "../settings.ts";
import type { Telling } from "../tell.ts";
import { newsOf } from "./news.ts";
import { type Channel, type Outbox, type Pending, readOutbox, writeOutbox } from "./outbox.ts";

/** Tells people what changed, beside the loop, which never waits for it. */
export interface Notifier {
  /** All that is so now. Never throws. */
  hear(tellings: readonly Telling[], settings: Settings): void;
  end(): void;
}

const FIRST_WAIT_MS = 1000;
const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 3_600_000;
/** Some twelve hours. */
const MOST_TRIES = 22;

/** @param path where it is kept what people know, and what is on its way: a restart neither loses nor repeats it */
export function openNotifier(ctx: Context, path: string, complain: (why: string) => void): Notifier {
  let outbox = readOutbox(path);
  let settings: Settings | undefined;
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  const keep = (next: Outbox) => {
    outbox = writeOutbox(path, next);
  };
  const deliver = async (): Promise<void> => {
    if (busy || settings === undefined || ctx.signal.aborted) return;
    busy = true;
    try {
      for (const each of outbox.pending.filter((one) => waitOf(one, ctx.now()) === 0)) {
        const rest = await attempt(ctx, settings, each, complain);
        if (ctx.signal.aborted) return;
        keep({ ...outbox, pending: outbox.pending.flatMap((one) => (one.id === each.id ? rest : [one])) });
      }
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    } finally {
      busy = false;
      clearTimeout(timer);
      const now = ctx.now();
      const wait = Math.max(SHORTEST_WAIT_MS, Math.min(...outbox.pending.map((one) => waitOf(one, now))));
      if (outbox.pending.length > 0 && !ctx.signal.aborted) timer = setTimeout(() => void deliver(), wait);
    }
  };
  return {
    hear: (tellings, now) => {
      const first = settings === undefined;
      settings = now;
      const channels = channelsOf(now);
      const { news, known } = newsOf(outbox.known, tellings);
      const pending = news.length === 0 || channels.length === 0 ? [] : [pendingOf(ctx, now, news, channels)];
      try {
        if (news.length > 0 || JSON.stringify(known) !== JSON.stringify(outbox.known))
          keep({ known, pending: [...outbox.pending, ...pending] });
      } catch (error) {
        complain(error instanceof Error ? error.message : String(error));
      }
      if (first || pending.length > 0) void deliver();
    },
    end: () => clearTimeout(timer),
  };
}

function waitOf({ until, tries }: Pending, now: Date): number {
  return msUntil(until, now, longestWait(tries));
}

function longestWait(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
}

/** @returns what is left to be done: nothing, or the same later */
async function attempt(
  ctx: Context,
  settings: Settings,
  pending: Pending,
  complain: (why: string) => void,
): Promise<readonly Pending[]> {
  const left: Channel[] = [];
  const tries = pending.tries + 1;
  for (const channel of pending.left) {
    const why = await send(ctx, settings, channel, pending);
    if (why === undefined || ctx.signal.aborted) continue;
    left.push(channel);
    if (tries === 1) complain(`a ${channel} notification is tried again: ${why}`);
    if (tries === MOST_TRIES) complain(`a ${channel} notification is given up: ${why}`);
  }
  if (left.length === 0 || tries >= MOST_TRIES) return [];
  const wait = longestWait(tries) * (1 - Math.random() / 2);
  return [{ ...pending, left, tries, until: ctx.now().getTime() + wait }];
}

function channelsOf({ notify }: Settings): readonly Channel[] {
  return (["webhook", "command", "desktop"] as const).filter((channel) => notify[channel] !== undefined);
}

function pendingOf(ctx: Context, { channel }: Settings, news: readonly Telling[], left: readonly Channel[]): Pending {
  const id = randomUUID();
  const changes = news.map(({ state: _, ...each }) => snakeCase(each));
  const body = jsonLine({ id, time: ctx.now().toISOString(), host: hostname(), channel, changes });
  const lines = news.map(({ about, text }) => `${about}: ${text}`);
  return { id, body, lines, urgent: news.some(({ tone }) => tone === "bad"), left, tries: 0, until: 0 };
}

/** What a channel needs is loaded when it has something to take. @returns why it was not taken */
async function send(
  ctx: Context,
  { notify }: Settings,
  channel: Channel,
  pending: Pending,
): Promise<string | undefined> {
  const { webhook, command } = notify;
  if (channel === "webhook" && webhook !== undefined) {
    const { post } = await import("./webhook.ts");
    return post(webhook, pending, ctx.now(), ctx.signal);
  }
  if (channel === "desktop") {
    const { show } = await import("./desktop.ts");
    await show(pending, ctx.signal);
  }
  if (channel !== "command" || command === undefined) return undefined;
  return (await runCheck("command", command, false, ctx.signal, `${pending.body}\n`)).why;
}
