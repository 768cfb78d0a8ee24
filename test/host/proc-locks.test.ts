import { execFileSync, spawn } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { acquireLock } from "../../host/lock.ts";
import { lockHolders, parseProcLocks, programName } from "../../host/proc-locks.ts";
import { CLEAN_ENV, run } from "../../host/run.ts";
import { needs } from "../support/needs.ts";
import { temporaryFolder } from "./bundle.ts";

/** struct flock of x86-64 and arm64 Linux: type F_WRLCK (1), whence, start, length, pid. F_SETLK is 6: what apt and dpkg call. */
const FCNTL = `$| = 1; open(my $f, "+>>", $ARGV[0]) or die; my $l = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
  fcntl($f, 6, $l) or die "busy"; print "locked\\n"; sleep 60;`;

async function lockWithFcntl(path: string): Promise<number> {
  const child = spawn("/usr/bin/perl", ["-e", FCNTL, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((done) => child.stdout.once("data", done));
  return child.pid ?? 0;
}

test("names the process that holds an fcntl lock, as apt and dpkg take them", async () => {
  const folder = temporaryFolder();
  const [lock, other, missing] = [join(folder, "lock"), join(folder, "other"), join(folder, "missing")];
  writeFileSync(lock, "");
  writeFileSync(other, "");
  expect(lockHolders([lock, other, missing])).toEqual([]);
  const pid = await lockWithFcntl(lock);
  expect(lockHolders([missing, other, lock])).toEqual([{ path: lock, pid, command: "perl" }]);
  process.kill(pid, "SIGKILL");
  await expect.poll(() => lockHolders([lock])).toEqual([]);
});

test.each<[readonly string[], string, string]>([
  [["/usr/bin/python3", "/usr/bin/unattended-upgrade", ""], "unattended-upgr", "unattended-upgrade"],
  [["/usr/bin/python3", "-u", "/usr/bin/unattended-upgrade"], "unattended-upgr", "unattended-upgrade"],
  [["/usr/libexec/packagekitd"], "packagekitd", "packagekitd"],
  [["apt-get", "-y", "install", "x"], "apt-get", "apt-get"],
  [["/usr/bin/perl", "-e", "sleep 60", "/lock"], "perl", "perl"],
  [["python3", "-c", "import apt_pkg"], "python3", "python3"],
  [["sshd: somebody [priv]"], "sshd", "sshd"],
  [[""], "kworker/0:1", "kworker/0:1"],
])("a program of %j goes by the name that people know", (words, comm, name) => {
  expect(programName(words, `${comm}\n`)).toBe(name);
});

test("sees a flock(2) lock, too", async () => {
  const path = join(temporaryFolder(), "lock");
  const lock = await acquireLock(path);
  expect(lockHolders([path])).toHaveLength(1);
  if (lock.held) lock.release();
  expect(lockHolders([path])).toEqual([]);
});

describe.runIf(needs("root"))("where a file lies on another device than the kernel's list says", () => {
  const sh = (script: string, cwd: string) => run("/bin/sh", ["-ec", script], { env: CLEAN_ENV, cwd });

  test("overlayfs: the holder is found by what it has open", async () => {
    const folder = temporaryFolder();
    const mounted = await sh(
      `mkdir one two merged; mount -t tmpfs tmpfs one; mount -t tmpfs tmpfs two; mkdir one/lower two/upper two/work
       mount -t overlay overlay -o lowerdir=one/lower,upperdir=two/upper,workdir=two/work,xino=off merged`,
      folder,
    );
    onTestFinished(async () => void (await sh("umount -l merged one two", folder)));
    expect(mounted).toMatchObject({ code: 0, stderr: "" });
    const [lock, other] = [join(folder, "merged/lock"), join(folder, "merged/other")];
    writeFileSync(other, "");
    const pid = await lockWithFcntl(lock);
    expect(deviceInList(pid)).not.toBe(deviceOf(lock));
    expect(lockHolders([lock, other])).toEqual([{ path: lock, pid, command: "perl" }]);
  });

  test("a file that only shares its number with a locked one is free", async () => {
    const folder = temporaryFolder();
    const mounted = await sh("mkdir one two; mount -t tmpfs tmpfs one; mount -t tmpfs tmpfs two", folder);
    onTestFinished(async () => void (await sh("umount -l one two", folder)));
    expect(mounted).toMatchObject({ code: 0, stderr: "" });
    const [locked, free] = [join(folder, "one/file"), join(folder, "two/file")];
    writeFileSync(locked, "");
    writeFileSync(free, "");
    expect(statSync(locked).ino).toBe(statSync(free).ino);
    const pid = await lockWithFcntl(locked);
    expect(lockHolders([locked, free])).toEqual([{ path: locked, pid, command: "perl" }]);
  });
});

function deviceInList(pid: number): string {
  const line = readFileSync("/proc/locks", "utf8")
    .split("\n")
    .find((entry) => entry.includes(` ${pid} `));
  return /([0-9a-f]+:[0-9a-f]+):\d+ /.exec(line ?? "")?.[1] ?? "";
}

function deviceOf(path: string): string {
  return execFileSync("/usr/bin/stat", ["-c", "%.2Hd:%.2Ld", path], { encoding: "utf8" })
    .trim()
    .split(":")
    .map((number) => Number(number).toString(16).padStart(2, "0"))
    .join(":");
}

test("reads the kernel's list", () => {
  const text = [
    "1: POSIX  ADVISORY  WRITE 1234 08:01:4194321 0 EOF",
    "2: FLOCK  ADVISORY  WRITE 77 00:2a:9 0 EOF",
    "2: -> FLOCK  ADVISORY  WRITE 78 00:2a:9 0 EOF",
    "3: OFDLCK ADVISORY  READ -1 103:0a:18446744073709551615 0 0",
    "4: POSIX  ADVISORY  READ 0 fd:00:12 128 128",
    "5: LEASE  ACTIVE    READ 5 08:01:1 0 EOF",
    "nonsense",
    "",
  ].join("\n");
  expect(parseProcLocks(text)).toEqual([
    { pid: 1234, major: 8, minor: 1, inode: 4194321n },
    { pid: 77, major: 0, minor: 42, inode: 9n },
    { pid: -1, major: 0x103, minor: 10, inode: 18446744073709551615n },
    { pid: 0, major: 0xfd, minor: 0, inode: 12n },
  ]);
});
