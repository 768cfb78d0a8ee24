import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { ApplyResult, CheckResult, LockEditing } from "../../../app/results.ts";
import { adoptScreen } from "../../../cli/render/adopt.ts";
import { applyScreen } from "../../../cli/render/apply.ts";
import { captureScreen } from "../../../cli/render/capture.ts";
import { checkScreen } from "../../../cli/render/check.ts";
import { editScreen } from "../../../cli/render/edit.ts";
import { errorScreen } from "../../../cli/render/error.ts";
import { historyScreen } from "../../../cli/render/history.ts";
import { lockScreen } from "../../../cli/render/lock.ts";
import { planScreen } from "../../../cli/render/plan.ts";
import { planQuestion } from "../../../cli/render/question.ts";
import { paint, type Screen } from "../../../cli/render/screen.ts";
import { type Line, width } from "../../../cli/render/segments.ts";
import { setupScreen } from "../../../cli/render/setup.ts";
import { statusScreen } from "../../../cli/render/status.ts";
import type { Operation } from "../../../schema/model/transaction.ts";
import {
  everyKindOfStep,
  fakeSha,
  fullPlan,
  refusedPlan,
  sampleDiff,
  samplePlan,
  sampleStep,
} from "../../support/plan-samples.ts";

const NOW = new Date("2026-11-15T09:00:00Z");
const screen = (columns: number, parts: Partial<Screen> = {}): Screen => ({
  columns,
  color: false,
  verbose: false,
  now: NOW,
  ...parts,
});
const PIPE = screen(Number.POSITIVE_INFINITY);
const show = (render: (on: Screen) => Line[], on: Screen) => paint(render(on), on);

const lock = { name: "web-team", repository: "https://git.example.org/web/env" };
const EXEC: Operation = {
  type: "exec",
  label: "let apt make the changes",
  file: "/usr/bin/apt-get",
  args: ["-o", "A::B=c d", "install", "telnet-"],
  env: {},
  show: true,
};

const check: CheckResult = {
  inSync: false,
  diff: {
    ...fullPlan().diff,
    changes: [
      {
        address: "apt.ripgrep",
        provider: "apt",
        name: "ripgrep",
        kind: "install",
        cause: "lock",
        before: null,
        after: null,
        request: "13.*",
      },
    ],
    unreadable: [{ address: "apt.broken", reason: "its entry has no Version" }],
  },
  lock: { ...lock, path: "/home/ada/web/omg.lock", commit: "3f2a91c07be1d2c3" },
  heldAt: 6,
  interrupted: ["an apply stopped at operation 3 of 5"],
  notes: ["a note", "a note"],
};

function applyResult(parts: Partial<ApplyResult> = {}): ApplyResult {
  const plan = parts.plan ?? fullPlan();
  return {
    plan,
    outcome: "applied",
    recovered: false,
    generations: { system: 7, user: 3 },
    operations: [EXEC],
    verdict: plan.verdict,
    ...parts,
  };
}

/** Every screen there is, with much on it. */
const EDITING: LockEditing = {
  path: "/srv/omg.lock",
  platform: "debian-12-amd64",
  created: true,
  requests: [
    { address: "apt.ripgrep", from: null, to: "13.* from debian" },
    { address: "apt.curl", from: "*", to: "7.88.1-10+deb12u14" },
    { address: "apt.telnet", from: "absent", to: null },
  ],
  pins: [
    {
      address: `apt.${"c".repeat(40)}`,
      from: "7.88.1-10+deb12u5",
      to: "7.88.1-10+deb12u14",
      source: "debian",
      auto: true,
    },
    { address: "apt.ripgrep", from: null, to: "13.0.0-4+b2", source: "debian", auto: false },
    { address: "apt.telnet", from: "0.17-44", to: null, auto: false },
  ],
  notes: ["curl was kept back"],
};

const ALL = {
  edit: (on) => editScreen({ ...EDITING, written: true }, on, false, []),
  editQuestion: (on) => planQuestion(fullPlan(), on, EDITING).above,
  plan: (on) => planScreen(fullPlan(), on),
  refused: (on) => planScreen(refusedPlan(), on),
  question: (on) => planQuestion(fullPlan(), on).above,
  check: (on) => checkScreen(check, on),
  applied: (on) => applyScreen(applyResult(), on, false),
  dryRun: (on) => applyScreen(applyResult({ outcome: "shown" }), on, false),
  capture: (on) =>
    captureScreen(
      {
        path: "/srv/omg.lock",
        platform: "debian-12-amd64",
        requests: 121,
        pins: 412,
        sources: 2,
        withoutHash: ["apt.a", "apt.b", "apt.c", "apt.d", "apt.e", "apt.f"],
        adopted: false,
        notes: ["n"],
        text: "",
        written: true,
      },
      on,
    ),
  lock: (on) =>
    lockScreen(
      {
        path: "/srv/omg.lock",
        platform: "debian-12-amd64",
        added: ["apt.a"],
        removed: ["apt.b"],
        changed: [{ name: `apt.${"c".repeat(40)}`, from: "7.88.1-10+deb12u5", to: "7.88.1-10+deb12u14" }],
        written: true,
        notes: [],
      },
      on,
    ),
  history: (on) =>
    historyScreen(
      {
        entries: [
          {
            id: "system:1",
            scope: "system",
            number: 1,
            time: "2026-11-14T08:30:00Z",
            cause: "apply",
            lock,
            packages: 412,
            changes: { install: 2, upgrade: 0 },
            current: true,
          },
        ],
        log: {
          system: { entries: 9 },
          user: { entries: 3, broken: "entry 2 does not follow from entry 1: something was cut out or changed." },
        },
      },
      on,
    ),
  status: (on) =>
    statusScreen(
      {
        state: "drifted",
        total: 412,
        orphans: 0,
        generation: 7,
        time: "2026-11-15T08:30:00Z",
        path: "/run/omg/omg.status",
      },
      on,
    ),
  adopt: (on) => adoptScreen({ adopted: ["apt.ripgrep"], already: ["apt.curl"] }, on),
  setup: (on) => setupScreen({ folder: "/usr/lib/omg", files: ["/usr/lib/omg/omg-root"], done: true }, on, false),
  error: (on) =>
    errorScreen(
      {
        message: "The lock is not valid: 1 problem.",
        details: [
          "omg.lock:7:14: a number, and versions are text",
          `    ripgrep: 1.10 ${"x".repeat(200)}`,
          "             ^",
        ],
        state: "Nothing was changed.",
        hint: 'write "1.10"',
      },
      on,
    ),
} satisfies Readonly<Record<string, (on: Screen) => Line[]>>;

describe.each(Object.entries(ALL))("the %s screen", (_name, render) => {
  it.each([60, 80, 140])("keeps to %i columns", (columns) => {
    for (const line of show(render, screen(columns)).split("\n"))
      expect(width(line), line).toBeLessThanOrEqual(columns);
  });

  it("has no escape codes without colour, and the same words with it", () => {
    const without = show(render, screen(80));
    expect(without).not.toContain("\u001b");
    const coloured = show(render, screen(80, { color: true }));
    expect(coloured).toContain("\u001b[");
    expect(stripVTControlCharacters(coloured)).toBe(without);
  });

  it("cuts nothing in a pipe", () => {
    expect(show(render, PIPE)).not.toContain("…");
  });
});

describe("the plan screen", () => {
  it("shows kind, name, versions, reason, source and grade of each step in aligned columns", () => {
    const lines = show(ALL.plan, PIPE).split("\n");
    const row = (name: string) =>
      lines.find((line) => line.trim().split(/\s+/)[1] === name && line.includes("verified")) ?? "";
    expect(row("ripgrep")).toMatch(/^ {2}\+ {2}ripgrep +13\.0\.0-4\+b2 +install +lock +debian +verified\*$/);
    expect(row("libpcre2-posix3")).toMatch(/needed by ripgrep/);
    expect(row("curl").indexOf("7.88.1")).toBe(row("ripgrep").indexOf("13.0.0"));
    expect(row("curl").indexOf("debian")).toBe(row("ripgrep").indexOf("debian"));
    expect(row("tree")).toContain("2.1.0-1");
  });

  it("says what cannot be undone, right below its step", () => {
    const lines = show(ALL.plan, PIPE).split("\n");
    const at = lines.findIndex((line) => line.includes("libreoffice-core-nogui-extras-common"));
    expect(lines[at + 1]).toMatch(/! not reversible: version/);
  });

  it("keeps drift apart from changes, and names and versions whole at 80 columns", () => {
    const text = show(ALL.plan, screen(80));
    expect(text.indexOf("Drift")).toBeLessThan(text.indexOf("Changes"));
    expect(text).toContain(
      "libreoffice-core-nogui-extras-common\n       4:7.4.7-1+deb12u8~bpo12+1 -> 4:7.4.7-1+deb12u5",
    );
    expect(text).not.toContain("…");
  });

  it("sums up what is to be done, and what is to be fetched", () => {
    const steps = everyKindOfStep().filter((step) => ["install", "remove"].includes(step.kind));
    const text = show((on) => planScreen(samplePlan({ steps }), on), screen(80));
    expect(text).toContain("3 changes: 2 to install, 1 to remove · 3.2 MB to fetch.\nNext: omg apply\n");
  });

  it("counts only what is still to come as a fetch", () => {
    const plan = samplePlan({ steps: everyKindOfStep().slice(0, 2) });
    const [first, ...rest] = plan.verdict.judgements;
    const judgements = first === undefined ? [] : [{ ...first, evidence: [] }, ...rest];
    expect(show((on) => planScreen({ ...plan, verdict: { ...plan.verdict, judgements } }, on), PIPE)).toContain(
      "1.6 MB to fetch",
    );
  });

  it("names the saved plan to apply", () => {
    expect(show((on) => planScreen(fullPlan(), on, "/tmp/monday.plan"), PIPE)).toContain(
      "Next: omg apply /tmp/monday.plan",
    );
  });

  it("shows whole addresses once two providers take part", () => {
    const steps = [
      sampleStep("apt.jq", { kind: "install", after: { version: "1.6" } }),
      sampleStep("shell.env.EDITOR", { kind: "modify", before: { value: "vim" }, after: { value: "nvim" } }),
    ];
    const text = show((on) => planScreen(samplePlan({ steps }), on), PIPE);
    expect(text).toMatch(/shell\.env\.EDITOR +vim -> nvim/);
    expect(text).toContain("apt.jq");
  });

  it("shows rule, place, reason and remedy of what is refused, and of problems", () => {
    const text = show(ALL.refused, PIPE);
    expect(text).toContain("Rule: grade.minimum (/etc/omg/policy.toml:12)");
    expect(text).toContain("import the key of that source");
    expect(text).toContain("no configured source offers 20.19.5-1");
    expect(text).not.toContain("Next: omg apply");
  });

  it("shows the first of a long list, and all of it for --verbose", () => {
    expect(show(ALL.plan, PIPE)).toContain("and 3 more (-v shows all)");
    expect(show(ALL.plan, { ...PIPE, verbose: true })).toContain("apt.kakoune");
  });

  it("lets no control character of a name, version or message through", () => {
    const evil = "\u001b]0;owned\u0007\u001b[2Jx\u202e";
    const plan = samplePlan({
      steps: [
        sampleStep(`apt.${evil}`, {
          kind: "install",
          cause: "dependency",
          because: `apt.${evil}`,
          after: { version: evil },
        }),
      ],
      notes: [evil],
      problems: [{ code: "conflict", address: `apt.${evil}`, message: evil, hint: evil }],
      diff: { unmanaged: [`apt.${evil}`], drift: [{ address: `apt.${evil}`, before: { value: evil }, after: null }] },
    });
    expect(show((on) => planScreen(plan, on), screen(80)).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it("lays out thousands of steps of any width", () => {
    const steps = Array.from({ length: 3000 }, (_, n) =>
      sampleStep(`apt.p${"x".repeat(n % 70)}${n}`, { kind: "install", after: { version: "1".repeat((n % 40) + 1) } }),
    );
    const lines = show((on) => planScreen(samplePlan({ steps }), on), screen(80)).split("\n");
    expect(lines.length).toBeGreaterThan(3000);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("other screens", () => {
  it("check tells what differs, what is held, interrupted and unreadable", () => {
    const text = show(ALL.check, PIPE);
    expect(text).toContain("Held at generation 6");
    expect(text).toMatch(/ripgrep +13\.\*/);
    expect(text).toContain("1 could not be read; nothing is concluded from it: apt.broken: its entry has no Version");
    expect(text).toContain("Not in sync: 1 difference, 2 drifted, 1 unreadable, a run was interrupted");
    expect(text.match(/a note/g)).toHaveLength(1);
  });

  it("check in sync is short", () => {
    const text = show(
      (on) =>
        checkScreen(
          {
            ...check,
            inSync: true,
            diff: sampleDiff(),
            interrupted: [],
            notes: [],
            heldAt: undefined,
          } as unknown as CheckResult,
          on,
        ),
      PIPE,
    );
    expect(text.split("\n").filter((line) => line !== "")).toHaveLength(2);
    expect(text).toContain("In sync: 412 entries of the lock as wanted.");
  });

  it("a dry run lists each operation as it would be typed", () => {
    expect(show(ALL.dryRun, PIPE)).toContain("run /usr/bin/apt-get -o 'A::B=c d' install telnet-");
  });

  it("an apply that was agreed to does not repeat the plan", () => {
    const text = show((on) => applyScreen(applyResult(), on, true), PIPE);
    expect(text).not.toContain("ripgrep");
    expect(text).toContain("Generation system:7, user:3.");
  });

  it("an apply shows the grades that the bytes earned", () => {
    const plan = samplePlan({ steps: everyKindOfStep().slice(0, 1) });
    const verdict = {
      ...plan.verdict,
      judgements: [{ address: "apt.ripgrep", sha256: fakeSha(11), evidence: [], grade: "locked" }],
    } as const;
    expect(show((on) => applyScreen(applyResult({ plan, verdict }), on, false), PIPE)).toMatch(/debian +locked$/m);
  });

  it("nothing to do and a no are said in a line", () => {
    expect(
      show((on) => applyScreen(applyResult({ outcome: "nothing", plan: samplePlan() }), on, false), PIPE),
    ).toContain("Nothing to do: 412");
    expect(show((on) => applyScreen(applyResult({ outcome: "declined" }), on, true), PIPE)).toBe(
      "Not applied. Now: nothing was changed.\n",
    );
    expect(show((on) => applyScreen(applyResult({ outcome: "declined", recovered: true }), on, true), PIPE)).toBe(
      "Not applied. Now: nothing was changed beyond the recovery named above.\n",
    );
  });

  it("status never shows a missing number as zero", () => {
    const text = show(ALL.status, PIPE);
    expect(text).toMatch(/orphans +0/);
    expect(text).toMatch(/updates +not counted/);
  });

  it("an error has message, details, state and next step, and its caret stays under its column", () => {
    const lines = show(ALL.error, PIPE).split("\n");
    expect(lines[0]).toBe("omg: The lock is not valid: 1 problem.");
    expect(lines[3]?.indexOf("^")).toBe(lines[2]?.indexOf("1.10"));
    expect(lines.slice(4, 6)).toEqual(["Now:  Nothing was changed.", 'Next: write "1.10"']);
  });

  it("a broken log is said with its reason", () => {
    expect(show(ALL.history, PIPE)).toContain("Log of user: broken: entry 2 does not follow");
  });
});

describe("the edit screen", () => {
  it("shows what becomes of each request and each pin, and from which source", () => {
    const lines = show(ALL.edit, PIPE).split("\n");
    expect(lines).toContain("  +  ripgrep  13.* from debian");
    expect(lines).toContain("  -  telnet   absent");
    expect(lines.find((line) => line.includes("cccc"))).toMatch(
      /7\.88\.1-10\+deb12u5 -> 7\.88\.1-10\+deb12u14 +debian$/,
    );
    expect(lines.at(-3)).toBe("Written: 3 requests and 3 pins changed.");
  });

  it("above a plan lists only the pins that move, and asks about lock and machine at once", () => {
    const above = show(ALL.editQuestion, PIPE);
    expect(above).toContain("1 added, 1 dropped (-v shows them)");
    expect(planQuestion(fullPlan(), PIPE, EDITING).question.text).toMatch(
      /^Write the lock and apply these \d+ changes\? /,
    );
    expect(planQuestion(samplePlan({ steps: [] }), PIPE, EDITING).question.text).toBe("Write this to the lock? [y/N] ");
  });
});
