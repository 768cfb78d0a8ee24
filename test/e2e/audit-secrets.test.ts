import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";

const TOKEN = `npm${"_"}${createHash("sha256").update("a").digest("hex").slice(0, 36)}`;
const LINE = `first\n  token: ${TOKEN}\n`;

describe("omg audit secrets", () => {
  let folder: string;
  let outside: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-secrets-"));
    outside = mkdtempSync(join(tmpdir(), "omg-outside-"));
    put("omg.lock", "version: 1\nname: lab\n");
  });
  afterEach(() => {
    for (const each of [folder, outside]) rmSync(each, { recursive: true });
  });
  function put(name: string, content: string | Buffer, below = folder): void {
    mkdirSync(dirname(join(below, name)), { recursive: true });
    writeFileSync(join(below, name), content);
  }
  function audit(...args: readonly string[]) {
    const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent", LC_ALL: "C.UTF-8" };
    const ran = spawnSync(process.execPath, [OMG, "audit", "secrets", ...args], { cwd: folder, env, encoding: "utf8" });
    expect(ran.stdout + ran.stderr).not.toContain(TOKEN);
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }
  const found = (...args: readonly string[]) => {
    const { code, out } = audit(...args, "--json");
    const { findings, unread, notes } = JSON.parse(out) as {
      findings: { file: string; line: number; column: number }[];
      unread: { file: string; reason: string }[];
      notes: string[];
    };
    return { code, places: findings.map(({ file, line, column }) => `${file}:${line}:${column}`), unread, notes };
  };
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { stdio: "pipe" });

  it("ends with 2 and names the place, or with 0", () => {
    expect(audit()).toMatchObject({ code: 0 });
    put("omg.lock", `env:\n  NPM_TOKEN: ${TOKEN}\n`);
    const { code, out } = audit();
    expect(code).toBe(2);
    expect(out).toContain("omg.lock:2:14  npm token  npm_…");
  });

  it("reads what is named, and says what it did not read", () => {
    put("a/.env", LINE);
    put("b.bin", Buffer.concat([Buffer.from([0]), Buffer.from(LINE)]));
    put("large.txt", Buffer.alloc((5 << 20) + 1, "a"));
    expect(found()).toEqual({
      code: 2,
      places: ["a/.env:2:10"],
      unread: [
        { file: "b.bin", reason: "binary" },
        { file: "large.txt", reason: "large" },
      ],
      notes: [],
    });
    expect(found("b.bin", "omg.lock").code).toBe(0);
    expect(audit("nowhere")).toMatchObject({ code: 1 });
    expect(audit("nowhere").err).toContain("nowhere is not there");
  });

  it.runIf(needs("root", "util-linux"))("ends with 1 where something could not be read, and nothing was found", () => {
    put("closed/x.txt", LINE);
    chmodSync(join(folder, "closed"), 0o700);
    chownSync(join(folder, "closed"), 65534, 65534);
    // Root without what lets it read everything.
    const less = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    const ran = spawnSync("setpriv", [...less, "--", process.execPath, OMG, "audit", "secrets", "-v"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/closed: EACCES/);
    expect(ran.status).toBe(1);
  });

  it("follows no link, to a file or to a folder", () => {
    put("secret", LINE, outside);
    symlinkSync(join(outside, "secret"), join(folder, "link"));
    symlinkSync(outside, join(folder, "linked"));
    expect(found()).toMatchObject({ code: 0, places: [] });
    expect(audit("link").err).toContain("neither a file nor a folder");
  });

  it("lets pass what its line allows, and counts it", () => {
    put("x.txt", `${TOKEN} # omg:allow-secret\n`);
    const { code, out } = audit();
    expect(code).toBe(0);
    expect(out).toContain("1 let pass");
  });

  it("is SARIF for code scanning", () => {
    put("a b/x.env", LINE);
    const { code, out } = audit("--format", "sarif");
    expect(code).toBe(2);
    const [run] = (JSON.parse(out) as { runs: { tool: { driver: { rules: unknown[] } }; results: unknown[] }[] }).runs;
    expect(run?.tool.driver.rules).toMatchObject([{ id: "omg/secret/npm-token" }]);
    expect(run?.results).toMatchObject([
      {
        ruleId: "omg/secret/npm-token",
        ruleIndex: 0,
        locations: [
          { physicalLocation: { artifactLocation: { uri: "a%20b/x.env" }, region: { startLine: 2, startColumn: 10 } } },
        ],
      },
    ]);
  });

  describe.runIf(needs("git"))("in a work tree of git", () => {
    const repository = () => {
      git("init", "-q");
      put(".gitignore", "ignored/\n*.log\n");
      for (const name of ["tracked.txt", "ignored/x.txt", "new.txt", "y.log", "sub/z.txt"]) put(name, LINE);
      git("add", "tracked.txt", "sub/z.txt");
      git("add", "--force", "y.log");
    };

    it("reads what is tracked or would be, and what is named, but nothing that git ignores", () => {
      repository();
      expect(found().places).toEqual(["new.txt:2:10", "sub/z.txt:2:10", "tracked.txt:2:10", "y.log:2:10"]);
      expect(found("sub").places).toEqual(["sub/z.txt:2:10"]);
      expect(found("ignored/x.txt").places).toEqual(["ignored/x.txt:2:10"]);
    });

    it("does not follow a link that took the place of a tracked folder", () => {
      repository();
      rmSync(join(folder, "sub"), { recursive: true });
      put("z.txt", LINE, outside);
      symlinkSync(outside, join(folder, "sub"));
      expect(found().places).toEqual(["new.txt:2:10", "tracked.txt:2:10", "y.log:2:10"]);
    });

    it("passes over what is tracked and gone, or under what is a file now", () => {
      repository();
      rmSync(join(folder, "sub"), { recursive: true });
      put("sub", "a file now");
      rmSync(join(folder, "tracked.txt"));
      expect(found()).toMatchObject({ places: ["new.txt:2:10", "y.log:2:10"], unread: [] });
    });

    it("runs nothing that the repository's configuration names", () => {
      repository();
      const ran = join(outside, "ran");
      put("run", `#!/bin/sh\ntouch ${ran}\n`, outside);
      chmodSync(join(outside, "run"), 0o755);
      git("config", "core.fsmonitor", join(outside, "run"));
      git("config", "core.sshCommand", join(outside, "run"));
      git("config", "core.hooksPath", outside);
      expect(found().places).toHaveLength(4);
      expect(existsSync(ran)).toBe(false);
      // The same program does run where nobody prevents it.
      git("status");
      expect(existsSync(ran)).toBe(true);
    });

    it.runIf(needs("root"))("is listed by git as its owner, and read whole where git refuses", () => {
      repository();
      for (const name of [".", ".git"]) execFileSync("chown", ["-R", "65534:65534", join(folder, name)]);
      expect(found()).toMatchObject({ code: 2, notes: [] });
      chownSync(folder, 0, 0);
      const { notes, places } = found();
      expect(notes[0]).toMatch(/git could not list its files \(fatal: detected dubious ownership/);
      expect(places).toContain("ignored/x.txt:2:10");
    });
  });
});

it("finds nothing in omg's own sources", () => {
  const root = dirname(dirname(OMG));
  const ran = spawnSync(process.execPath, [OMG, "audit", "secrets", root], { encoding: "utf8" });
  expect(ran.stdout).toMatch(/^No secrets found: \d{3,} files read/);
});
