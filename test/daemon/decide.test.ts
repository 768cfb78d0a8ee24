import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  failedOnceMore,
  isBehind,
  isStale,
  looksAtRepository,
  looksAtTeammates,
  modeNow,
  mustWait,
  type Reason,
  untilPoll,
  untilRetry,
} from "../../daemon/decide.ts";
import type { Problem } from "../../daemon/problem.ts";
import type { Failures, State } from "../../daemon/state.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const [A, B] = ["a".repeat(40), "b".repeat(40)];
const PROBLEM: Problem = { code: "x", message: "x", details: [], state: undefined, hint: undefined };
const STATE: State = {
  pid: 1,
  started: NOW.toISOString(),
  beat: NOW.toISOString(),
  doing: "waiting",
  channel: "c",
  watch: [],
};
const newest = (commit: string) => ({ commit, subject: "", by: "", time: "" });
const inForce = (commit: string) => ({ commit, time: "" });
const only = (...reasons: Reason[]) => new Set(reasons);
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe("a newer commit", () => {
  it("is one that is believed, usable, and not in force", () => {
    expect(isBehind(STATE)).toBe(false);
    expect(isBehind({ ...STATE, newest: newest(A) })).toBe(true);
    expect(isBehind({ ...STATE, newest: newest(A), inForce: inForce(A) })).toBe(false);
    expect(isBehind({ ...STATE, newest: newest(B), inForce: inForce(A) })).toBe(true);
    expect(isBehind({ ...STATE, newest: { ...newest(B), problem: PROBLEM }, inForce: inForce(A) })).toBe(false);
  });

  it("is looked for by time and on request, and not because the machine moved", () => {
    expect(
      ["start", "poll", "again", "settings", "asked"].every((each) => looksAtRepository(only(each as Reason))),
    ).toBe(true);
    expect(looksAtRepository(only("machine", "retry"))).toBe(false);
  });
});

it("nothing is applied while it is suspended, and what is off stays off", () => {
  expect([modeNow("apply", true), modeNow("report", true), modeNow("off", true)]).toEqual(["report", "report", "off"]);
  expect(modeNow("apply", false)).toBe("apply");
});

describe("after failures", () => {
  const settings = { backoffSeconds: 30, tries: 3 };
  const fail = (before: Failures | undefined, commit = A, kind: "counts" | "outside" | "for good" = "counts") =>
    failedOnceMore(before, { commit, problem: PROBLEM, kind }, settings, NOW, () => 0);

  it("each wait is twice the last, and the third ends it; another commit begins anew", () => {
    const first = fail(undefined);
    const second = fail(first);
    const third = fail(second);
    expect([first, second].map(({ until }) => until)).toEqual([later(30).toISOString(), later(60).toISOString()]);
    expect([first, second, third].map(({ givenUp }) => givenUp)).toEqual([false, false, true]);
    expect(fail(third, B)).toMatchObject({ count: 1, givenUp: false });
  });

  it("what another try cannot mend ends it at once, and what a network broke never", () => {
    expect(fail(undefined, A, "for good").givenUp).toBe(true);
    let failures: Failures | undefined;
    for (let n = 0; n < 50; n++) failures = fail(failures, A, "outside");
    expect(failures).toMatchObject({ givenUp: false, until: later(3600).toISOString() });
  });

  it("it waits for its time, for another commit, or for a person", () => {
    const failures = fail(undefined);
    expect(mustWait(failures, A, later(29), only("machine"))).toBe(true);
    expect(mustWait(failures, A, later(31), only("retry"))).toBe(false);
    expect(mustWait(failures, B, NOW, only("poll"))).toBe(false);
    const givenUp = { ...failures, givenUp: true };
    expect(mustWait(givenUp, A, later(9999), only("poll", "machine"))).toBe(true);
    for (const reason of ["asked", "settings", "start"] as const)
      expect(mustWait(givenUp, A, NOW, only("poll", reason))).toBe(false);
    expect(untilRetry({ ...STATE, drift: failures, rollForward: givenUp }, NOW, NOW)).toBe(30_000);
    expect(untilRetry({ ...STATE, rollForward: givenUp }, NOW, NOW)).toBeUndefined();
    // Due while the round was under way; and before it, when nothing but a mode or a window kept it from being tried.
    expect(untilRetry({ ...STATE, drift: failures }, later(40), later(29))).toBe(0);
    expect(untilRetry({ ...STATE, drift: failures }, later(40), later(31))).toBeUndefined();
  });

  it("machines that failed together do not come back together, and no wait is longer than an hour", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 0.999, noNaN: true }), (count, random) => {
        const before: Failures = { commit: A, count, until: "", givenUp: false, problem: PROBLEM };
        const { until } = failedOnceMore(
          before,
          { commit: A, problem: PROBLEM, kind: "outside" },
          settings,
          NOW,
          () => random,
        );
        const wait = Date.parse(until) - NOW.getTime();
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(3_600_000);
      }),
    );
    expect([0, 0.999].map((random) => Math.round(untilPoll({ pollSeconds: 100 }, () => random) / 1000))).toEqual([
      90, 110,
    ]);
  });
});

it("without an answer of the repository for too long nobody knows what counts", () => {
  const settings = { maxAgeSeconds: 3600 };
  expect(isStale(STATE, settings, later(3599))).toBe(false);
  expect(isStale(STATE, settings, later(3601))).toBe(true);
  expect(isStale({ ...STATE, contact: later(10).toISOString() }, settings, later(3601))).toBe(false);
});

describe("word of a newer commit", () => {
  const problem = { code: "repository-unreachable", message: "away", details: [], state: undefined, hint: undefined };
  it.each([
    [["news"], undefined, true],
    [["told"], undefined, false],
    [["news", "told"], undefined, true],
    [["news", "poll"], undefined, false],
    [["news", "start"], problem, true],
    [["poll"], problem, false],
  ] as const)("has teammates asked, woken by %j, after the repository: %j", (reasons, fetchProblem, expected) => {
    const state = fetchProblem === undefined ? {} : { fetchProblem };
    expect(looksAtTeammates(new Set(reasons), state)).toBe(expected);
  });
});
