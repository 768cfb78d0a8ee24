import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { desiredOf as aptDesired } from "../../providers/apt/desired.ts";
import { desiredOf as sourcesDesired } from "../../providers/apt/source-files/desired.ts";
import { desiredOf as pacmanDesired } from "../../providers/pacman/desired.ts";
import { desiredOf as shellDesired } from "../../providers/shell/desired.ts";
import { loadLock } from "../../schema/files/lock.ts";
import { parsePolicy } from "../../schema/files/policy.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");
const NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(EXAMPLES, entry.name, "omg.lock")))
  .map(({ name }) => name);

/** The real loader, on a host of Debian 12. */
function load(name: string, hostname = "somewhere"): PlatformLock {
  const path = join(EXAMPLES, name, "omg.lock");
  return loadLock({
    path,
    text: readFileSync(path, "utf8"),
    platform: { id: "debian", versionId: "12", arch: "amd64", platform: "debian-12-amd64", hostname },
    own: true,
    read: (relative) => {
      const included = join(dirname(path), relative);
      return { path: included, text: readFileSync(included, "utf8") };
    },
  });
}

describe("every example", () => {
  test("is in the index", () => {
    const index = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    expect(NAMES.length).toBeGreaterThan(2);
    for (const name of NAMES) expect(index).toContain(`(${name}/omg.lock)`);
  });

  test.each(NAMES)("%s loads, wants something, and asks for nothing that this version cannot do", (name) => {
    const lock = load(name);
    expect(lock.name).toBe(name);
    const desired = [aptDesired(lock), pacmanDesired(lock)];
    expect(desired.flatMap(({ wanted }) => wanted).length).toBeGreaterThan(2);
    expect(desired.flatMap(({ notes }) => notes)).toEqual([]);
    expect(shellDesired(lock).notes).toEqual([]);
    expect(Object.keys(lock.runtimes)).toEqual([]);
  });

  test.each(NAMES.filter((name) => existsSync(join(EXAMPLES, name, "policy.toml"))))(
    "the policy of %s is enforced",
    (name) => {
      const path = join(EXAMPLES, name, "policy.toml");
      expect(Object.keys(parsePolicy({ path, text: readFileSync(path, "utf8") })).length).toBeGreaterThan(0);
    },
  );
});

describe("what the examples show", () => {
  test("backports: a source, and what comes from it", () => {
    const { packages } = load("backports");
    expect(sourcesDesired(load("backports")).wanted).toMatchObject([
      { name: "backports", attributes: { suites: "bookworm-backports", types: "deb" } },
    ]);
    expect(packages.apt?.packages.tmux?.from).toBe("debian-backports");
  });

  test("laptop: variables, aliases, a hold and an absence", () => {
    const { packages, env, aliases } = load("laptop");
    expect(packages.apt?.packages["postgresql-15"]).toEqual({ presence: "present", version: "15.*", hold: true });
    expect(packages.apt?.packages.telnet?.presence).toBe("absent");
    expect([env.EDITOR, aliases.ll]).toEqual(["nvim", "ls -alF"]);
  });

  test("arch: a day that decides, and packages that are built here", () => {
    const { wanted, settings } = pacmanDesired(load("arch"));
    expect(settings?.snapshot).toBe("20261120T000000Z");
    expect(wanted.filter(({ from }) => from === "aur").map(({ name }) => name)).toEqual(["pikaur", "downgrade"]);
  });

  test("ci-image: every request is pinned, with what it needs", () => {
    const { packages, pins } = load("ci-image");
    const asked = Object.keys(packages.apt?.packages ?? {});
    expect(Object.keys(pins.apt ?? {})).toEqual(expect.arrayContaining(asked));
    expect(Object.values(pins.apt ?? {}).filter(({ auto }) => !auto).length).toBe(asked.length);
    for (const name of asked) expect(pins.apt?.[name]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("team: what is included counts less, and `when` chooses", () => {
    const everywhere = load("team").packages.apt?.packages ?? {};
    expect(everywhere).toMatchObject({ git: { version: "*" }, python3: { version: "3.11.*" }, curl: { version: "*" } });
    expect(everywhere).not.toHaveProperty("debhelper");
    const building = load("team", "build-7").packages.apt;
    expect(building?.packages).toHaveProperty("debhelper");
    expect(building?.mode).toBe("report");
  });
});
