import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  decodeResolved,
  encodeResolved,
  MAX_RESOLVED,
  type Resolved,
  VARIABLE_KINDS,
} from "../../schema/wire/resolved.ts";
import { STRICT } from "../../scripts/native.mjs";
import { needs } from "../support/needs.ts";

const PROJECT = join(import.meta.dirname, "../..");
/** In a pipeline the same cases each time; more of them with OMG_FUZZ_CASES. */
const SEED = process.env.CI === undefined ? Date.now() & 0x7fff_ffff : 20_261_126;
const COUNT = Number(process.env.OMG_FUZZ_CASES ?? 20_000);

const words = fc.string({
  unit: fc.constantFrom("a", "Z", "0", "_", " ", ":", "\n", "'", "é", "日", "/", "."),
  maxLength: 12,
});
const absolute = words.map((text) => `/${text}`);
const name = fc.string({ unit: fc.constantFrom("a", "b", "_", "1", ".", "-"), minLength: 1, maxLength: 6 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const stamp = fc.oneof(
  fc.record({ path: absolute, watch: fc.boolean() }),
  fc.record({
    path: absolute,
    watch: fc.boolean(),
    found: fc.record({ modified: u64, changed: u64, size: u64, inode: u64 }),
  }),
);
const tool = fc.oneof(fc.record({ name, path: absolute }), fc.record({ name, message: words, hint: words }));
const resolved: fc.Arbitrary<Resolved> = fc.record({
  folder: absolute,
  stamps: fc.array(stamp, { maxLength: 4 }),
  tools: fc.array(tool, { maxLength: 4 }),
  paths: fc.array(absolute, { maxLength: 3 }),
  variables: fc.array(fc.record({ name, kind: fc.constantFrom(...VARIABLE_KINDS), value: words }), { maxLength: 3 }),
  aliases: fc.array(fc.record({ name, value: words }), { maxLength: 3 }),
  notices: fc.array(words, { maxLength: 2 }),
});
const good = resolved.map((each) => Buffer.from(encodeResolved(each) ?? []));
const DAMAGE = [0, 1, 2, 3, 5, 0x2f, 0x3a, 0x7f, 0x80, 0xbf, 0xc0, 0xef, 0xff];
const broken = fc
  .tuple(good, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...DAMAGE)), { minLength: 1, maxLength: 3 }))
  .map(([bytes, changes]) => {
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
const cut = fc.tuple(good, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1)));
/** With the size of what is left in its head, so that the rest is looked at. */
const cutWell = cut.map((bytes) => {
  const copy = Buffer.from(bytes);
  if (copy.length >= 12) copy.writeUInt32LE(copy.length, 8);
  return copy;
});
const longer = fc.tuple(good, fc.uint8Array({ minLength: 1, maxLength: 40 })).map((parts) => Buffer.concat(parts));
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const cases = fc.oneof(
  { weight: 4, arbitrary: good },
  { weight: 6, arbitrary: broken },
  { weight: 2, arbitrary: cutWell },
  { weight: 1, arbitrary: fc.oneof(cut, longer, noise) },
);

/** As resolved-driver.c says it. */
function shown(bytes: Uint8Array): string {
  const found = decodeResolved(bytes);
  if (found === undefined) return "";
  const stamps = found.stamps.flatMap(({ path, watch, found: facts }) =>
    facts === undefined
      ? [path, "absent", watch ? "watched" : ""]
      : [
          path,
          "present",
          watch ? "watched" : "",
          ...[facts.modified, facts.changed, facts.size, facts.inode].map(String),
        ],
  );
  const tools = found.tools.flatMap((each) =>
    "path" in each ? ["tool", each.name, each.path, ""] : ["missing", each.name, each.message, each.hint],
  );
  const variables = found.variables.flatMap((each) => [
    String(VARIABLE_KINDS.indexOf(each.kind)),
    each.name,
    each.value,
  ]);
  const aliases = found.aliases.flatMap((each) => [each.name, each.value]);
  const texts = [found.folder, ...stamps, ...tools, ...found.paths, ...variables, ...aliases, ...found.notices];
  return texts.map((text) => `${text}\0`).join("");
}

describe.runIf(needs("gcc", "libc6-dev"))("resolved folders, read by sanitized C", () => {
  let folder: string;
  let driver: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-resolved-"));
    driver = join(folder, "driver");
    const sane = ["-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const native = ["resolved.c", "hash.c", "text.c"].map((each) => join(PROJECT, "native", each));
    const args = [
      ...STRICT,
      "-D_GNU_SOURCE",
      ...sane,
      "-o",
      driver,
      join(import.meta.dirname, "resolved-driver.c"),
      ...native,
    ];
    execFileSync("gcc", args);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const native = (all: readonly Buffer[]): string[] => {
    const blocks = all.flatMap((bytes) => [Buffer.from(Uint32Array.of(bytes.length).buffer), bytes]);
    const ran = spawnSync(driver, [], {
      input: Buffer.concat(blocks),
      maxBuffer: 1 << 28,
      env: { ASAN_OPTIONS: "detect_leaks=0", UBSAN_OPTIONS: "print_stacktrace=1" },
    });
    if (ran.status !== 0) throw new Error(`the driver ended with ${ran.status}\n${ran.stderr}`);
    let at = 0;
    return all.map(() => {
      const length = ran.stdout.readUInt32LE(at);
      at += 4 + length;
      return ran.stdout.toString("utf8", at - length, at);
    });
  };

  it(`says of ${COUNT} cases what the TypeScript says`, () => {
    const all = fc.sample(cases, { numRuns: COUNT, seed: SEED });
    const said = native(all);
    let accepted = 0;
    for (const [index, bytes] of all.entries()) {
      const expected = shown(bytes);
      if (expected !== "") accepted += 1;
      if (said[index] !== expected)
        expect({ seed: SEED, index, hex: bytes.toString("hex"), said: said[index] }).toEqual({ said: expected });
    }
    expect(accepted).toBeGreaterThan(COUNT / 20);
    expect(accepted).toBeLessThan(COUNT);
  }, 300_000);

  it("refuses what is larger than it reads, and counts that promise more than there is", () => {
    const empty = Buffer.from(
      encodeResolved({ folder: "/", stamps: [], tools: [], paths: [], variables: [], aliases: [], notices: [] }) ?? [],
    );
    const huge = Buffer.concat([empty, Buffer.alloc(MAX_RESOLVED)]);
    huge.writeUInt32LE(huge.length, 8);
    const promises = [12, 16, 20, 24, 28, 32].map((at) => {
      const copy = Buffer.from(empty);
      copy.writeUInt32LE(0xffff_ffff, at);
      return copy;
    });
    const all = [huge, ...promises];
    expect(native(all)).toEqual(all.map(() => ""));
    expect(all.map((bytes) => decodeResolved(bytes))).toEqual(all.map(() => undefined));
    expect(decodeResolved(empty)).toMatchObject({ folder: "/" });
  });

  it("comes back as it was written", () => {
    fc.assert(
      fc.property(resolved, (each) => {
        const bytes = encodeResolved(each) ?? new Uint8Array();
        const sound =
          each.paths.every((path) => !path.includes(":")) &&
          each.variables.every(({ name: n }) => /^[A-Za-z_]\w*$/.test(n)) &&
          each.aliases.every(({ name: n }) => /^[\w.][\w.-]*$/.test(n));
        expect(decodeResolved(bytes)).toEqual(sound ? each : undefined);
      }),
      { numRuns: 500 },
    );
  });
});
