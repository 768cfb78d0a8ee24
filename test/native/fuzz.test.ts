import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { whoIsThis } from "../../cli/context.ts";
import { answer } from "../../cli/fast/answer.ts";
import { encodeStatus } from "../../schema/wire/status.ts";
import { SOURCES, STRICT } from "../../scripts/native.mjs";
import { needs } from "../support/needs.ts";

const NOW = 1_790_000_000;
/** In a pipeline the same cases each time (support/property-seed.ts); more of them with OMG_FUZZ_CASES. */
const SEED = process.env.CI === undefined ? Date.now() & 0x7fff_ffff : 20_261_125;
const COUNT = Number(process.env.OMG_FUZZ_CASES ?? 20_000);

/** Bytes, since what a program gets need not be text. `@` in a variable is the folder, `%` its name. */
interface Case {
  readonly uid: number;
  readonly args: readonly Buffer[];
  readonly env: readonly (readonly [string, Buffer])[];
  readonly status: Buffer | undefined;
}

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((array) => Buffer.from(array.map((byte) => byte || 1)));
const text = (...words: readonly string[]) => fc.constantFrom(...words).map((word) => Buffer.from(word));
const u32 = fc.oneof(fc.constantFrom(0, 1, 9, 10, 0xffff_ffff), fc.nat(0xffff_ffff));
const count = fc.option(u32, { nil: undefined });
const AGES = [0, 1, 59, 60, 3599, 3600, 86_399, 86_400, 172_800, 172_801, 604_800, 604_801, -1, -300, -301, NOW];

const good = fc
  .record({
    state: fc.constantFrom("unknown", "in sync", "drifted", "applying", "failed", "held"),
    total: count,
    explicit: count,
    orphans: count,
    updates: count,
    drift: count,
    vulnerabilities: count,
    timestamp: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...AGES).map((age) => NOW - age) }, fc.nat(2 * NOW)),
    generation: u32,
  })
  .map((status) => Buffer.from(encodeStatus(status)));
const broken = fc
  .tuple(good, fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { minLength: 1, maxLength: 3 }))
  .map(([whole, changes]) => {
    for (const [offset, byte] of changes) whole[offset] = byte;
    return whole;
  });
const cut = fc
  .tuple(good, fc.nat(200))
  .map(([whole, length]) => Buffer.concat([whole, Buffer.alloc(140, 1)]).subarray(0, length));
const status = fc.oneof(
  { weight: 6, arbitrary: good },
  { weight: 3, arbitrary: broken },
  { weight: 1, arbitrary: fc.oneof(cut, bytes(0, 200), bytes(64, 64), fc.constant(undefined)) },
);

const NAMES =
  "state drift explicit total orphans updates vulnerabilities generation age unknown in-sync drifted applying failed held red bold dim grey reset".split(
    " ",
  );
const name = fc.constantFrom(...NAMES);
const CONDITIONS_ONLY = ["unknown", "in-sync", "drifted", "applying", "failed", "held"];
const FIELDS_ONLY = ["state", "red", "bold", "dim", "grey", "reset"];
/** Whole pieces, which mostly make sense together, and shreds, which do not. */
const piece = fc.oneof(
  { weight: 6, arbitrary: name.map((each) => Buffer.from(`{${each}}`)) },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom("", "!"), name).map(([not, each]) => Buffer.from(`{${not}${each}?`)),
  },
  { weight: 5, arbitrary: text("}", " ", "a", "Δ", "🙂", "{{", "}}") },
  {
    weight: 1,
    arbitrary: fc.oneof(
      text(
        "{",
        "?",
        "!",
        "$",
        "%",
        "{x?",
        "{-}",
        "{vulnerabilitiess}",
        "{statě}",
        "\u0085",
        "\u00a0",
        "\ufffd",
        "\u2028",
      ),
      bytes(1, 4),
    ),
  },
);
/** A format as people write it: every brace is closed. */
const { whole } = fc.letrec<{ whole: Buffer; part: Buffer }>((tie) => ({
  whole: fc.array(tie("part"), { maxLength: 5 }).map((parts) => Buffer.concat(parts)),
  part: fc.oneof(
    { depthSize: "small" },
    text("drift ", "Δ", "🙂", ": ", "(", ")", "{{", "\u00a0"),
    name.filter((each) => !CONDITIONS_ONLY.includes(each)).map((each) => Buffer.from(`{${each}}`)),
    fc
      .tuple(
        fc.constantFrom("", "!"),
        name.filter((each) => !FIELDS_ONLY.includes(each)),
        tie("whole"),
      )
      .map(([not, each, inside]) => Buffer.concat([Buffer.from(`{${not}${each}?`), inside, Buffer.from("}")])),
  ),
}));
const format = fc.oneof(
  { weight: 20, arbitrary: whole },
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 24 }).map((pieces) => Buffer.concat(pieces)) },
  {
    weight: 1,
    arbitrary: fc.array(piece, { minLength: 90, maxLength: 300 }).map((pieces) => Buffer.concat(pieces)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(text("{vulnerabilities}", "{age}", "{dim}", "{{", "{drift?"), fc.nat(250))
      .map(([unit, times]) => Buffer.concat(Array(times).fill(unit))),
  },
);

const word = text("status", "drift", "ec", "tc", "oc", "uc");
const MISTAKES = ["--help", "--version", "-h", "--format", "--shell=", "--shell=zs", "--", "-", "", "--format=", "ec"];
const ages = text("0s", "1s", "1m", "60m", "24h", "48h", "7d", "999999999d", "00000000s");
const option = fc.oneof(
  { weight: 20, arbitrary: format.map((each) => [Buffer.from("--format"), each]) },
  { weight: 5, arbitrary: format.map((each) => [Buffer.concat([Buffer.from("--format="), each])]) },
  { weight: 6, arbitrary: text("bash", "zsh", "fish", "plain").map((each) => [Buffer.from("--shell"), each]) },
  { weight: 6, arbitrary: ages.map((each) => [Buffer.concat([Buffer.from("--max-age="), each])]) },
  { weight: 1, arbitrary: text("", "9999999999s", "1", "h", "1h ").map((each) => [Buffer.from("--max-age"), each]) },
  { weight: 1, arbitrary: text(...MISTAKES).map((each) => [each]) },
  { weight: 1, arbitrary: bytes(0, 12).map((each) => [each]) },
);
const args = fc
  .tuple(fc.option(word, { freq: 30, nil: undefined }), fc.array(option, { maxLength: 3 }), fc.boolean())
  .map(([first, options, isFirst]) => [
    ...(first && isFirst ? [first] : []),
    ...options.flat(),
    ...(first && !isFirst ? [first] : []),
  ]);

/** The folder itself in ways that only a look at each part can tell, and what is no such way. */
const place = fc.oneof(
  { weight: 5, arbitrary: text("@", "//@", "@/", "@/.", "@/no/..", "@/../%", "/..@", "@///no/./../", "@/..", "@/no") },
  { weight: 1, arbitrary: fc.oneof(text("", ".", "%", "/", "/.."), bytes(0, 30)) },
);
const VARIABLES = [
  "OMG_RUNTIME_DIR",
  "OMG_STATE_DIR",
  "OMG_CONFIG_DIR",
  "OMG_DATA_DIR",
  "OMG_CACHE_DIR",
  "XDG_RUNTIME_DIR",
  "XDG_STATE_HOME",
];
const variable = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...VARIABLES), place) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("NO_COLOR", "TERM"), text("", "1", "dumb", "xterm")) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("SUDO_UID", "PKEXEC_UID", "DOAS_USER"),
      text("", "0", "1000", "root", "someone"),
    ),
  },
);
const env = fc.oneof(
  { weight: 3, arbitrary: fc.constant([["OMG_RUNTIME_DIR", Buffer.from("@")] as const]) },
  { weight: 2, arbitrary: fc.uniqueArray(variable, { maxLength: 5, selector: ([each]) => each }) },
);
// HOME is always one: without it, each would have to look a made-up user up.
const home = text("@", "@/no/..", "/nonexistent", "/").map((each) => ["HOME", each] as const);
const cases: fc.Arbitrary<Case> = fc
  .record({ uid: fc.constantFrom(0, 0, 64_123), args, env, status, home })
  .map(({ home: own, env: others, ...rest }) => ({ ...rest, env: [...others, own] }));

describe.runIf(needs("gcc", "libc6-dev", "root"))("omg-fast, compiled with sanitizers", () => {
  let folder: string;
  let path: string;
  let driver: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-fuzz-"));
    path = join(folder, "omg.status");
    driver = join(folder, "driver");
    const sane = ["-g", "-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const flags = [...STRICT, ...sane, '-DOMG_VERSION="0.1.0"'];
    const objects = SOURCES.map((source) => join(folder, `${basename(source)}.o`));
    for (const [index, source] of SOURCES.entries())
      execFileSync("gcc", [...flags, "-Dmain=omg_fast_main", "-c", "-o", objects[index] ?? "", source]);
    execFileSync("gcc", [...flags, "-o", driver, join(import.meta.dirname, "driver.c"), ...objects]);
    for (const [place, drift] of [
      ["omg", 1111],
      [".local/state/omg", 2222],
    ] as const) {
      mkdirSync(join(folder, place), { recursive: true });
      const other = encodeStatus({ state: "held", drift, timestamp: NOW, generation: 1 });
      writeFileSync(join(folder, place, "omg.status"), other);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => vi.restoreAllMocks());

  const placed = (value: Buffer) =>
    Buffer.from(value.toString("latin1").replaceAll("@", folder).replaceAll("%", basename(folder)), "latin1");

  const withPlaces = (all: readonly Case[]): readonly Case[] =>
    all.map((each) => ({ ...each, env: each.env.map(([key, value]) => [key, placed(value)] as const) }));

  const number = (value: number) => {
    const block = Buffer.alloc(4);
    block.writeUInt32LE(value);
    return block;
  };
  const block = (content: Buffer) => Buffer.concat([number(content.length), content]);

  const encoded = ({ uid, args: words, env: variables, status: file }: Case) =>
    Buffer.concat([
      ...[uid, words.length, variables.length].map(number),
      ...words.map(block),
      ...variables.map(([key, value]) => block(Buffer.concat([Buffer.from(`${key}=`), value]))),
      file === undefined ? number(0xffff_ffff) : block(file),
    ]);

  /** What the driver says of all of them, in order. */
  const native = (all: readonly Case[]) => {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(driver, [path, String(NOW)], {
      input: Buffer.concat(all.map(encoded)),
      maxBuffer: 1 << 28,
      // A debugger or a container may forbid what a search for leaks needs; the program allocates nothing.
      env: {
        ASAN_OPTIONS: `detect_leaks=0:log_path=${join(folder, "report")}`,
        UBSAN_OPTIONS: `print_stacktrace=1:log_path=${join(folder, "report")}`,
      },
    });
    if (code !== 0) throw new Error(`the driver ended with ${code}\n${stderr}\n${reports(folder)}`);
    let at = 0;
    const next = () => {
      at += 4;
      return stdout.readUInt32LE(at - 4);
    };
    const output = () => {
      const length = next();
      at += length;
      return stdout.toString("latin1", at - length, at);
    };
    return all.map(() => ({ exit: next(), stdout: output(), stderr: output() }));
  };

  /** What the TypeScript says of one. */
  const script = ({ uid, args: words, env: variables, status: file }: Case) => {
    rmSync(path, { force: true });
    if (file !== undefined) writeFileSync(path, file);
    vi.spyOn(process, "geteuid").mockReturnValue(uid);
    const environment = Object.fromEntries(variables.map(([key, value]) => [key, value.toString("utf8")]));
    const said = answer(
      words.map((each) => each.toString("utf8")),
      whoIsThis(environment),
      NOW * 1000,
    );
    const latin1 = (value: string) => Buffer.from(value).toString("latin1");
    return { exit: said.exit, stdout: latin1(said.stdout), stderr: latin1(said.stderr) };
  };

  it(`says of ${COUNT} cases what the TypeScript says, and touches no byte that is not its own`, () => {
    const all = withPlaces(fc.sample(cases, { numRuns: COUNT, seed: SEED }));
    const said = native(all);
    const seen = new Map<number, number>();
    for (const [index, each] of all.entries()) {
      const expected = script(each);
      seen.set(expected.exit, (seen.get(expected.exit) ?? 0) + 1);
      if (JSON.stringify(said[index]) !== JSON.stringify(expected))
        expect({ seed: SEED, index, case: shown(each), said: said[index] }).toEqual({ said: expected });
    }
    // Cases that all end in the same way would show little.
    for (const [exit, least] of [
      [0, 0.1],
      [1, 0.1],
      [3, 0.02],
      [8, 0.1],
    ] as const)
      expect([exit, (seen.get(exit) ?? 0) > least * COUNT]).toEqual([exit, true]);
  }, 600_000);
});

function shown({ uid, args: words, env: variables, status: file }: Case) {
  return {
    uid,
    args: words.map((each) => each.toString("latin1")),
    env: variables.map(([key, value]) => `${key}=${value.toString("latin1")}`),
    status: file?.toString("hex"),
  };
}

/** What sanitizers wrote: standard error is a case's own while it runs. */
function reports(folder: string): string {
  const found = execFileSync("find", [folder, "-name", "report*"], { encoding: "utf8" }).trim();
  return found === ""
    ? ""
    : found
        .split("\n")
        .map((file) => readFileSync(file, "utf8"))
        .join("\n");
}
