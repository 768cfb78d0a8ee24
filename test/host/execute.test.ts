import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../../host/digest.ts";
import { execute } from "../../host/execute.ts";
import { CLEAN_ENV } from "../../host/run.ts";
import type { Operation } from "../../schema/model/transaction.ts";
import { needs } from "../support/needs.ts";
import { temporaryFolder } from "./bundle.ts";

const DIGEST = sha256("object");

function world() {
  const folder = temporaryFolder();
  const store = join(folder, "store");
  mkdirSync(store);
  writeFileSync(join(store, DIGEST), "object");
  const lines: string[] = [];
  const context = {
    objectPath: (digest: string) => join(store, digest),
    onOutput: (line: string) => void lines.push(line),
  };
  return { folder, store, lines, context };
}

function sh(script: string, more: Partial<Extract<Operation, { type: "exec" }>> = {}): Operation {
  return { type: "exec", label: "Try it", file: "/bin/sh", args: ["-c", script], env: CLEAN_ENV, show: true, ...more };
}

function mounted(folder: string, size: string): string {
  mkdirSync(folder);
  execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("/usr/bin/umount", [folder]));
  return folder;
}

describe("write", () => {
  test("takes bytes as base64", async () => {
    const { folder, context } = world();
    const path = join(folder, "bytes");
    const content = Buffer.from([0, 255, 10]);
    await execute(
      { type: "write", label: "x", path, content: content.toString("base64"), encoding: "base64", mode: 0o600 },
      context,
    );
    expect(readFileSync(path)).toEqual(content);
  });
});

describe("exec", () => {
  test("shows lines as they come, gives input and exactly the environment", async () => {
    const { lines, context } = world();
    await execute(sh("cat; echo $A; env | wc -l", { env: { A: "b" }, input: "in\n" }), context);
    expect(lines.slice(0, 2)).toEqual(["in", "b"]);
    expect(Number(lines[2])).toBeLessThanOrEqual(3);
  });

  test("tells what a line means that the program counts as no failure", async () => {
    const { context } = world();
    const alarms: string[] = [];
    const alarm = { line: "went wrong", message: "Something failed." };
    const onAlarm = (message: string) => void alarms.push(message);
    await execute(sh("echo fine; echo it went wrong >&2", { alarm, show: false }), { ...context, onAlarm });
    expect(alarms).toEqual([alarm.message]);
  });

  test("keeps quiet where output is not to be shown", async () => {
    const { lines, context } = world();
    await execute(sh("echo x", { show: false }), context);
    expect(lines).toEqual([]);
  });

  test("a failure quotes the last twenty lines of both streams, shown or not", async () => {
    const { context } = world();
    const failing = execute(sh("seq 1 30; sleep 0.1; echo why >&2; exit 100", { show: false }), context);
    await expect(failing).rejects.toMatchObject({
      code: "operation-failed",
      exit: "partly",
      message: "Try it: /bin/sh ended with exit code 100.",
      details: [...Array.from({ length: 19 }, (_, index) => String(index + 12)), "why"],
    });
    await expect(execute(sh("kill -9 $$"), context)).rejects.toMatchObject({
      message: expect.stringContaining("SIGKILL"),
    });
  });

  test("a failure that is tolerated is none; a missing program always is", async () => {
    const { context } = world();
    await execute(sh("exit 1", { tolerate: true }), context);
    const missing = sh("", { file: "/no/such/program", tolerate: true });
    await expect(execute(missing, context)).rejects.toMatchObject({ code: "program-missing" });
  });

  test("an interruption keeps operations from starting, and lets a started one finish", async () => {
    const { folder, lines, context } = world();
    const controller = new AbortController();
    const interruptible = {
      ...context,
      signal: controller.signal,
      onOutput: (line: string) => {
        lines.push(line);
        controller.abort();
      },
    };
    await execute(sh("echo started; sleep 0.2; echo finished"), interruptible);
    expect(lines).toEqual(["started", "finished"]);
    const next: Operation = { type: "write", label: "Write", path: join(folder, "x"), content: "", mode: 0o644 };
    await expect(execute(next, interruptible)).rejects.toMatchObject({ code: "interrupted", exit: "interrupted" });
    expect(existsSync(join(folder, "x"))).toBe(false);
  });
});

test("write replaces a file at once, with its mode", async () => {
  const { folder, context } = world();
  const path = join(folder, "file");
  await execute({ type: "write", label: "", path, content: "a", mode: 0o600 }, context);
  await execute({ type: "write", label: "", path, content: "b", mode: 0o640 }, context);
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o7777]).toEqual(["b", 0o640]);
});

describe("link", () => {
  const link = (path: string): Operation => ({ type: "link", label: "", path, sha256: DIGEST });

  test("makes a hard link, also where something is, and a second time", async () => {
    const { folder, store, context } = world();
    const path = join(folder, "out");
    writeFileSync(path, "before");
    await execute(link(path), context);
    await execute(link(path), context);
    expect(statSync(path).ino).toBe(statSync(join(store, DIGEST)).ino);
    expect(readdirSync(folder).toSorted()).toEqual(["out", "store"]);
  });

  test("refuses an object that is a link, or missing", async () => {
    const { folder, store, context } = world();
    const other = sha256("other");
    const path = join(folder, "out");
    await expect(execute({ ...link(path), sha256: other } as Operation, context)).rejects.toThrow(/ENOENT/);
    symlinkSync("/etc/hostname", join(store, other));
    const linked = execute({ ...link(path), sha256: other } as Operation, context);
    await expect(linked).rejects.toMatchObject({ code: "not-a-regular-file" });
    expect(existsSync(path)).toBe(false);
  });

  test("a symbolic link replaces a file or a link, and not what that pointed to", async () => {
    const { folder, context } = world();
    const path = join(folder, "link");
    for (const target of ["/etc/hostname", "store", "no/such"]) {
      await execute({ type: "link", label: "", path, target }, context);
      expect(readlinkSync(path)).toBe(target);
    }
    expect(readdirSync(folder).toSorted()).toEqual(["link", "store"]);
  });

  describe.runIf(needs("root"))("across devices", () => {
    test("copies, and checks the hash of what it copied", async () => {
      const { folder, store, context } = world();
      const path = join(mounted(join(folder, "other"), "1m"), "out");
      await execute(link(path), context);
      expect(readFileSync(path, "utf8")).toBe("object");
      expect(statSync(path).dev).not.toBe(statSync(store).dev);
      expect(statSync(path).mode & 0o7777).toBe(0o644);
      writeFileSync(join(store, DIGEST), "tampered");
      await expect(execute(link(path), context)).rejects.toMatchObject({ code: "artifact-mismatch", exit: "refused" });
      expect(readFileSync(path, "utf8")).toBe("object");
      expect(readdirSync(dirname(path))).toEqual(["out"]);
    });

    test("a full disk is said, and nothing half is left", async () => {
      const { folder, store, context } = world();
      const big = Buffer.alloc(200_000, "x");
      writeFileSync(join(store, sha256(big)), big);
      const path = join(mounted(join(folder, "small"), "64k"), "out");
      const full = execute({ type: "link", label: "", path, sha256: sha256(big) }, context);
      await expect(full).rejects.toMatchObject({ code: "disk-full", message: expect.stringContaining(path) });
      const write: Operation = { type: "write", label: "", path, content: "x".repeat(100_000), mode: 0o644 };
      await expect(execute(write, context)).rejects.toMatchObject({ code: "disk-full" });
      expect(readdirSync(dirname(path))).toEqual([]);
    });
  });
});

describe("remove", () => {
  const remove = (path: string): Operation => ({ type: "remove", label: "", path });

  test("takes files, folders with everything, and what is not there", async () => {
    const { folder, context } = world();
    mkdirSync(join(folder, "tree/a/b"), { recursive: true });
    writeFileSync(join(folder, "tree/a/b/c"), "");
    chmodSync(join(folder, "tree/a/b/c"), 0o400);
    writeFileSync(join(folder, "file"), "");
    for (const name of ["tree", "file", "none", "none/below"]) await execute(remove(join(folder, name)), context);
    expect(readdirSync(folder)).toEqual(["store"]);
  });

  test("takes links themselves, at the top and inside, and never what they point to", async () => {
    const { folder, store, context } = world();
    mkdirSync(join(folder, "tree"));
    symlinkSync(store, join(folder, "tree/inside"));
    symlinkSync(store, join(folder, "top"));
    await execute(remove(join(folder, "tree")), context);
    await execute(remove(join(folder, "top")), context);
    expect(readdirSync(folder)).toEqual(["store"]);
    expect(readdirSync(store)).toEqual([DIGEST]);
  });

  test.each([
    "",
    ".",
    "relative/path/here",
    "/",
    "/home",
    "/no-such/no-such",
    "/a/b/../c/d",
    "/a//b/c",
    "/a/b/c/",
    "/a/b/c/..",
    "/a/b/./c",
  ])("refuses %j", async (path) => {
    const { context } = world();
    await expect(execute(remove(path), context)).rejects.toMatchObject({ code: "remove-refused" });
  });

  test("refuses what is too near the root after the links in front of it", async () => {
    const { folder, context } = world();
    symlinkSync("/", join(folder, "deep"));
    await expect(execute(remove(join(folder, "deep/no-such")), context)).resolves.toBeUndefined();
    await expect(execute(remove(join(folder, "deep/proc")), context)).rejects.toMatchObject({ code: "remove-refused" });
    expect(lstatSync("/proc").isDirectory()).toBe(true);
  });

  test.runIf(needs("root"))("refuses a path through another user's link", async () => {
    const { folder, store, context } = world();
    const link = join(folder, "theirs");
    symlinkSync(store, link);
    execFileSync("/usr/bin/chown", ["-h", "65534:65534", link]);
    await expect(execute(remove(join(link, DIGEST)), context)).rejects.toMatchObject({ code: "remove-refused" });
    expect(readdirSync(store)).toEqual([DIGEST]);
  });
});
