import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { asOf, msUntil } from "../../daemon/clock.ts";
import { failedOnceMore, isStale, mustWait, untilRetry } from "../../daemon/decide.ts";
import { openNotifier } from "../../daemon/notify/notifier.ts";
import type { Settings } from "../../daemon/settings.ts";
import type { State } from "../../daemon/state.ts";
import { until } from "../support/until.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const DAY = 86_400;
const COMMIT = "a".repeat(40);
const PROBLEM = { code: "x", message: "x", details: [], state: undefined, hint: undefined };
const SETTINGS = { backoffSeconds: 30, tries: 5, maxAgeSeconds: DAY };
const failed = (count: number) =>
  failedOnceMore(
    count === 1 ? undefined : { commit: COMMIT, count: count - 1, until: "", givenUp: false, problem: PROBLEM },
    { commit: COMMIT, problem: PROBLEM, kind: "outside" },
    SETTINGS,
    NOW,
    () => 0,
  );
const stateWith = (more: Partial<State>): State => ({
  pid: 1,
  started: NOW.toISOString(),
  beat: NOW.toISOString(),
  doing: "waiting",
  channel: "c",
  watch: [],
  ...more,
});

describe("a clock that was set back", () => {
  it("makes nothing wait for longer than it could have been told to", () => {
    for (const what of ["rollForward", "drift"] as const)
      for (const count of [1, 2, 9]) {
        const before = stateWith({ [what]: failed(count) });
        expect(asOf(NOW, before, SETTINGS)).toEqual(before);
        const after = asOf(at(-DAY), before, SETTINGS);
        expect(mustWait(after[what], COMMIT, at(-DAY), new Set(["retry"]))).toBe(false);
        expect(untilRetry(after, at(-DAY), at(-DAY))).toBe(0);
        // What is tried a moment too early is no matter; what waits for a little longer than it should, neither.
        expect(untilRetry(asOf(at(-10), stateWith({ drift: failed(1) }), SETTINGS), at(-10), at(-10))).toBe(0);
      }
  });

  it("makes the repository stale no later than it would have been", () => {
    const after = asOf(at(-DAY), stateWith({ contact: at(-60).toISOString() }), SETTINGS);
    expect(isStale(after, SETTINGS, at(-DAY))).toBe(false);
    expect(isStale(after, SETTINGS, at(1))).toBe(true);
    const never = asOf(at(-DAY), stateWith({}), SETTINGS);
    expect(isStale(never, SETTINGS, at(1))).toBe(true);
  });

  it("is told from a time that lies further ahead than it can", () => {
    expect([-1, 0, 1, 60_000, 60_001].map((ms) => msUntil(NOW.getTime() + ms, NOW, 60_000))).toEqual([
      0, 0, 1, 60_000, 0,
    ]);
  });
});

describe("a notification on its way", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-clock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is not kept for a day by a clock that was set back by one", async () => {
    const outbox = join(folder, "outbox.json");
    const [told, program] = [join(folder, "told"), join(folder, "tell")];
    writeFileSync(program, `#!/bin/sh\ncat > ${told}\n`, { mode: 0o755 });
    const later = { id: "1", body: "news", lines: ["news"], urgent: false, left: ["command"], tries: 3 };
    const pending = [{ ...later, until: Date.now() + DAY * 1000 }];
    writeFileSync(outbox, JSON.stringify({ known: {}, pending }));
    const { signal } = new AbortController();
    const command = { command: [program], limitSeconds: 10, as: undefined };
    const settings = { notify: { command } } as unknown as Settings;
    const notifier = openNotifier({ now: () => new Date(), signal } as Context, outbox, () => {});
    notifier.hear([], settings);
    await until(() => JSON.parse(readFileSync(outbox, "utf8")).pending.length === 0);
    notifier.end();
    expect(readFileSync(told, "utf8")).toBe("news\n");
  });
});
