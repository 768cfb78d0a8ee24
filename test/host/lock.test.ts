import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { acquireLock } from "../../host/lock.ts";
import { CLEAN_ENV, run } from "../../host/run.ts";
import { needs } from "../support/needs.ts";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

/** Tries for the lock; holds it for as long as it lives, or lets go when it is told to. */
const HOLDER = `
  import { acquireLock } from "./host/lock.ts";
  const lock = await acquireLock(process.argv[2]);
  console.log(lock.held ? "held" : "refused " + lock.by);
  if (lock.held) {
    setInterval(() => {}, 1000);
    process.stdin.on("data", () => { lock.release(); console.log("released"); });
  }
`;
const folder = { path: "" };
let holder: string;

beforeAll(async () => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  folder.path = mkdtempSync("/tmp/omg-test-");
  holder = bundleScript(folder.path, HOLDER);
  return () => rmSync(folder.path, { recursive: true, force: true });
});

function lockPath(): string {
  return join(temporaryFolder(), "state/lock");
}

async function take(path: string): Promise<{ release(): void }> {
  const lock = await acquireLock(path);
  if (!lock.held) throw new Error(`held by ${lock.by}`);
  onTestFinished(() => lock.release());
  return lock;
}

test("one process has it, another is told who, until it is released", async () => {
  const path = lockPath();
  const first = startScript(holder, [path, "apply", "\u001b[31m--yes"]);
  await first.printed("held");
  expect(await acquireLock(path)).toEqual({
    held: false,
    by: expect.stringMatching(new RegExp(`^script-\\w+\\.mjs ${path} apply --yes \\(pid ${first.child.pid}\\)$`)),
  });
  expect((await startScript(holder, [path]).ended).output).toContain(`(pid ${first.child.pid})`);
  first.child.stdin.write("go\n");
  await first.printed("released");
  await take(path);
});

test("kill -9 gives it up", async () => {
  const path = lockPath();
  const first = startScript(holder, [path]);
  await first.printed("held");
  expect(await acquireLock(path)).toMatchObject({ held: false });
  first.child.kill("SIGKILL");
  await first.ended;
  await take(path);
  expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

test("of twenty at once, exactly one wins", async () => {
  const path = lockPath();
  const all = Array.from({ length: 20 }, () => startScript(holder, [path]));
  const words = await Promise.all(
    all.map(async (one) => {
      await Promise.race([one.printed("held").catch(() => {}), one.ended]);
      return one.child.exitCode === null ? "held" : (await one.ended).output.split(" ")[0];
    }),
  );
  expect(words.toSorted()).toEqual(["held", ...Array.from({ length: 19 }, () => "refused")]);
}, 30_000);

test("within one process, too, only one has it, and releasing twice releases once", async () => {
  const path = lockPath();
  const first = await take(path);
  expect(await acquireLock(path)).toMatchObject({ held: false, by: expect.stringContaining(`(pid ${process.pid})`) });
  first.release();
  const second = await take(path);
  first.release();
  expect(await acquireLock(path)).toMatchObject({ held: false });
  second.release();
  expect(readFileSync(path, "utf8")).toBe("");
});

test("a program that we start does not keep it", async () => {
  const path = lockPath();
  const lock = await take(path);
  const { stdout } = await run("/bin/sh", ["-c", "sleep 30 >/dev/null 2>&1 & echo $!"], { env: CLEAN_ENV });
  onTestFinished(() => void process.kill(Number(stdout), "SIGKILL"));
  lock.release();
  await take(path);
});

test("what the file says is never trusted: a note of the living is no lock, a note of the dead no help", async () => {
  const path = lockPath();
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `${process.pid} omg apply\n`);
  const lock = await take(path);
  for (const note of ["", "999999999 omg apply\n", "-1 omg\n", "x".repeat(10_000), "\u001b[2J"]) {
    writeFileSync(path, note);
    expect(await acquireLock(path)).toEqual({ held: false, by: "another process" });
  }
  lock.release();
});

test("the file is the owner's alone, and stays", async () => {
  const path = lockPath();
  const lock = await take(path);
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  lock.release();
  expect(existsSync(path)).toBe(true);
});

test.runIf(needs("e2fsprogs", "root"))(
  "one that nobody may change any more is not taken, and whoever has it gives it up all the same",
  async () => {
    const path = lockPath();
    const lock = await take(path);
    const change = (how: string) => run("/usr/bin/chattr", [how, path], { env: CLEAN_ENV });
    expect((await change("+i")).code).toBe(0);
    try {
      lock.release();
      await expect(acquireLock(path)).rejects.toMatchObject({ code: "EPERM", path });
    } finally {
      await change("-i");
    }
    await take(path);
  },
);

test("one that cannot be written to is not taken, and the error names it", async () => {
  const path = lockPath();
  const limited = ["--fsize=0", process.execPath, holder, path];
  const { code, stderr } = await run("/usr/bin/prlimit", limited, { env: CLEAN_ENV });
  expect([code, stderr]).toEqual([1, expect.stringContaining(`path: '${path}'`)]);
  await take(path);
});

test("a file that was put in the place of the locked one is a new lock, and is locked itself", async () => {
  const path = lockPath();
  await take(path);
  renameSync(path, `${path}.old`);
  await take(path);
  expect(await acquireLock(path)).toMatchObject({ held: false });
});

test("whoever removes or replaces the file, two never have the lock at once", async () => {
  const path = lockPath();
  const contender = bundleScript(
    folder.path,
    `import { closeSync, openSync, unlinkSync } from "node:fs";
     import { acquireLock } from "./host/lock.ts";
     let times = 0;
     for (let round = 0; round < 60; round++) {
       const lock = await acquireLock(process.argv[2]);
       if (!lock.held) continue;
       times++;
       // Fails when somebody else is here, too.
       closeSync(openSync(process.argv[2] + ".inside", "wx"));
       unlinkSync(process.argv[2] + ".inside");
       unlinkSync(process.argv[2]);
       lock.release();
     }
     console.log("held " + times);`,
  );
  const all = await Promise.all(Array.from({ length: 4 }, () => startScript(contender, [path]).ended));
  for (const { output } of all) expect(output).toMatch(/^held \d+\n$/);
}, 60_000);

test("links, folders and pipes are refused, and nothing is made behind them", async () => {
  const path = lockPath();
  const target = join(path, "../target");
  mkdirSync(join(path, ".."), { recursive: true });
  symlinkSync(target, path);
  await expect(acquireLock(path)).rejects.toMatchObject({ code: "lock-file-invalid" });
  expect(existsSync(target)).toBe(false);
  unlinkSync(path);
  mkdirSync(path);
  await expect(acquireLock(path)).rejects.toMatchObject({ code: "lock-file-invalid" });
  const pipe = `${path}-pipe`;
  await run("/usr/bin/mkfifo", [pipe], { env: CLEAN_ENV });
  await expect(acquireLock(pipe)).rejects.toMatchObject({ code: "lock-file-invalid" });
});
