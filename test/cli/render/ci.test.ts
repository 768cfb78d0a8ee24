import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CiFinding, CiResult } from "../../../app/results.ts";
import { annotations } from "../../../cli/render/ci/annotations.ts";
import { MARKER, markdown } from "../../../cli/render/ci/markdown.ts";
import { sarif } from "../../../cli/render/ci/sarif.ts";

const RULES = ["missing", "different", "unwanted", "unreadable", "interrupted", "ahead", "unpinned"] as const;

const finding: fc.Arbitrary<CiFinding> = fc.record({
  rule: fc.constantFrom(...RULES),
  level: fc.constantFrom("error", "warning", "note"),
  address: fc.string(),
  message: fc.string({ unit: "binary" }),
  file: fc.string({ minLength: 1 }),
  line: fc.integer({ min: 1, max: 1e6 }),
});

/** A finding whose address and message end a table's cell where an escape is forgotten. */
const ending = (text: string): CiFinding => ({
  rule: "missing",
  level: "error",
  address: text,
  message: text,
  file: "omg.lock",
  line: 1,
});

function resultOf(findings: readonly CiFinding[]): CiResult {
  const diff = {
    drift: [],
    changes: [],
    ahead: [],
    unmanaged: [],
    foreign: [],
    unpinned: [],
    satisfied: 3,
    unreadable: [],
  };
  const lock = { name: "web", repository: "local:/", path: "/x/omg.lock" };
  return { check: { inSync: findings.length === 0, diff, lock, interrupted: [], notes: [] }, findings };
}

describe("what pipelines read, whatever names and versions say", () => {
  it("annotations are one workflow command a finding", () => {
    fc.assert(
      fc.property(fc.array(finding), (findings) => {
        const lines = annotations(findings).split("\n").slice(0, -1);
        expect(lines).toHaveLength(findings.length);
        for (const line of lines)
          expect(line).toMatch(
            /^::(?:error|warning|notice) file=[^:,\r\n]*,line=\d+,title=omg%2F?[^:,\r\n]*::[^\r\n]*$|^::(?:error|warning|notice) file=[^:,\r\n]*,line=\d+,title=omg\/[a-z]+::[^\r\n]*$/,
          );
      }),
    );
  });

  it("a comment has its marker, and a row of three cells for each finding", () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 20 }), (findings) => {
        const lines = markdown(resultOf(findings)).split("\n");
        expect(lines[0]).toBe(MARKER);
        const rows = lines.filter((line) => line.startsWith("| ")).slice(1);
        expect(rows).toHaveLength(findings.length);
        for (const row of rows) {
          expect(row.replace(/\\./g, "").split("|")).toHaveLength(5);
          expect(row.replace(/`[^`]*`/g, "")).not.toMatch(/<|@\w/);
        }
      }),
      { examples: [[[ending("\\|")]], [[ending("`|`\\")]]] },
    );
  });

  it("SARIF has the members that its specification requires", () => {
    fc.assert(
      fc.property(fc.array(finding), (findings) => {
        const log = JSON.parse(JSON.stringify(sarif(resultOf(findings), "1.2.3")));
        expect([log.version, log.runs.length]).toEqual(["2.1.0", 1]);
        const [{ tool, results, invocations }] = log.runs;
        expect(typeof tool.driver.name).toBe("string");
        for (const { executionSuccessful } of invocations) expect(executionSuccessful).toBe(true);
        for (const [index, result] of results.entries()) {
          expect(tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
          expect(["none", "note", "warning", "error"]).toContain(result.level);
          expect(typeof result.message.text).toBe("string");
          const { artifactLocation, region } = result.locations[0].physicalLocation;
          expect(region.startLine).toBe(findings[index]?.line);
          expect(artifactLocation.uri).toMatch(/^[A-Za-z0-9%!'()*._~/-]*$/);
        }
      }),
    );
  });
});
