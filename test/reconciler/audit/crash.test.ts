import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bundleScript, startScript, temporaryFolder } from "../../host/bundle.ts";
import { adopted, chainOf, testLog, writeUnsigned } from "../../support/audit-log.ts";

// kill -9 at each step of writing a line, and at random instants: what was announced stands in the log, and the next run goes on.
const ROUNDS = 12;
const SEGMENT = 3000;
const POINTS = [
  "log.after-key",
  "log.after-first-signature",
  "log.before-append",
  "log.after-append",
  "log.after-head",
  "log.after-rotate",
];

/** Appends without end, and says each line once it stands. */
const WRITER = `
  import { writeSync } from "node:fs";
  import { testLog, adopted } from "./test/support/audit-log.ts";
  const { log } = testLog(process.argv[2], { segmentBytes: ${SEGMENT} });
  for (let n = 1; n <= 400; n++) {
    const { seq, hash } = log.append(adopted("p" + n));
    writeSync(1, seq + " " + hash + "\\n");
  }`;

/** After whatever happened: the announced lines are there, the log is whole, and it goes on. */
function expectWhole(folder: string, output: string, what: string): void {
  const { log } = testLog(folder, { segmentBytes: SEGMENT });
  const announced = [...output.matchAll(/^(\d+) ([0-9a-f]{64})$/gm)].map(([, seq, hash]) => ({
    seq: Number(seq),
    hash,
  }));
  const there = new Map(log.entries().map(({ seq, hash }) => [seq, hash]));
  for (const { seq, hash } of announced) expect(there.get(seq), `${what}: line ${seq}`).toBe(hash);
  expect(there.size, what).toBeLessThanOrEqual((announced.at(-1)?.seq ?? there.size) + 1);
  expect(log.verify().broken, what).toBeUndefined();
  expect(log.verify({ recent: true }).broken, what).toBeUndefined();
  const { seq } = log.append(adopted("after"));
  expect(seq, what).toBe(there.size + 1);
  expect(log.verify(), what).toMatchObject({ entries: seq, signed: true });
  expect(log.verify().broken, what).toBeUndefined();
}

describe("kill -9", () => {
  const programs = mkdtempSync(join(tmpdir(), "omg-crash-"));
  const script = bundleScript(programs, WRITER);
  afterAll(() => rmSync(programs, { recursive: true }));

  it.each(POINTS)("at %s", async (point) => {
    for (const nth of [1, 2]) {
      const folder = temporaryFolder();
      if (point.includes("key") || point.includes("signature")) {
        if (nth === 2) writeUnsigned(testLog(folder), chainOf(7)); // the first line of this version, after an earlier one's
      }
      const name = point.includes("key") || point.includes("signature") ? point : `${point}:${nth}`;
      let output = "";
      // The machine that crashes once tends to crash again, at the same place.
      for (let time = 0; time < 2; time += 1) {
        const ended = await startScript(script, [folder], { OMG_FAILPOINT: name }).ended;
        output += ended.output;
        if (time === 0) expect(ended.signal, `${name}: ${ended.output}`).toBe("SIGKILL");
      }
      expectWhole(folder, output, name);
    }
  });

  it(`at ${ROUNDS} random instants, again and again over one log`, async () => {
    const folder = temporaryFolder();
    let output = "";
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = startScript(script, [folder]);
      await running.printed("\n");
      const delay = Math.random() * 120;
      await new Promise((done) => setTimeout(done, delay));
      running.child.kill("SIGKILL");
      output += (await running.ended).output;
    }
    const { log, path } = testLog(folder, { segmentBytes: SEGMENT });
    // At least a line each round, and a file holds seven of them.
    expect(log.verify().files, "it was set aside meanwhile").toBeGreaterThan(1);
    expectWhole(folder, output.split("\n").filter(Boolean).join("\n"), "random");
    expect(existsSync(path)).toBe(true);
  });
});
