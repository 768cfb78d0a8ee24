import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { isPassedOn } from "../../cli/fast/passed-on.ts";
import { KEPT_COMMANDS } from "../../cli/standing/question.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import { frameOf, openFrames } from "../../schema/wire/frames.ts";
import { type PassedOn, questionIn } from "../../schema/wire/questions.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import { createFastLab, type FastLab } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";

const CASES = Number(process.env.OMG_FUZZ_CASES ?? 150);
const BUILD = "0123456789abcdef";
/** Where omgd is not asked, or has not answered in time, this takes its place. */
const NODE = '#!/bin/sh\nshift\necho "node: $*"\nexit 42\n';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe.runIf(needs("gcc", "libc6-dev", "root"))("omg-fast, asking omgd", () => {
  let lab: FastLab;
  let server: Server | undefined;
  const place = (name: string) => join(lab.folder, name);

  beforeAll(() => {
    lab = createFastLab({ sanitized: true, build: BUILD });
    for (const name of ["runtime", "data/user", "under/a/lock"]) mkdirSync(place(name), { recursive: true });
    writeFileSync(place("node"), NODE);
    chmodSync(place("node"), 0o755);
    writeFileSync(place("data/user/program"), `${place("node")}\n${place("node")}\n`);
    writeFileSync(place("under/omg.lock"), "");
  });
  afterAll(() => lab?.dispose());
  afterEach(async () => {
    await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())));
    server = undefined;
  });

  const environment = (): Record<string, string> => ({
    PATH: "/usr/bin:/bin",
    HOME: lab.folder,
    OMG_RUNTIME_DIR: place("runtime"),
    OMG_DATA_DIR: place("data"),
    ASAN_OPTIONS: "detect_leaks=0",
  });

  /** An omgd that hears the question and then does as it is told. */
  async function omgd(answer: (socket: Socket, asked: PassedOn) => void): Promise<void> {
    const path = place("runtime/query.sock");
    rmSync(path, { force: true });
    server = createServer((socket) => {
      const frames = openFrames();
      socket.on("error", () => undefined);
      socket.on("data", (piece: Buffer) => {
        for (const message of frames.push(piece)) {
          const { question } = questionIn(message);
          if (question.ask === "command") answer(socket, question);
        }
      });
    });
    const opened = server;
    await new Promise<void>((done) => opened.listen(path, done));
  }

  function start(args: readonly string[], cwd = "/", around?: string): ChildProcess {
    const words = [lab.native, ...args];
    const [file = "", ...rest] = around === undefined ? words : ["/bin/sh", "-c", around, "sh", ...words];
    return spawn(file, rest, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  }

  function fast(args: readonly string[], cwd?: string, around?: string): Promise<Ended> {
    const child = start(args, cwd, around);
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name]?.on("data", (chunk: Buffer) => {
        said[name] += chunk.toString("latin1");
      });
    return new Promise((done) => child.once("close", (code) => done({ code, ...said })));
  }

  /** As omgd would answer it in time: a machine that is busy may take longer, and then Node answers. */
  async function answered(args: readonly string[], around?: string): Promise<Ended> {
    let ended = await fast(args, "/", around);
    await until(async () => {
      if (!ended.stdout.startsWith("node: ")) return true;
      ended = await fast(args, "/", around);
      return false;
    }, 120_000);
    return ended;
  }

  const reply = (message: Parameters<typeof frameOf>[0] & object) => frameOf({ v: 1, id: 1, ...message });
  const out = (text: string) => reply({ out: Buffer.from(text) });
  const exit = (code: number) => reply({ exit: code, tier: "index", age: 300 });

  it("passes on what the command table marks and what answers are kept of, and nothing else", () => {
    const kept = new Set(KEPT_COMMANDS.map((words) => words.split(" ")[0]));
    for (const { name, passedOn } of COMMANDS) {
      const [word] = name.split(" ");
      expect([name, isPassedOn(word)]).toEqual([name, passedOn === true || kept.has(word)]);
    }
  });

  it("says what is asked, by whom and where, and copies out what comes", async () => {
    let asked: PassedOn | undefined;
    const text = `${"a line of it \u00e4\n".repeat(20_000)}the last`;
    await omgd((socket, question) => {
      asked = question;
      const bytes = Buffer.concat([out(text.slice(0, 100)), out(text.slice(100)), exit(7)]);
      // In pieces that end anywhere.
      for (let at = 0; at < bytes.length; at += 9973) socket.write(bytes.subarray(at, at + 9973));
    });
    const ended = await answered(["search", "json parser", "--limit", "3"]);
    expect(ended).toEqual({ code: 7, stdout: Buffer.from(text).toString("latin1"), stderr: "" });
    const env = environment();
    expect(asked).toMatchObject({
      build: BUILD,
      uid: 0,
      surroundings: fnv1a64(surroundingsText({ env, home: lab.folder, elevated: false })),
      args: ["search", "json parser", "--limit", "3"],
      terminal: false,
      look: {},
    });
  });

  it.each<readonly [string, (socket: Socket) => void]>([
    ["says nothing", () => undefined],
    ["leaves", (socket) => socket.destroy()],
    ["declines", (socket) => socket.write(reply({ decline: "another build" }))],
    ["has an error", (socket) => socket.write(reply({ error: { code: "busy", message: "" } }))],
    ["says what is no message", (socket) => socket.end(Buffer.from("00000002c1c1", "hex"))],
    ["announces more than anything may be", (socket) => socket.end(Buffer.from("ffffffff00", "hex"))],
    ["begins and does not go on", (socket) => socket.write(out("text").subarray(0, 9))],
  ])("becomes omg where omgd %s", async (_, does) => {
    await omgd(does);
    expect(await fast(["info", "--json", "a b"])).toMatchObject({ code: 42, stdout: "node: info --json a b\n" });
  });

  it("becomes omg where no omgd is, and where a lock has a say", async () => {
    rmSync(place("runtime/query.sock"), { force: true });
    expect(await fast(["explicit"])).toMatchObject({ code: 42, stdout: "node: explicit\n" });
    let asked = 0;
    await omgd((socket) => {
      asked += 1;
      socket.write(Buffer.concat([out("omgd\n"), exit(0)]));
    });
    expect(await fast(["explicit"], place("under/a/lock"))).toMatchObject({ stdout: "node: explicit\n" });
    expect(asked).toBe(0);
    expect(await answered(["explicit"])).toMatchObject({ code: 0, stdout: "omgd\n" });
  });

  describe("as another user than the machine's omgd, which is a service", () => {
    const [ACCOUNT, ALICE] = [990, 1000];
    const SERVER =
      'require("net").createServer((s) => s.on("error", () => {}).on("data", () => s.end(Buffer.from(process.argv[1], "hex")))).listen("/run/omgd/query.sock")';
    const BESIDE = `mount -t tmpfs -o mode=755 none /run && mkdir /run/omgd && chown "$2" /run/omgd
setpriv --reuid "$2" --clear-groups -- ${process.execPath} -e '${SERVER}' "$4" & server=$!
while [ ! -S /run/omgd/query.sock ]; do sleep 0.01; done
chmod 666 /run/omgd/query.sock && chown "$1" /run/omgd
for again in $(seq "$6"); do
  said=$(setpriv --reuid "$3" --clear-groups -- "$5" search x; echo "$?."); case $said in 8.) ;; *) break ;; esac
done
kill $server; printf %s "$said"`;

    /** A machine that is busy may take longer than omg-fast waits. */
    const MANY = { tries: 300 };
    /** omg's to answer, of which this user has none. */
    const NODES = "8.";

    /** What omg-fast prints with a `/run` of its own, and its exit code. */
    const said = (answer: Buffer, { folder = ACCOUNT, server: by = ACCOUNT, caller = ALICE, tries = 3 } = {}) => {
      for (const name of ["", "data", "data/user"]) chmodSync(place(name), 0o755);
      const args = [folder, by, caller, answer.toString("hex"), lab.native, tries].map(String);
      const env = { ...environment(), OMG_RUNTIME_DIR: place("nowhere") };
      const { stdout } = spawnSync("unshare", ["--mount", "sh", "-c", BESIDE, "sh", ...args], {
        cwd: "/",
        env,
        timeout: 60_000,
      });
      return stdout.toString();
    };
    const whole = (...texts: readonly string[]) => Buffer.concat([...texts.map(out), exit(0)]);

    it("believes the account that systemd gave the folder to", () => {
      expect(said(whole("a line, ä, \x1b[1;32min colour\x1b", "[0m\tof it\n"), MANY)).toBe(
        "a line, ä, \x1b[1;32min colour\x1b[0m\tof it\n0.",
      );
    });

    it.each([
      ["whoever else answers there", { folder: ACCOUNT, server: 0, caller: ALICE, ...MANY }, "answer\n0."],
      ["an account that the folder is not of", { folder: 0, server: ACCOUNT }, NODES],
      ["it, being root", { caller: 0 }, "node: search x\n42."],
    ])("asks %s only where that is root", (_, who, prints) => {
      expect(said(whole("answer\n"), who)).toBe(prints);
    });

    it.each(["\x1b]0;title\x07", "\x1b[2J", "\x1b[6n", "\r", "\b", "\x7f", "\u009b2J", "\x1bc"])(
      "prints nothing that does more to a terminal than to show it: %j",
      (text) => {
        expect(said(whole(`first ${text}\n`))).toBe(NODES);
        expect(said(whole("first\n", text), MANY)).toBe("first\n1.");
      },
    );
  });

  it("runs nothing a second time once something is out", async () => {
    await omgd((socket) => socket.end(out("half\n")));
    const ended = await answered(["orphans"]);
    expect(ended).toMatchObject({ code: 1, stdout: "half\n" });
    expect(ended.stderr).toContain("in the middle of its answer");
  });

  it("ends as omg does where nobody reads on, and says so where there is no room", async () => {
    await omgd((socket) => socket.write(Buffer.concat([out("x\n"), out("x\n".repeat(1 << 20)), exit(0)])));
    expect(await answered(["search", "x"], '{ "$@"; echo "ended $?" >&2; } | head -n 1')).toMatchObject({
      stdout: "x\n",
      stderr: "ended 0\n",
    });
    const full = await fast(["search", "x"], "/", '"$@" > /dev/full; code=$?; test $code = 42 || exit $code; exit 1');
    expect(full.code).toBe(1);
  });

  it("ends at SIGINT while it waits for more, and leaves omgd", async () => {
    let left = false;
    let begun = false;
    await omgd((socket) => {
      socket.write(out("begun\n"));
      socket.once("close", () => {
        left = true;
      });
    });
    let child = start(["search", "x"]);
    const watch = () =>
      child.stdout?.on("data", (text: Buffer) => {
        begun = text.toString() === "begun\n";
      });
    watch();
    await until(() => {
      if (child.exitCode !== null) {
        child = start(["search", "x"]);
        watch();
      }
      return begun;
    }, 120_000);
    const ended = new Promise((done) => child.once("close", (_, signal) => done(signal)));
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    await until(() => left);
  });

  it(`touches no byte that is not its own, whatever ${CASES} omgds say`, async () => {
    let bytes: Uint8Array = Buffer.alloc(0);
    await omgd((socket) => socket.end(bytes));
    const good = fc.constantFrom(
      out("text\n"),
      out(""),
      exit(0),
      reply({ decline: "x" }),
      reply({ error: { code: "x" } }),
    );
    const changed = fc.tuple(good, fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
      const copy = Buffer.from(frame);
      copy[at % copy.length] = byte;
      return copy;
    });
    const body = fc.uint8Array({ maxLength: 40 }).map((content) => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(content.length);
      return Buffer.concat([header, content]);
    });
    const said = fc
      .array(fc.oneof(good, changed, body, fc.uint8Array({ maxLength: 12 })), { maxLength: 4 })
      .map((parts) => Buffer.concat(parts));
    await fc.assert(
      fc.asyncProperty(said, async (each) => {
        bytes = each;
        const { code, stderr } = await fast(["search", "x"]);
        expect(stderr).not.toMatch(/Sanitizer|runtime error/);
        expect(code).not.toBeNull();
      }),
      { numRuns: CASES },
    );
  }, 600_000);
});
