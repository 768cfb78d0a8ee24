import { describe, expect, it } from "vitest";
import { meaningOf } from "../../../app/audit/meaning.ts";
import { momentOf } from "../../../app/audit/moment.ts";
import { proofOf } from "../../../app/audit/proof.ts";
import type { AuditRecord, ScopeAudit } from "../../../app/audit/results.ts";
import { auditLogScreen } from "../../../cli/render/audit-log.ts";
import { auditVerifyScreen } from "../../../cli/render/audit-verify.ts";
import { paint, type Screen } from "../../../cli/render/screen.ts";
import type { Entry } from "../../../reconciler/log.ts";

const on = (columns: number): Screen => ({ columns, color: false, verbose: false, now: new Date(0) });
const hash = "ab".repeat(32);

function entry(seq: number, event: Entry["event"], data: Entry["data"]): Entry {
  return {
    seq,
    time: "2026-11-21T10:00:00Z",
    actor: "ann",
    host: "box",
    event,
    subject: "web",
    data,
    prev: hash,
    hash,
  };
}

const LINES: readonly (readonly [Entry["event"], Entry["data"], string])[] = [
  [
    "apply.intent",
    { steps: [{ kind: "install", address: "apt.curl" }], goal: { type: "lock" } },
    "began to apply: install apt.curl",
  ],
  [
    "apply.intent",
    { steps: ["a", "b", "c", "d", "e"].map((name) => ({ kind: "remove", address: `apt.${name}` })) },
    "began to apply: remove apt.a, remove apt.b, remove apt.c and 2 more",
  ],
  [
    "apply.intent",
    { steps: [], goal: { type: "generation", scope: "system", number: 3 } },
    "began to go back to system:3: nothing",
  ],
  ["apply.done", { generation: 7 }, "applied: generation 7"],
  [
    "apply.failed",
    { closes: hash, message: "apt stopped.", done: [] },
    "failed, and nothing was changed: apt stopped.",
  ],
  ["apply.failed", { fails: hash, message: "apt stopped.", done: ["apt.a"] }, "failed, with 1 done: apt stopped."],
  [
    "apply.refused",
    { reasons: [{ address: "apt.x", rule: "grade.minimum" }], more: 2 },
    "refused by policy: apt.x [grade.minimum], and 2 more",
  ],
  ["repair.intent", {}, "began to repair web"],
  ["repair.done", { message: "no" }, "could not repair web: no"],
  ["recovered", { done: ["apt.a"], of: 3 }, "closed an apply that was cut off: 1 of 3 steps were done"],
  ["adopted", { addresses: ["apt.a"] }, "now owned by omg: apt.a"],
  ["cleaned", { generations: [1, 2], objects: 9 }, "cleaned away generations 1, 2 and 9 objects"],
  ["later.event" as Entry["event"], {}, "later.event"],
  ["apply.done", {}, "applied: generation ?"],
];

describe("a line of the log", () => {
  it.each(LINES)("%s %j", (event, data, words) => expect(meaningOf(entry(1, event, data))).toBe(words));

  it("stands with its time, number and actor, and what was checked below", () => {
    const records: AuditRecord[] = [
      {
        scope: "system",
        entry: entry(9, "apply.intent", {}),
        meaning: "began",
        checked: [
          {
            address: "apt.curl",
            sha256: hash,
            grade: "verified",
            evidence: [{ check: "checksum", verdict: "pass", code: "hash-match", detail: "", facts: {} }],
          },
          { address: "apt.b", sha256: hash, grade: "risk", evidence: "changed" },
        ],
      },
      { scope: "system", entry: entry(10, "apply.done", {}), meaning: "done" },
    ];
    expect(paint(auditLogScreen(records, on(80), false), on(80))).toBe(
      [
        "2026-11-21 10:00  system:9   ann  began",
        "    apt.curl verified  checksum pass (hash-match) · sha256 abababababab",
        "    apt.b risk  what is kept is not what was checked: it was changed",
        "2026-11-21 10:00  system:10  ann  done",
        "",
      ].join("\n"),
    );
  });
});

describe("what a log proves", () => {
  const found = { entries: 9, files: 1, signed: true };
  const witness = { name: "/w", heads: 7, otherwiseSigned: 0, upTo: 7 };

  it("ends where the signature and the witness end", () => {
    expect(proofOf(found, undefined)).toEqual({
      proved: [expect.stringContaining("signed line 9")],
      notProved: [expect.stringContaining("wrote all of it anew")],
    });
    expect(proofOf(found, witness).proved).toHaveLength(2);
    expect(proofOf(found, witness).notProved).toEqual([expect.stringContaining("lines 8 to 9")]);
    expect(proofOf(found, { ...witness, upTo: 9 }).notProved).toEqual([]);
    expect(proofOf(found, { ...witness, heads: 0 }).notProved[0]).toContain("no head");
    expect(proofOf({ ...found, signed: false }, undefined).proved).toEqual([]);
    expect(proofOf({ ...found, broken: "line 1: x" }, witness)).toEqual({ proved: [], notProved: [] });
  });

  it.each([80, 140])("fits %i columns, its head in one piece", (columns) => {
    const head = { scope: "system", seq: 9, hash, time: "2026-11-21T10:00:00Z", key: hash, signature: "x" } as const;
    const audit: ScopeAudit = { ...found, scope: "system", head, witness, ...proofOf(found, witness) };
    const broken: ScopeAudit = {
      ...audit,
      broken: "line 4: its content was changed",
      line: 4,
      file: "/var/lib/omg/audit/audit.jsonl",
    };
    for (const [scopes, whole] of [
      [[audit], true],
      [[broken], false],
    ] as const) {
      const text = paint(auditVerifyScreen({ scopes, whole }, on(columns)), on(columns));
      expect(text).toContain(`system:9:${hash}`);
      for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  });
});

describe("a moment", () => {
  const now = new Date("2026-11-25T12:00:00Z");
  it.each([
    ["30m", "2026-11-25T11:30:00.000Z"],
    ["24h", "2026-11-24T12:00:00.000Z"],
    ["2w", "2026-11-11T12:00:00.000Z"],
    ["2026-11-20", "2026-11-20T00:00:00.000Z"],
    ["2026-11-20T08:30", "2026-11-20T08:30:00.000Z"],
    ["2026-11-20 08:30:05", "2026-11-20T08:30:05.000Z"],
    ["2026-11-20T08:30:00+02:00", "2026-11-20T06:30:00.000Z"],
  ])("%s", (text, moment) => expect(momentOf(text, now).toISOString()).toBe(moment));

  it.each(["yesterday", "", "2026-13-45", "7", "-1d", "2026-11-20T99:00"])("%j is none", (text) =>
    expect(() => momentOf(text, now)).toThrow(/is no time/),
  );
});
