import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "./support/needs.ts";

const PROJECT = join(import.meta.dirname, "..");
const NOBODY = 65534;
const TOUR_MS = 180_000;

/** Not part of a fresh clone, or put there in another way. */
const LEFT_OUT = ["node_modules", "dist", ".git", ".cache", ".quickstart", "coverage"];

const HEADINGS = ["1. Capture", "2. Edit", "3. Plan", "4. Apply", "5. Drift", "6. Back again", "For real"];

/** What would lead astray a tour that trusted its environment. */
const TRAPS = {
  NODE_OPTIONS: "--require /nonexistent/trap.js",
  APT_CONFIG: "/nonexistent/trap.conf",
  OMG_DATA_DIR: "/nonexistent/trap",
  SUDO_UID: "1000",
};

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let folder: string;

/** A clone as a user has it after `npm ci`, with a home that must stay empty; everything belongs to `uid`. */
function makeClone(uid: number): { readonly clone: string; readonly home: string } {
  const base = mkdtempSync(join(folder, "user-"));
  const clone = join(base, "a clone");
  const home = join(base, "home");
  mkdirSync(home);
  cpSync(PROJECT, clone, { recursive: true, filter: (path) => !LEFT_OUT.includes(relative(PROJECT, path)) });
  symlinkSync(join(folder, "node_modules"), join(clone, "node_modules"));
  execFileSync("chown", ["-hR", `${uid}:${uid}`, base]);
  chmodSync(base, 0o755);
  return { clone, home };
}

/** The libraries that the build needs, where every user can read them. */
function copyLibraries(): void {
  const { packages } = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const shipped = Object.keys(packages).filter((place) => place !== "" && packages[place]?.dev !== true);
  for (const place of [...shipped, "node_modules/esbuild", "node_modules/@esbuild"])
    cpSync(join(PROJECT, place), join(folder, place), { recursive: true });
}

function start(clone: string, home: string, before: readonly string[], args: readonly string[] = []): ChildProcess {
  const path = `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const [file = "", ...rest] = [...before, join(clone, "quickstart"), ...args];
  return spawn(file, rest, { cwd: "/", env: { PATH: path, HOME: home, ...TRAPS }, detached: true });
}

function ended(child: ChildProcess, onOutput: (output: string) => void = () => {}): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput(output);
    });
  }
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, output }));
  });
}

/** Everything that dpkg and apt keep about this machine, by tools of the system. */
function machine(): string {
  const script =
    "find /var/lib/dpkg /etc/apt /var/lib/apt /var/log/apt /var/log/dpkg.log -type f -printf '%m %U %p\\n' -exec sha256sum {} + | sort";
  return execFileSync("sh", ["-c", script], { encoding: "utf8", maxBuffer: 64 << 20 });
}

const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-quickstart-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a Node that will not do", () => {
  /** A PATH with the tools of the script, and nothing more. */
  function pathWith(node: string | undefined): string {
    const path = mkdtempSync(join(folder, "bin-"));
    for (const name of ["sh", "dirname", "readlink", "uname", "sed", "cat"])
      symlinkSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(), join(path, name));
    if (node !== undefined) writeFileSync(join(path, "node"), node, { mode: 0o755 });
    return path;
  }
  const quickstart = (path: string) =>
    ended(spawn(join(PROJECT, "quickstart"), [], { env: { PATH: path, HOME: "/nonexistent" } }));

  it("says how to get one where there is none", async () => {
    const { code, output } = await quickstart(pathWith(undefined));
    expect(output).toContain("Node.js is not installed");
    expect(output).toContain("https://nodejs.org/");
    expect(code).toBe(1);
  });

  // A stand-in, because only one Node is installed here: it answers as an old one would.
  it("says how to get another where it is too old", async () => {
    const old = '#!/bin/sh\ncase "$1" in -p) echo 18.20.4 ;; *) exit 1 ;; esac\n';
    const { code, output } = await quickstart(pathWith(old));
    expect(output).toContain("Node.js 18.20.4");
    expect(output).toContain("20.19 or later is needed");
    expect(code).toBe(1);
  });
});

describe("the sources that the tour takes over", () => {
  function sourcesOf(files: Readonly<Record<string, string>>) {
    const etc = mkdtempSync(join(folder, "apt-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(etc, name)), { recursive: true });
      writeFileSync(join(etc, name), text);
    }
    const script = `import { readSources } from "${join(PROJECT, "scripts/quickstart/sources.mjs")}";
      console.log(JSON.stringify(readSources(process.argv[1])));`;
    const args = ["--input-type=module", "-e", script, etc];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  }

  it.runIf(needs("debian-archive-keyring"))(
    "are those of the distribution, with its keyring where none is named",
    () => {
      const list = [
        "deb http://mirror.example.org/debian bookworm main",
        "deb [arch=amd64] http://mirror.example.org/debian-security bookworm-security main # why",
        "deb-src http://mirror.example.org/debian bookworm main",
        "# deb http://mirror.example.org/debian sid main",
        "deb https://packages.example.org/tool stable main",
        "deb cdrom:[Debian]/ bookworm main",
      ];
      const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
      expect(sourcesOf({ "sources.list": `${list.join("\n")}\n` })).toEqual({
        keyringAdded: true,
        files: {
          "machine.list":
            `deb [signed-by=${keyring}] http://mirror.example.org/debian bookworm main\n` +
            `deb [arch=amd64 signed-by=${keyring}] http://mirror.example.org/debian-security bookworm-security main # why\n`,
        },
      });
    },
  );

  it.runIf(needs("debian-archive-keyring"))("are read from stanzas too, without what cannot be used", () => {
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const usable = `URIs: http://mirror.example.org/debian\nSuites: sid\nComponents: main\nSigned-By: ${keyring}`;
    const stanzas = [
      `# kept\nTypes: deb deb-src\n${usable}`,
      `Types: deb-src\n${usable}`,
      `Enabled: no\nTypes: deb\n${usable}`,
      `Types: deb\n${usable.replace(keyring, "/nonexistent/debian-keyring.gpg")}`,
      `Types: deb\n${usable.replace("//", "//me:secret@")}`,
    ];
    expect(sourcesOf({ "sources.list.d/debian.sources": stanzas.join("\n\n") })).toEqual({
      keyringAdded: false,
      files: { "machine.sources": `Types: deb\n${usable}\n\n` },
    });
  });

  it("are all that there are where the distribution's cannot be told", () => {
    const files = { "sources.list.d/x.list": "deb [trusted=yes] http://mirror.example.org/os stable main\n" };
    expect(sourcesOf(files).files).toEqual({
      "machine.list": "deb [trusted=yes] http://mirror.example.org/os stable main\n",
    });
  });
});

describe.runIf(needs("apt", "dpkg", "util-linux", "root"))("the tour", () => {
  let root: { readonly clone: string; readonly home: string };

  beforeAll(() => {
    copyLibraries();
    root = makeClone(0);
  });

  function expectWholeTour({ code, output }: Ended): void {
    for (const heading of HEADINGS) expect(output).toContain(`\n${heading}\n`);
    expect(output).toContain("$ omg check");
    expect(output).toContain("(exit 2)");
    expect(output).toMatch(/Nothing: \d+ files/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
    expect(output).not.toMatch(/\u001b/);
    expect(code).toBe(0);
  }

  it.for([
    { who: "root", uid: 0, as: [] },
    { who: "a user without any right", uid: NOBODY, as: AS_NOBODY },
  ])("shows everything to $who, and touches nothing but the clone", { timeout: TOUR_MS }, async ({ uid, as }) => {
    const { clone, home } = uid === 0 ? root : makeClone(uid);
    const before = machine();
    expectWholeTour(await ended(start(clone, home, as)));
    expect(machine()).toBe(before);
    expect(readdirSync(home)).toEqual([]);
    expect(existsSync(join(clone, ".quickstart"))).toBe(false);
  });

  it("works again, builds nothing again, and keeps its folder when asked", { timeout: TOUR_MS }, async () => {
    const { clone, home } = root;
    const kept = await ended(start(clone, home, [], ["--keep"]));
    expectWholeTour(kept);
    expect(kept.output).not.toContain("Building omg");
    expect(existsSync(join(clone, ".quickstart/root/var/lib/dpkg/status"))).toBe(true);
    expect(existsSync(join(clone, ".quickstart/data/audit/audit.jsonl"))).toBe(true);
  });

  it("cleans up when it is interrupted", { timeout: TOUR_MS }, async () => {
    const { clone, home } = root;
    const before = machine();
    const child = start(clone, home, []);
    let sent = false;
    const { code } = await ended(child, (output) => {
      if (sent || !output.includes("\n1. Capture\n") || child.pid === undefined) return;
      sent = true;
      process.kill(-child.pid, "SIGINT");
    });
    expect(sent).toBe(true);
    expect(code).toBe(130);
    expect(existsSync(join(clone, ".quickstart"))).toBe(false);
    expect(machine()).toBe(before);
  });

  it("shows what it can without a network", { timeout: TOUR_MS }, async () => {
    const { clone, home } = root;
    const { code, output } = await ended(start(clone, home, ["unshare", "-n"]));
    expect(output).toContain("$ omg env capture");
    expect(output).toContain("$ omg check");
    expect(output).toContain("the rest of the tour installs small packages");
    expect(code).toBe(8);
  });

  it("shows what it can without apt and dpkg", { timeout: TOUR_MS }, async () => {
    const { clone, home } = root;
    const hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /var/lib/dpkg && exec "$0" "$@"'];
    const { code, output } = await ended(start(clone, home, hidden));
    expect(output).toContain("Not found: /var/lib/dpkg/status");
    expect(output).toContain("Usage: omg");
    expect(code).toBe(1);
  });

  it("leaves alone a folder that it did not make", async () => {
    const { clone, home } = root;
    const folder = join(clone, ".quickstart");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "mine"), "");
    const { code, output } = await ended(start(clone, home, []));
    expect(output).toContain("was not made by ./quickstart");
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual(["mine"]);
  });
});
