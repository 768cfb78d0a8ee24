import { spawn } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { getPriority } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { buildOf } from "../../app/prepared/build.ts";
import { openPrepared } from "../../app/prepared/open.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { builderOf, createDaemonLab, type DaemonLab, type Omgd, openOmgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG, runOmg } from "../support/omg-lab.ts";
import { connectTo, type OmgdClient } from "../support/omgd-client.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils", "gcc", "libc6-dev");
const FAST = join(OMG, "../../dist/omg-fast");
/** The command itself, native. */
const ITSELF = join(OMG, "../../dist/omg");
const BUILD = buildOf({ program: join(OMG, "../../dist") });

let lab: DaemonLab;
let client: OmgdClient | undefined;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(async () => {
  client?.close();
  await lab?.close();
});

/** omg itself, in a folder without a lock. */
const omg = (...args: readonly string[]) => runOmg(args, "/", lab.follow.env, {});

/** The same command line, as omg-fast passes it on. */
async function passedOn(
  from: OmgdClient,
  args: readonly string[],
  more: Readonly<Record<string, string | number>> = {},
) {
  const { env } = lab.follow;
  const at = from.heard.length;
  const last = await from.ask({
    ask: "command",
    build: BUILD,
    uid: 0,
    surroundings: fnv1a64(surroundingsText({ env, home: env.HOME ?? "", elevated: false })),
    args,
    terminal: false,
    look: {},
    ...more,
  });
  const pieces = from.heard.slice(at).flatMap(({ out }) => (out instanceof Uint8Array ? [out] : []));
  return { ...last, text: Buffer.concat(pieces).toString() };
}

/** Whether work on answers goes on, and leaves the machine to whatever else is to run: it comes last, and has one processor at a time. */
function givesWay(omgd: Omgd): boolean {
  try {
    const builder = builderOf(omgd);
    if (builder === undefined) return false;
    const line = readFileSync(`/proc/${builder}/cmdline`, "utf8").split("\0");
    return line.includes("--single-threaded") && getPriority(builder) > getPriority(omgd.child.pid);
  } catch {
    return false;
  }
}

/** The one by which omgd has a file of this name open. */
function descriptorOf({ child: { pid } }: Omgd, name: string): string | undefined {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).find((fd) => {
    try {
      return basename(readlinkSync(join(folder, fd))) === name;
    } catch {
      return false;
    }
  });
}

/** Seconds since the answers on the disk were worked out. */
async function omgAge(): Promise<number> {
  const path = join(lab.follow.env.OMG_CACHE_DIR ?? "", "prepared/machine");
  return (Date.now() - statSync(path).mtimeMs) / 1000;
}

/** Connects once omgd says what stands now. It is root's under folders of its own, of which only their owner is told. */
async function ready(): Promise<OmgdClient> {
  const path = lab.follow.place("runtime", "control.sock");
  await until(() => statSync(path, { throwIfNoEntry: false }) !== undefined, 60_000);
  client = await connectTo(path);
  const asker = client;
  await until(async () => (await asker.ask({ ask: "explicit" })).current === true, 60_000);
  return client;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["search", "omg"],
  ["search", "omg", "app", "--limit", "2", "--json"],
  ["search", "omg", "--names"],
  ["info", "omg-app"],
  ["info", "omg-app", "omg-script", "-v"],
  ["info", "omg-script", "--json"],
  ["explicit"],
  ["explicit", "--json"],
  ["explicit", "--names"],
  ["orphans"],
  ["orphans", "--json", "--color", "always"],
  ["outdated"],
  ["outdated", "--json"],
  ["outdated", "--color", "always"],
];

describe.runIf(HERE)("omgd's answers", () => {
  it("are those of the commands, byte for byte, and follow what changes", async () => {
    await lab.machine.apt.aptOk("install", "omg-app=2.0");
    await lab.publish({ "omg-script": "1.0" });
    lab.configure({ drift: "off", "roll-forward": "off" });
    const omgd = lab.start();
    const asker = await ready();
    expect(statSync(lab.follow.place("runtime", "query.sock")).mode & 0o777).toBe(0o666);
    expect(statSync(lab.follow.place("runtime", "control.sock")).mode & 0o777).toBe(0o600);
    const everybodys = await connectTo(lab.follow.place("runtime", "query.sock"));
    expect(await everybodys.ask({ ask: "orphans" })).toMatchObject({ error: { code: "not-everybodys" } });
    expect(await everybodys.ask({ ask: "ping" })).toMatchObject({ answer: { build: BUILD } });
    everybodys.close();
    const all = async () => {
      for (const args of COMMANDS) {
        const run = await omg(...args);
        let passed: object = {};
        await until(async () => {
          passed = await passedOn(asker, args);
          // A round of the loop may have written something that it hangs on.
          return !("decline" in passed);
        });
        expect([args, passed]).toMatchObject([args, { exit: run.code, text: run.stdout }]);
      }
    };
    await all();
    expect(await passedOn(asker, COMMANDS[0] ?? [])).toMatchObject({ tier: "memory" });
    expect((await asker.ask({ ask: "outdated" })).answer).toEqual(JSON.parse((await omg("outdated", "--json")).stdout));
    expect((await asker.ask({ ask: "search", terms: ["omg"], limit: 25 })).answer).toEqual(
      JSON.parse((await omg("search", "omg", "--json")).stdout),
    );
    const open = descriptorOf(omgd, "apt-catalog");
    const gaveWay = until(() => givesWay(omgd), 60_000).then(
      () => true,
      () => false,
    );
    await lab.machine.apt.dpkg("--remove", "omg-app");
    // What was said before is not said again of a machine that has changed.
    const next = await passedOn(asker, ["explicit"]);
    expect("decline" in next ? next.decline : next.text).not.toContain("omg-app");
    await until(async () => (await asker.ask({ ask: "explicit" })).current === true, 60_000);
    expect((await passedOn(asker, ["explicit"])).text).not.toContain("omg-app");
    expect(await gaveWay).toBe(true);
    // No list changed: what is searched is not opened and read again.
    expect([open, descriptorOf(omgd, "apt-catalog")]).toEqual([expect.any(String), open]);
    await all();
  });

  it("come from memory, from what lies on the disk and from the system's files, and say so, and how old they are", async () => {
    await lab.machine.apt.aptOk("install", "omg-app=2.0");
    lab.configure({ drift: "off", "roll-forward": "off" });
    const { env } = lab.follow;
    const first = lab.start();
    const told = async (asker: OmgdClient, question: Parameters<OmgdClient["ask"]>[0]) => {
      const { tier, age, current } = await asker.ask(question);
      return { tier, current, age: Number(age) };
    };
    const search = { ask: "search", terms: ["omg"], limit: 25 };
    // omg-app is installed, and omg-script is in apt's lists alone.
    const installed = { ask: "info", names: ["omg-app"] };
    const listed = { ask: "info", names: ["omg-script"] };
    let asker = await ready();
    expect(await told(asker, search)).toMatchObject({ tier: "index", current: true });
    expect(await told(asker, search)).toMatchObject({ tier: "memory", current: true });
    expect(await told(asker, installed)).toMatchObject({ tier: "index" });
    expect(await told(asker, listed)).toEqual({ tier: "files", current: true, age: 0 });
    expect(await told(asker, { ask: "info", names: ["omg-app", "omg-script"] })).toMatchObject({ tier: "files" });
    expect(await told(asker, listed)).toMatchObject({ tier: "memory" });
    expect(await passedOn(asker, ["info", "omg-script", "-v"])).toMatchObject({ tier: "files", age: 0 });
    expect(await told(asker, { ask: "status" })).toMatchObject({ tier: "files", age: 0 });
    const { answers } = (await asker.ask({ ask: "cache-stats" })).answer as { answers: Record<string, number> };
    expect(answers.memory).toBeGreaterThanOrEqual(2);
    expect(answers.index).toBeGreaterThanOrEqual(2);
    expect(answers.files).toBeGreaterThanOrEqual(4);
    // What is on the disk is older than the omgd that answers from it.
    const { age } = await told(asker, search);
    // It is for an omgd under the same variables alone.
    const kept = async (more = {}) => {
      const who = { uid: 0, user: "root", home: env.HOME ?? "", elevated: false, env: { ...env, ...more } };
      const { signal } = new AbortController();
      const program = join(OMG, "../../dist");
      const found = await openPrepared(
        { ...who, cwd: "/", now: () => new Date(), emit: () => undefined, signal, program },
        BUILD,
      );
      found?.close();
      return found !== undefined;
    };
    expect([await kept(), await kept({ APT_CONFIG: "/x" }), await kept({ OMG_DATA_DIR: "/x" })]).toEqual([
      true,
      false,
      false,
    ]);
    asker.close();
    await first.stop();
    await until(async () => (await omgAge()) > age + 1);
    lab.start();
    asker = await ready();
    const again = await told(asker, search);
    expect(again).toMatchObject({ tier: "index", current: true });
    expect(again.age).toBeGreaterThan(age);
    const { index } = (await asker.ask({ ask: "cache-stats" })).answer as { index: Record<string, number> };
    expect(index).toMatchObject({ builds: 0 });
    expect(index.age).toBeGreaterThan(age);
    expect(await told(asker, search)).toMatchObject({ tier: "memory" });
    const owner = await connectTo(lab.follow.place("runtime", "control.sock"));
    expect(await owner.ask({ ask: "cache-clear" })).toMatchObject({ answer: { cleared: true } });
    expect(await told(owner, search)).toMatchObject({ tier: "index" });
    owner.close();
  });

  it("are the owner's alone where they change anything or read a lock", async () => {
    const commit = await lab.publish({ "omg-script": "1.0" });
    const omgd = lab.start();
    await omgd.hears(({ text }) => text === `${commit.slice(0, 12)} is in force`);
    await ready();
    const owner = await connectTo(lab.follow.place("runtime", "control.sock"));
    const listener = await connectTo(lab.follow.place("runtime", "control.sock"));
    expect(await listener.ask({ ask: "events" })).toMatchObject({ answer: { subscribed: true } });
    expect(await owner.ask({ ask: "plan" })).toMatchObject({ answer: { exit: 0, document: { resource_changes: [] } } });
    expect(await owner.ask({ ask: "check" })).toMatchObject({ answer: { exit: 0 } });
    expect(await owner.ask({ ask: "history" })).toMatchObject({ answer: { exit: 0 } });
    const scan = await omg("audit", "scan", "--json", "--lock", lab.lock);
    const { exit, document } = (await owner.ask({ ask: "security" })).answer as { exit: number; document: unknown };
    expect([exit, document]).toEqual([scan.code, JSON.parse(scan.stdout)]);
    expect(await owner.ask({ ask: "suspend", reason: "migration" })).toMatchObject({ answer: { suspended: true } });
    await until(() => listener.heard.some(({ event }) => (event as { about?: string })?.about === "suspension"));
    expect(await owner.ask({ ask: "resume" })).toMatchObject({ answer: { suspended: false } });
    const before = await owner.ask({ ask: "cache-stats" });
    expect(await owner.ask({ ask: "cache-clear" })).toMatchObject({ answer: { cleared: true } });
    const builds = (reply: typeof before) => (reply.answer as { index: { builds: number } }).index.builds;
    expect(builds(await owner.ask({ ask: "cache-stats" }))).toBeGreaterThan(builds(before));
    const next = await lab.publish({ "omg-script": "1.0", "omg-app": "2.0" });
    expect(await owner.ask({ ask: "reconcile" })).toMatchObject({ answer: { asked: true } });
    await omgd.hears(({ text }) => text === `${next.slice(0, 12)} is in force`);
    const batch = await owner.ask({
      ask: "batch",
      questions: [{ ask: "status" }, { ask: "ping" }, { ask: "info", names: ["no-such"] }],
    });
    expect(batch.answer).toMatchObject([
      // Anything may publish it once more meanwhile.
      { answer: { ...JSON.parse((await omg("status", "--json")).stdout), time: expect.any(String) } },
      { answer: { pid: omgd.child.pid } },
      { error: { code: "unknown" } },
    ]);
    const { answer: metrics } = await owner.ask({ ask: "metrics" });
    expect(metrics).toMatch(/^omg_packages_installed \d+$/m);
    expect(metrics).toMatch(/^omg_state\{state="in sync"\} 1$/m);
    owner.close();
    listener.close();
  });

  it("has metrics at a port of the loopback where config.toml names one, for nobody who was led there", async () => {
    const port = await freePort();
    lab.configure({ drift: "off", "roll-forward": "off", metrics: port });
    const omgd = lab.start();
    await ready();
    const ask = (path: string, host?: string) =>
      new Promise<{ readonly code: number | undefined; readonly text: string }>((resolve, reject) => {
        const headers = host === undefined ? {} : { host };
        get({ host: "127.0.0.1", port, path, headers }, (response) => {
          let text = "";
          response.on("data", (piece: Buffer) => {
            text += piece.toString();
          });
          response.once("end", () => resolve({ code: response.statusCode, text }));
        }).once("error", reject);
      });
    const { code, text } = await ask("/metrics");
    expect([code, text]).toEqual([200, expect.stringMatching(/^omg_packages_installed \d+$/m)]);
    expect(await ask("/")).toEqual({ code: 404, text: "" });
    expect(await ask("/metrics", "rebound.example.org")).toEqual({ code: 403, text: "" });
    await omgd.stop();
    await expect(ask("/metrics")).rejects.toThrow("ECONNREFUSED");
  });

  it("decline what another build, user or environment asks, options that they know nothing of, and what is not known", async () => {
    lab.configure({ drift: "off", "roll-forward": "off" });
    lab.start();
    const asker = await ready();
    const declined = async (args: readonly string[], more = {}) => {
      let why: string | undefined;
      await until(async () => {
        const said = await passedOn(asker, args, more);
        why = "decline" in said ? String(said.decline) : undefined;
        return why !== "something changed";
      });
      return why;
    };
    expect(await declined(["search", "omg"])).toBeUndefined();
    expect(await declined(["search", "omg"], { build: "0".repeat(16) })).toBe("another build");
    expect(await declined(["search", "omg"], { uid: 1000 })).toBe("another user or environment");
    expect(await declined(["search", "omg"], { surroundings: "0".repeat(16) })).toBe("another user or environment");
    for (const args of [
      ["search", "omg", "--only", "apt"],
      ["explicit", "--lock", "/x"],
      ["explicit", "-C", "/"],
      ["search", "no-such-thing-at-all"],
      ["info", "no-such-thing-at-all"],
      ["search"],
      ["search", "--nonsense"],
      ["apply", "--yes"],
      ["status"],
    ])
      expect([args, await declined(args)]).toEqual([args, "not known here"]);
  });

  it("are given again by the next omgd after one was killed, and by one at a time", async () => {
    const first = lab.start();
    await ready();
    client?.close();
    expect((await omg("daemon", "run")).code).toBe(5);
    await first.stop("SIGKILL");
    lab.start();
    // The one that was killed left its socket.
    await until(async () => {
      const asker = await connectTo(lab.follow.place("runtime", "query.sock")).catch(() => undefined);
      const answer = await asker?.ask({ ask: "ping" }).catch(() => undefined);
      asker?.close();
      return answer !== undefined;
    }, 60_000);
  });

  it("stay those of before where omg was replaced under it, which it says once", async () => {
    const program = join(lab.machine.apt.folder, "program");
    for (const name of ["bin", "dist"]) cpSync(join(OMG, "../..", name), join(program, name), { recursive: true });
    lab.configure({ drift: "off", "roll-forward": "off" });
    const args = [join(program, "bin/omg"), "daemon", "run", "--json"];
    const { env } = lab.follow;
    const omgd = openOmgd(spawn(process.execPath, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] }));
    onTestFinished(async () => void (await omgd.stop()));
    const asker = await ready();
    appendFileSync(join(program, "dist/omg.cjs"), "// another one\n");
    await lab.machine.apt.aptOk("install", "omg-app=2.0");
    await until(async () => {
      await asker.ask({ ask: "explicit" });
      return omgd.said.some(({ problem }) => problem?.code === "omg-replaced");
    }, 60_000);
    const failures = async () => {
      const { index } = (await asker.ask({ ask: "cache-stats" })).answer as { index: { failures: number } };
      return index.failures;
    };
    await until(async () => (await failures()) > 2);
    expect(omgd.said.filter(({ about }) => about === "omgd")).toHaveLength(1);
    expect(await passedOn(asker, ["explicit"])).toMatchObject({ decline: "something changed" });
    expect(await asker.ask({ ask: "explicit" })).toMatchObject({ current: false });
  });

  it("come out of the native omg and omg-fast as out of Node, in a pipe and on a terminal", async () => {
    await lab.machine.apt.aptOk("install", "omg-app=2.0");
    lab.configure({ drift: "off", "roll-forward": "off" });
    lab.start();
    const asker = await ready();
    const commands = [
      ...COMMANDS,
      ["search", "no-such-thing"],
      ["info", "no-such"],
      ["search", "--help"],
      ["explicit", "--bad"],
    ];
    for (const args of commands) {
      const run = await omg(...args);
      for (const program of [FAST, ITSELF])
        expect([program, args, await runBy(program, args)]).toEqual([
          program,
          args,
          [run.code, run.stdout, run.stderr],
        ]);
    }
    const answeredThere = async () => {
      const { answer } = await asker.ask({ ask: "cache-stats" });
      return (answer as { hits: number }).hits;
    };
    for (const program of [FAST, ITSELF]) {
      const before = await answeredThere();
      // Where the machine is too busy to answer in time, Node does.
      await until(async () => {
        await runBy(program, ["search", "omg"]);
        return (await answeredThere()) > before;
      }, 60_000);
    }
    for (const columns of [60, 120])
      for (const args of [["search", "omg"], ["info", "omg-app", "-v"], ["outdated"]]) {
        const shown = await shownBy([process.execPath, OMG, ...args], columns);
        expect(shown).not.toBe("");
        for (const program of [FAST, ITSELF])
          expect([args, await shownBy([program, ...args], columns)]).toEqual([args, shown]);
      }
  });
});

function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  return new Promise((done) => {
    server.once("listening", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

/** A native front in a folder without a lock. */
function runBy(program: string, args: readonly string[]): Promise<readonly [number | null, string, string]> {
  const child = spawn(program, args, { cwd: "/", env: lab.follow.env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
  return new Promise((done) => child.once("close", (code) => done([code, said.stdout, said.stderr])));
}

/** What a terminal of that width shows. */
function shownBy(words: readonly string[], columns: number): Promise<string> {
  const command = `stty cols ${columns}; exec ${words.map((word) => `'${word}'`).join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    cwd: "/",
    env: { ...lab.follow.env, TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  return new Promise((done) => child.once("close", () => done(shown)));
}
