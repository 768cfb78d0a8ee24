import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../../../host/canonical-json.ts";
import { sha256 } from "../../../host/digest.ts";
import { type Entry, lineOf, link, parseLine } from "../../../reconciler/audit/entry.ts";
import { segmentsOf } from "../../../reconciler/audit/segments.ts";
import { adopted, chainOf, type TestLog, testLog, writeUnsigned } from "../../support/audit-log.ts";

// Ten thousand entries, and every way to change them, at places that a seed chooses. OMG_SEED repeats a run.
const ENTRIES = 10_000;
const RUNS = 6;
const SEED = Number(process.env.OMG_SEED ?? Date.now() % 1_000_000);

const entryAt = (lines: readonly string[], line: number) => parseLine(lines[line - 1] ?? "") as Entry;

/** The entry with another actor, and the hash that it then must have. */
function forged(entry: Entry): Entry {
  const { hash: _, ...rest } = { ...entry, actor: "eve" };
  return { ...rest, hash: sha256(canonical(rest)) };
}

/** The same entries from `line` on with another actor, each with the right chain. */
function written(lines: readonly string[], line: number): string[] {
  let last = line === 1 ? undefined : entryAt(lines, line - 1);
  return lines.slice(line - 1).map((text) => {
    const { seq: _1, time, prev: _2, hash: _3, ...rest } = parseLine(text) as Entry;
    last = link(last, { ...rest, actor: "eve" }, new Date(time));
    return lineOf(last);
  });
}

/** What was done to the lines, and which line must be named; a list: one of these. */
interface Damage {
  readonly lines: readonly string[];
  readonly named: number | readonly [number, number];
  /** Bytes after the last whole line. */
  readonly rest?: string;
}

const without = (lines: readonly string[], line: number) => lines.filter((_, index) => index !== line - 1);
const changed = (lines: readonly string[], line: number, text: string) => lines.with(line - 1, text);
const putIn = (lines: readonly string[], line: number, text: string) => lines.toSpliced(line - 1, 0, text);

/** `line`: from 2 to one less than there are. `other`: any number. */
const WAYS: Readonly<Record<string, (lines: readonly string[], line: number, other: number) => Damage>> = {
  "a byte changed": (lines, line, other) => {
    const text = lines[line - 1] ?? "";
    const at = other % text.length;
    const byte = text[at] === "x" ? "y" : "x";
    return { lines: changed(lines, line, text.slice(0, at) + byte + text.slice(at + 1)), named: line };
  },
  "a space added that no parser sees": (lines, line) => ({
    lines: changed(lines, line, (lines[line - 1] ?? "").replace('":', '": ')),
    named: line,
  }),
  "changed and hashed anew": (lines, line) => ({
    lines: changed(lines, line, lineOf(forged(entryAt(lines, line)))),
    named: line,
  }),
  removed: (lines, line) => ({ lines: without(lines, line), named: line }),
  "several removed": (lines, line, other) => ({
    lines: lines.toSpliced(line - 1, Math.min(1 + (other % 50), lines.length - line)),
    named: line,
  }),
  "put in, with the right chain": (lines, line) => ({
    lines: putIn(lines, line, lineOf(link(entryAt(lines, line - 1), adopted("evil"), new Date(0)))),
    named: line,
  }),
  "put in, from elsewhere": (lines, line) => ({
    lines: putIn(lines, line, lineOf(chainOf(3)[2] as Entry)),
    // It is this log's third as well: put in there, it is the one after it that stands for the second time.
    named: line === 3 ? 4 : line,
  }),
  "swapped with the next": (lines, line) => ({
    lines: lines.with(line - 1, lines[line] ?? "").with(line, lines[line - 1] ?? ""),
    named: line,
  }),
  "swapped with any": (lines, line, other) => {
    const place = 1 + (other % lines.length);
    const first = Math.min(line, place);
    const swapped = lines.with(line - 1, lines[place - 1] ?? "").with(place - 1, lines[line - 1] ?? "");
    return place === line ? { lines: without(lines, line), named: line } : { lines: swapped, named: first };
  },
  doubled: (lines, line) => ({ lines: putIn(lines, line, lines[line - 1] ?? ""), named: line + 1 }),
  rubbish: (lines, line) => ({ lines: changed(lines, line, "{"), named: line }),
  "cut off after a line": (lines, line) => ({ lines: lines.slice(0, line), named: line + 1 }),
  "cut off within a line": (lines, line, other) => {
    const text = lines[line] ?? "";
    return { lines: lines.slice(0, line), rest: text.slice(0, 1 + (other % (text.length - 1))), named: line + 1 };
  },
  emptied: () => ({ lines: [], named: 1 }),
  "written anew from there, with the right chain": (lines, line) => ({
    lines: [...lines.slice(0, line - 1), ...written(lines, line)],
    named: [line, line],
  }),
  "written anew from the first, with the right chain": (lines) => ({ lines: written(lines, 1), named: 1 }),
  "written anew and shorter": (lines, line) => ({
    lines: [...lines.slice(0, line - 1), ...written(lines.slice(0, Math.min(line + 5, lines.length)), line)],
    named: [line, line + 6],
  }),
  "a line added, with the right chain": (lines) => ({
    lines: [...lines, lineOf(link(entryAt(lines, lines.length), adopted("evil"), new Date(0)))],
    named: lines.length + 1,
  }),
  "the last line changed and hashed anew": (lines) => ({
    lines: changed(lines, lines.length, lineOf(forged(entryAt(lines, lines.length)))),
    named: [lines.length, lines.length],
  }),
};

/** Either exactly that line is named, or a span of lines that holds it. */
function expectNamed(broken: string | undefined, line: number | undefined, named: Damage["named"], what: string): void {
  expect(broken, what).toBeDefined();
  if (typeof named === "number") return void expect(line, `${what}: ${broken}`).toBe(named);
  const [, from, to] = /^one of the lines (\d+) to (\d+)/.exec(broken ?? "") ?? ["", String(line), String(line)];
  expect(Number(from), `${what}: ${broken}`).toBeLessThanOrEqual(named[1]);
  expect(Number(to), `${what}: ${broken}`).toBeGreaterThanOrEqual(named[0]);
  expect(Number(to) - Number(from), `${what}: ${broken}`).toBeLessThan(130);
}

let folder: string;
let test: TestLog;
let whole: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-tamper-"));
  test = testLog(join(folder, "log"));
  writeUnsigned(test, chainOf(ENTRIES - 1));
  test.log.append(adopted("last"));
  whole = test.lines();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe(`${ENTRIES} entries (seed ${SEED})`, () => {
  it("are whole as omg wrote them", () => {
    expect(test.log.verify()).toMatchObject({ entries: ENTRIES, signed: true, files: 1 });
    expect(test.log.verify().broken).toBeUndefined();
  });

  it.each(Object.keys(WAYS))("%s: found, and the first bad line named", (way) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: ENTRIES - 1 }), fc.nat(), (line, other) => {
        const damage = WAYS[way]?.(whole, line, other) as Damage;
        writeFileSync(test.path, damage.lines.map((each) => `${each}\n`).join("") + (damage.rest ?? ""));
        const { broken, line: named } = test.log.verify();
        expectNamed(broken, named, damage.named, `${way}, line ${line}, ${other}`);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    test.write(whole);
    expect(test.log.verify().broken).toBeUndefined();
  });
});

it("a bit flipped anywhere, also in a line break: found, and the line named", () => {
  const bytes = readFileSync(test.path);
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = (bytes[at] ?? 0) ^ (1 << bit);
      writeFileSync(test.path, flipped);
      expect(test.log.verify().line, `byte ${at}, bit ${bit}`).toBe(starts.findLastIndex((start) => start <= at) + 1);
    }),
    { seed: SEED, numRuns: 40 },
  );
  writeFileSync(test.path, bytes);
});

describe("a log and its head", () => {
  const state = () => join(folder, "log/state");
  const keep = (name: string) => {
    mkdirSync(join(folder, name));
    cpSync(join(folder, "log"), join(folder, name, "log"), { recursive: true });
  };
  const restore = (name: string, part: string) => {
    rmSync(join(folder, "log", part), { recursive: true });
    cpSync(join(folder, name, "log", part), join(folder, "log", part), { recursive: true });
  };

  it("an older signed head is found: the log goes on after it", () => {
    keep("older");
    const head = test.log.append(adopted("later"));
    keep("now");
    copyFileSync(join(folder, "older/log/state/audit-head.json"), test.headPath);
    expect(test.log.verify()).toMatchObject({
      line: head.seq,
      broken: expect.stringContaining("the head is an old one"),
    });
    expect(() => test.log.append(adopted("more"))).toThrow(/does not end where omg left it/);
    restore("now", "state");
    expect(test.log.verify().broken).toBeUndefined();
  });

  it("both replaced by older ones: only who noted the head elsewhere can tell", () => {
    const noted = { ...(test.log.head() as { seq: number; hash: string }), by: "the notebook" };
    restore("older", "data");
    restore("older", "state");
    expect(test.log.verify().broken).toBeUndefined();
    expect(test.log.verify({ noted: [noted] })).toMatchObject({
      line: ENTRIES + 1,
      broken: expect.stringContaining(`the notebook has seen line ${noted.seq}`),
    });
    restore("now", "data");
    restore("now", "state");
    expect(test.log.verify({ noted: [noted] }).broken).toBeUndefined();
  });

  it("all of it written anew by who has the key, root: only who noted heads elsewhere can tell, and from which line on", () => {
    const noted = [100, 500, 900].map((seq) => ({ seq, hash: entryAt(whole, seq).hash, by: "the notebook" }));
    const fresh = testLog(join(folder, "fresh"));
    mkdirSync(join(folder, "fresh/state"), { recursive: true });
    writeUnsigned(
      fresh,
      [...whole.slice(0, 599), ...written(whole.slice(0, 1000), 600)].map((line) => parseLine(line) as Entry),
    );
    fresh.log.append(adopted("last"));
    expect(fresh.log.verify().broken).toBeUndefined();
    expect(fresh.log.verify({ noted }).broken).toMatch(
      /^one of the lines 501 to 900: .*the notebook has another line 900/,
    );
  });

  it("without the key a head for a log that was written anew cannot be made", () => {
    const other = testLog(join(folder, "other"));
    writeUnsigned(
      other,
      written(whole, 1).map((line) => parseLine(line) as Entry),
    );
    other.log.append(adopted("last"));
    copyFileSync(other.path, test.path);
    copyFileSync(other.headPath, test.headPath);
    expect(test.log.verify()).toMatchObject({ line: 1, broken: expect.stringContaining("not signed with this key") });
    // With its key put there as well it looks right here; a key that was kept elsewhere shows it.
    const kept = readFileSync(test.keys.open, "utf8");
    for (const which of ["own", "open"] as const) copyFileSync(other.keys[which], test.keys[which]);
    expect(test.log.verify().broken).toBeUndefined();
    writeFileSync(test.keys.open, kept);
    expect(test.log.verify().broken).toContain("not signed with this key");
    restore("now", "data");
    restore("now", "state");
    expect(state()).toBeDefined();
  });
});

describe("a log in several files", () => {
  let parts: TestLog;
  beforeAll(() => {
    parts = testLog(join(folder, "parts"), { segmentBytes: 2000 });
    for (let n = 1; n <= 40; n += 1) parts.log.append(adopted(`p${n}`));
  });

  it("is one chain", () => {
    expect(parts.log.verify()).toMatchObject({ entries: 40, signed: true });
    expect(parts.log.verify().files).toBeGreaterThan(4);
    expect(parts.log.verify().broken).toBeUndefined();
    expect(parts.log.entries().map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(parts.log.verify({ recent: true }).broken).toBeUndefined();
    expect(parts.log.recent().length).toBeLessThan(40);
  });

  it("shows each file that is gone, changed or cut, and names its first line", () => {
    for (const path of segmentsOf(parts.path)) {
      const text = readFileSync(path, "utf8");
      const first = (parseLine(text.split("\n")[0] ?? "") as Entry).seq;
      rmSync(path);
      expect(parts.log.verify(), path).toMatchObject({ line: first });
      writeFileSync(path, text.replace('"actor":"ann"', '"actor":"eve"'));
      expect(parts.log.verify(), path).toMatchObject({ line: first, file: path });
      writeFileSync(path, text.slice(0, -3));
      expect(parts.log.verify().broken, path).toBeDefined();
      writeFileSync(path, text);
      expect(parts.log.verify().broken, path).toBeUndefined();
    }
  });

  it("is not set aside while something is open, so that what is open stands in the file that grows", () => {
    const intent = parts.log.append({ ...adopted("x"), event: "apply.intent", data: { steps: [] } });
    for (let n = 0; n < 10; n += 1) parts.log.append(adopted(`q${n}`));
    expect(parts.log.recent().map(({ hash }) => hash)).toContain(intent.hash);
    expect(parts.log.open()?.hash).toBe(intent.hash);
    parts.log.append({ ...adopted("x"), event: "apply.done", data: { closes: intent.hash } });
    parts.log.append(adopted("after"));
    expect(parts.log.open()).toBeUndefined();
    expect(parts.log.recent()).toHaveLength(1);
    expect(parts.log.verify().broken).toBeUndefined();
  });
});
