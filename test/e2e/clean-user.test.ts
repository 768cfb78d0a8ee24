import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";

const NOBODY = 65_534;
const home = mkdtempSync(join(tmpdir(), "omg-nobody-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

it.runIf(needs("root"))("a plain user cleans their own, and no override lets them near the system's", () => {
  const [mine, systems] = [join(home, "mine"), join(home, "systems")];
  const junk = (folder: string) => join(folder, "store/sha256/ab", "c".repeat(62));
  for (const folder of [mine, systems]) {
    mkdirSync(join(folder, "store/sha256/ab"), { recursive: true });
    writeFileSync(junk(folder), "!<arch>\njunk");
  }
  for (const path of [
    home,
    ...readdirSync(home, { recursive: true, encoding: "utf8" }).map((name) => join(home, name)),
  ])
    chownSync(path, NOBODY, NOBODY);
  chownSync(systems, 0, 0);
  const env = { PATH: "/usr/bin:/bin", HOME: home, OMG_DATA_DIR: mine };
  const omg = (...args: string[]) =>
    spawnSync(process.execPath, [OMG, ...args], { env, cwd: home, uid: NOBODY, gid: NOBODY, encoding: "utf8" });
  const shown = omg("clean", "--dry-run", "--json");
  expect(JSON.parse(shown.stdout).items).toEqual([{ kind: "objects", scope: "user", count: 1, bytes: 12 }]);
  const cleaned = omg("clean", "--yes");
  expect([cleaned.status, cleaned.stderr]).toEqual([0, ""]);
  expect([existsSync(junk(mine)), existsSync(junk(systems))]).toEqual([false, true]);
});
