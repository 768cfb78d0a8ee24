import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { isPassedOn } from "../../cli/fast/passed-on.ts";
import { KEPT_COMMANDS } from "../../cli/standing/question.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import { pathsFor } from "../../host/paths.ts";
import { frameOf, openFrames } from "../../schema/wire/frames.ts";
import { OWN } from "../../schema/wire/own.ts";
import { type PassedOn, questionIn } from "../../schema/wire/questions.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import { createFastLab, type FastLab, STRANGER } from "../support/fast-lab.ts";
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

  it.runIf(needs("strace"))("has the kernel wake it 20 ms later where omgd says nothing", async () => {
    await omgd(() => undefined);
    const trace = place("trace");
    const ended = await fast(["search", "x"], "/", `exec strace -o '${trace}' -e trace=poll -- "$@"`);
    expect(ended).toMatchObject({ code: 42, stdout: "node: search x\n" });
    // What it asks of the kernel, however long that then takes; less where some of the time is over already.
    const waits = [...readFileSync(trace, "utf8").matchAll(/^poll\(.*, (-?\d+)\) += 0 \(Timeout\)$/gm)];
    expect(waits).toHaveLength(1);
    const wait = Number(waits[0]?.[1]);
    expect([wait, wait >= 0 && wait <= 20]).toEqual([wait, true]);
  });

  it("becomes omg where no omgd is, and where a lock has a say", async () => {
    rmSync(place("runtime/query.sock"), { force: true });
    expect(await fast(["explicit"])).toMatchObject({ code: 42, stdout: "node: explicit\n" });
    let asked = 0;
    await omgd((socket) => {
      asked += 1;
      socket.write(Buffer.concat([out("omgd\n"), exit(0)]));
    });
    for (const command of ["explicit", "info", "outdated"])
      expect(await fast([command], place("under/a/lock"))).toMatchObject({ stdout: `node: ${command}\n` });
    expect(asked).toBe(0);
    expect(await answered(["explicit"])).toMatchObject({ code: 0, stdout: "omgd\n" });
    // None of these looks at one.
    for (const command of ["search", "orphans"]) {
      const before = asked;
      expect((await fast([command], place("under/a/lock"))).code).not.toBe(1);
      await until(() => asked > before);
    }
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
  said=$(setpriv --reuid "$3" --clear-groups -- "$5" "$7" x; echo "$?."); case $said in 8.) ;; *) break ;; esac
done
kill $server; printf %s "$said"`;

    /** A machine that is busy may take longer than omg-fast waits. */
    const MANY = { tries: 300 };
    /** omg's to answer, of which this user has none. */
    const NODES = "8.";

    /** What omg-fast prints with a `/run` of its own, and its exit code. */
    const said = (
      answer: Buffer,
      { folder = ACCOUNT, server: by = ACCOUNT, caller = ALICE, tries = 3, command = "search" } = {},
    ) => {
      for (const name of ["", "data", "data/user"]) chmodSync(place(name), 0o755);
      const args = [folder, by, caller, answer.toString("hex"), lab.native, tries, command].map(String);
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

    it.each(COMMANDS.filter(({ passedOn }) => passedOn === true).map(({ name }) => name))(
      "believes it about %s, and prints nothing of that either which steers a terminal",
      (command) => {
        expect(said(whole("answer\n"), { ...MANY, command })).toBe("answer\n0.");
        expect(said(whole("\x1b[2Janswer\n"), { command })).toBe(NODES);
      },
    );

    it.each(["\x1b]0;title\x07", "\x1b[2J", "\x1b[6n", "\r", "\b", "\x7f", "\u009b2J", "\x1bc"])(
      "prints nothing that does more to a terminal than to show it: %j",
      (text) => {
        expect(said(whole(`first ${text}\n`))).toBe(NODES);
        expect(said(whole("first\n", text), MANY)).toBe("first\n1.");
      },
    );
  });

  describe("as another user than whose omgd it is", () => {
    let heard: (readonly string[])[] = [];
    beforeEach(async () => {
      await omgd((socket, { args }) => {
        heard.push(args);
        socket.end(Buffer.concat([out("answer\n"), exit(0)]));
      });
      for (const name of ["", "runtime", "data"]) chmodSync(place(name), 0o755);
      chmodSync(place("runtime/query.sock"), 0o666);
      mkdirSync(place("x"), { mode: 0o755, recursive: true });
    });
    afterEach(() => rmSync(place("x"), { recursive: true, force: true }));

    const run = async (args: readonly string[], env: NodeJS.ProcessEnv, uid: number) => {
      const all = { ASAN_OPTIONS: "detect_leaks=0", ...env, OMG_RUNTIME_DIR: place("runtime") };
      const child = spawn(lab.native, args, { cwd: "/", env: all, uid, gid: uid, stdio: ["ignore", "ignore", "pipe"] });
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      await new Promise((done) => child.once("close", done));
      expect(stderr).not.toMatch(/Sanitizer|runtime error/);
    };

    /** Whether omgd is asked this, whoever answers in the end. */
    const isAsked = async (args: readonly string[], env: NodeJS.ProcessEnv, uid = STRANGER): Promise<boolean> => {
      heard = [];
      await run(args, env, uid);
      // What it asked, if anything, was sent before this one.
      await run(["search", "ping"], environment(), 0);
      await until(() => heard.some(([, word]) => word === "ping"));
      await new Promise(setImmediate);
      return heard.some(([, word]) => word !== "ping");
    };

    const THINGS = ["config/omg.lock", "data/advisories", "data/versions", "config/config.toml", "data/program"];
    const hangsOn = (command: string, thing: string) =>
      OWN.some(([of, folder, name]) => of === command && thing === `${folder}/${name}`);

    const ENVIRONMENTS = [
      { OMG_CONFIG_DIR: "/config", OMG_DATA_DIR: "/data" },
      { XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", HOME: "/h", config: "/c/omg", data: "/d/omg" },
      { HOME: "/h", config: "/h/.config/omg", data: "/h/.local/share/omg" },
    ];

    it.each(THINGS.flatMap((thing) => ENVIRONMENTS.map((each) => [thing, each] as const)))(
      "asks nothing that hangs on what the caller has of their own: %s, with %o",
      async (thing, environment) => {
        const { config = "/config", data = "/data", ...variables } = environment;
        const env = Object.fromEntries(Object.entries(variables).map(([name, path]) => [name, place(`x${path}`)]));
        const commands = COMMANDS.filter(({ passedOn }) => passedOn === true).map(({ name }) => name);
        for (const command of commands) expect([command, await isAsked([command, "y"], env)]).toEqual([command, true]);
        const [kind, name = ""] = thing.split("/");
        const path = place(`x${kind === "config" ? config : data}/${name}`);
        mkdirSync(dirname(path), { recursive: true });
        // Whatever is there, and wherever it leads.
        symlinkSync("/nonexistent", path);
        for (const command of commands)
          expect([command, await isAsked([command, "y"], env)]).toEqual([command, !hangsOn(command, thing)]);
      },
    );

    it("asks nothing where it cannot be seen whether anything is there, nor where Node would look elsewhere", async () => {
      mkdirSync(place("x/closed"), { mode: 0o700 });
      writeFileSync(place("x/file"), "");
      for (const name of ["closed", "file"]) {
        const env = { HOME: place("x"), XDG_CONFIG_HOME: place(`x/${name}`) };
        expect([name, await isAsked(["info", "y"], env)]).toEqual([name, false]);
        expect([name, await isAsked(["search", "y"], env)]).toEqual([name, true]);
      }
      for (const name of ["XDG_CONFIG_HOME", "XDG_DATA_HOME"])
        expect(await isAsked(["explicit"], { HOME: place("x"), [name]: "/\ud800" })).toBe(false);
    });

    it("leaves it to whose omgd it is what they have of their own", async () => {
      for (const { 1: folder, 2: name } of OWN) {
        const path = place(`x/${folder}/user/${name}`);
        mkdirSync(path, { recursive: true });
      }
      const env = { HOME: place("x"), OMG_CONFIG_DIR: place("x/config"), OMG_DATA_DIR: place("x/data") };
      for (const command of ["info", "explicit", "outdated"]) expect(await isAsked([command, "y"], env, 0)).toBe(true);
    });

    it(`looks where omg does, in ${CASES} environments`, async () => {
      const good = fc.constantFrom("@/a", "@//b/../c/.", "@/ä b/", "/../@/d");
      const odd = fc.constantFrom("", "here", "@/\ud800");
      const folder = fc.oneof(
        { arbitrary: fc.constant(undefined), weight: 4 },
        { arbitrary: good, weight: 4 },
        { arbitrary: odd, weight: 1 },
      );
      const names = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "OMG_CONFIG_DIR", "OMG_DATA_DIR"] as const;
      const variables = fc.tuple(...names.map(() => folder));
      const asked = fc.constantFrom("info", "outdated", "explicit", "search", "orphans");
      await fc.assert(
        fc.asyncProperty(asked, variables, fc.constantFrom(undefined, ...THINGS), async (command, values, thing) => {
          const env = Object.fromEntries(
            names.flatMap((name, at) => {
              const value = values[at]?.replace("@", place("x"));
              return value === undefined ? [] : [[name, value] as const];
            }),
          );
          const isGarbled = (name: string) => env[name]?.includes("\ud800") === true;
          const isWrong = ["OMG_CONFIG_DIR", "OMG_DATA_DIR"].some((name) => env[name] === "here" || isGarbled(name));
          const lookedAt = OWN.filter(([of]) => of === command).map(([, kind]) => `XDG_${kind.toUpperCase()}_HOME`);
          const mayNotBe = isWrong || isGarbled("HOME");
          const inDoubt = lookedAt.some(isGarbled);
          let has = false;
          if (!mayNotBe && thing !== undefined) {
            const home = env.HOME?.startsWith("/") ? env.HOME : "/nonexistent";
            const paths = pathsFor("user", { uid: STRANGER, home, env, elevated: false });
            const [kind = "", name = ""] = thing.split("/");
            const at = join(paths[kind as "config" | "data"], name);
            if (at.startsWith(place("x"))) {
              mkdirSync(at, { recursive: true });
              has = hangsOn(command, thing);
            }
          }
          try {
            const expected = !mayNotBe && !inDoubt && !has;
            expect([command, env, thing, await isAsked([command, "y"], env)]).toEqual([command, env, thing, expected]);
          } finally {
            rmSync(place("x"), { recursive: true, force: true });
            mkdirSync(place("x"), { mode: 0o755 });
          }
        }),
        { numRuns: CASES },
      );
    }, 600_000);
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
