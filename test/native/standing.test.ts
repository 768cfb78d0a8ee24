import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { circumstancesHere } from "../../app/standing/circumstances.ts";
import { standingAnswer } from "../../app/standing/find.ts";
import { encodeKept, type Kept, keptPath, keyOf, type Question } from "../../app/standing/kept.ts";
import { type Look, lookAt } from "../../host/look.ts";
import { decodeStatus } from "../../schema/wire/status.ts";
import { SOURCES, STRICT } from "../../scripts/native.mjs";
import { SANITIZED, statusBytes } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";

const CASES = Number(process.env.OMG_FUZZ_CASES ?? 300);
const HANDED_OVER = "handed over\n";

describe.runIf(needs("gcc", "libc6-dev", "root"))("answers that still stand, given by native/standing.c", () => {
  let folder: string;
  let env: Record<string, string>;
  let question: Question;
  const place = (name: string) => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-standing-"));
    for (const name of ["bin", "dist", "runtime", "cache/standing", "tools", "seen/folder"])
      mkdirSync(place(name), { recursive: true });
    writeFileSync(place("bin/omg"), `#!/bin/sh\necho ${HANDED_OVER}`, { mode: 0o755 });
    writeFileSync(place("tools/node"), "", { mode: 0o755 });
    for (const name of ["dist/omg.cjs", "seen/file", "seen/folder/inside"]) writeFileSync(place(name), name);
    symlinkSync("file", place("seen/link"));
    symlinkSync("loop", place("seen/loop"));
    symlinkSync("nowhere", place("seen/dangling"));
    symlinkSync("folder", place("seen/to-folder"));
    execFileSync("gcc", [...STRICT, ...SANITIZED, "-DOMG_ITSELF", "-o", place("dist/omg"), ...SOURCES]);
    env = {
      PATH: `${place("tools")}:/usr/bin:/bin`,
      HOME: folder,
      OMG_CACHE_DIR: place("cache"),
      OMG_RUNTIME_DIR: place("runtime"),
      ASAN_OPTIONS: "detect_leaks=0",
    };
    question = {
      who: { uid: 0, home: folder, env, elevated: false },
      about: ["/", "plan"],
      circumstances: circumstancesHere(place("dist"), "no", { env, execPath: place("tools/node") }),
    };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const LOOKS: readonly Look[] = ["presence", "itself", "entries"];
  const kept = (more: Partial<Kept> = {}): Kept => {
    const paths = ["file", "folder", "link", "loop", "dangling", "to-folder", "absent", "file/below", "absent/below"];
    const stamps = paths
      .map((name) => place(`seen/${name}`))
      .concat("/", "/proc", "/etc/passwd", "/dev/null")
      .flatMap((path) => LOOKS.map((look) => [path, look, lookAt(path, look)] as const));
    return {
      about: question.about,
      key: keyOf(question),
      made: Date.now(),
      stamps,
      text: Buffer.from("the answer\n\0ä\n"),
      ...more,
    };
  };
  const front = (bytes: Uint8Array) => {
    writeFileSync(keptPath(question), bytes, { mode: 0o600 });
    const { stdout, stderr, status } = spawnSync(place("dist/omg"), ["plan"], { cwd: "/", env });
    return { stdout: stdout.toString("latin1"), stderr: stderr.toString(), status };
  };
  const node = (bytes: Uint8Array) => {
    writeFileSync(keptPath(question), bytes, { mode: 0o600 });
    const text = standingAnswer(question, Date.now());
    return text && Buffer.from(text).toString("latin1");
  };

  it("sees of files, folders and links what Node sees", () => {
    const bytes = encodeKept(kept());
    expect(node(bytes)).toBe("the answer\n\0Ã¤\n");
    expect(front(bytes)).toEqual({ stdout: node(bytes), stderr: "", status: 0 });
  });

  it.each([
    1, 1.5, 1_000_000_000, 1_500_000_000.123, 1_732_650_000.123_456, 1_732_650_000.000_001, 1_999_999_999.999_999,
    4_000_000_000.5,
  ])("writes times as Node does: %d", (seconds) => {
    utimesSync(place("seen/file"), seconds, seconds);
    const path = place("seen/file");
    const bytes = encodeKept(kept({ stamps: [[path, "itself", lookAt(path, "itself")]] }));
    expect(front(bytes).stdout).toBe(node(bytes));
  });

  it("publishes again what was published, as of now", () => {
    const path = place("runtime/omg.status");
    const status = statusBytes({ timestamp: 5, orphans: undefined });
    const bytes = encodeKept(kept({ status }));
    expect(node(bytes)).toBeDefined();
    const byNode = decodeStatus(readFileSync(path));
    rmSync(path);
    expect(front(bytes).status).toBe(0);
    const byFront = decodeStatus(readFileSync(path));
    expect({ ...byFront, timestamp: 0 }).toEqual({ ...byNode, timestamp: 0 });
    expect(Math.abs((byFront?.timestamp ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    const broken = encodeKept(kept({ status: status.fill(9, 6, 7) }));
    expect([node(broken), front(broken).stdout]).toEqual([undefined, HANDED_OVER]);
    rmSync(place("runtime"), { recursive: true });
    expect(front(bytes).stdout).toBe(HANDED_OVER);
    mkdirSync(place("runtime"));
  });

  it("has Node say what is the matter where the answer cannot be written, and waits for a slow reader", () => {
    const text = Buffer.from("a line\n".repeat(100_000));
    writeFileSync(keptPath(question), encodeKept(kept({ text })), { mode: 0o600 });
    const around = (words: string) =>
      spawnSync("sh", ["-c", words, "sh", place("dist/omg"), "plan"], { cwd: "/", env });
    // What sh(1) says of it, which is in Node's place here.
    expect(around('"$@" > /dev/full').stderr.toString()).toMatch(/echo.*error/);
    expect(around('{ "$@"; echo "ended $?" >&2; } | head -n 1').stderr.toString()).toBe("ended 0\n");
    expect(around('"$@" | { sleep 0.2; cat; }').stdout.equals(text)).toBe(true);
    const nonblocking = `const { spawn } = require("child_process"); const c = spawn(process.argv[1], ["plan"], { stdio: ["ignore", "pipe", 2] }); setTimeout(() => c.stdout.pipe(process.stdout), 200);`;
    const piped = spawnSync(process.execPath, ["-e", nonblocking, place("dist/omg")], {
      cwd: "/",
      env,
      maxBuffer: 1 << 24,
    });
    expect(piped.stdout.equals(text)).toBe(true);
  });

  it.each<readonly [string, Partial<Kept>]>([
    ["from other circumstances", { key: "0123456789abcdef" }],
    ["of another folder, though its file have the same name", { about: ["/elsewhere", "plan"] }],
    ["of another command", { about: ["/", "check"] }],
    ["of fewer words", { about: ["/"] }],
    ["of more words", { about: ["/", "plan", ""] }],
    ["from an hour ago", { made: Date.now() - 3_600_001 }],
    ["from a later time", { made: Date.now() + 600_000 }],
    ["of something that is not so", { stamps: [["/etc", "presence", "absent"]] }],
    ["of a path that is none", { stamps: [["etc", "presence", "there"]] }],
  ])("does not give one %s", (_, more) => {
    const bytes = encodeKept(kept(more));
    expect(front(bytes).stdout).toBe(HANDED_OVER);
  });

  it("opens no link, no pipe, nobody else's file and none that others can write", () => {
    const path = keptPath(question);
    expect(front(encodeKept(kept())).status).toBe(0);
    const asked = () => String(spawnSync(place("dist/omg"), ["plan"], { cwd: "/", env, timeout: 10_000 }).stdout);
    expect(asked()).not.toBe(HANDED_OVER);
    chmodSync(path, 0o622);
    expect(asked()).toBe(HANDED_OVER);
    rmSync(path);
    writeFileSync(place("elsewhere"), encodeKept(kept()), { mode: 0o600 });
    symlinkSync(place("elsewhere"), path);
    expect(asked()).toBe(HANDED_OVER);
    rmSync(path);
    execFileSync("mkfifo", [path]);
    expect(asked()).toBe(HANDED_OVER);
    rmSync(path);
    expect(dirname(path)).toBe(place("cache/standing"));
  });

  it(`touches no byte that is not its own, and gives nothing that Node would not, of ${CASES} files`, () => {
    const good = Buffer.from(encodeKept(kept({ status: statusBytes() })));
    let given = 0;
    const at = fc.nat(good.length + 20);
    const change = fc.oneof(
      fc.tuple(at, fc.nat(255)).map(([place, byte]) => (bytes: Buffer) => {
        if (place < bytes.length) bytes[place] = byte;
        return bytes;
      }),
      fc.tuple(at, fc.uint8Array({ maxLength: 12 })).map(
        ([place, more]) =>
          (bytes: Buffer) =>
            Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]),
      ),
      fc.tuple(at, at).map(
        ([from, to]) =>
          (bytes: Buffer) =>
            Buffer.concat([bytes.subarray(0, from), bytes.subarray(Math.max(from, to))]),
      ),
      // A field in the place of another.
      fc
        .tuple(fc.nat(12), fc.constantFrom("", "0", "-1", "1e3", "999999999999999", "99999999999999999999", "a"))
        .map(([field, text]) => (bytes: Buffer) => {
          const fields = bytes.toString("latin1").split("\0");
          fields[field] = text;
          return Buffer.from(fields.join("\0"), "latin1");
        }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const bytes = changes.reduce<Buffer>((now, each) => each(now), Buffer.from(good));
        const { stdout, stderr } = front(bytes);
        expect(stderr).not.toMatch(/Sanitizer|runtime error/);
        if (stdout === HANDED_OVER) return;
        given += 1;
        expect(stdout).toBe(node(bytes));
      }),
      { numRuns: CASES, examples: [[[]]] },
    );
    expect(given).toBeGreaterThan(0);
  }, 600_000);
});
