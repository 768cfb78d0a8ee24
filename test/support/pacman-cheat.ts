import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Caught } from "./cheat.ts";
import type { PacmanOmgLab } from "./pacman-omg-lab.ts";
import type { PublishedAs } from "./pacman-repo.ts";
import { words } from "./refusal.ts";

/** The whole of `omg apply` refuses: with this code, this exit code, and a machine as it was to the last byte. */
export async function expectPacmanCaught(lab: PacmanOmgLab, { code, exit, says = [] }: Caught): Promise<void> {
  const before = stateOf(lab);
  const { code: ended, stdout, stderr } = await lab.omg(["apply", "--yes", "--json"]);
  // What is wrong with one artifact stands in the plan; the error says which rule refuses it.
  const plan = stdout.includes(code) ? { stdout } : await lab.omg(["plan", "--json"]);
  const codes = [...plan.stdout.matchAll(/"(?:code|rule)": "([a-z.-]+)"|\[([a-z.-]+), /g)].map(
    ([, code, rule]) => code ?? rule,
  );
  expect(codes, `${stdout}${stderr}`).toContain(code);
  expect(ended, `${stdout}${stderr}`).toBe(exit);
  const said = words(`${stdout}${stderr}`);
  for (const piece of says) expect(said).toMatch(piece);
  expect(said).toContain("Nothing was changed");
  expect(said).not.toMatch(/bug in omg|inside omg|undefined|\[object/);
  expect(stateOf(lab)).toEqual(before);
}

/** Every file of the machine but omg's own, logs and caches; and which generations there are. */
function stateOf({ pacman: { root } }: PacmanOmgLab): unknown {
  const left = ["./var/lib/omg", "./var/cache", "./var/log"].map((path) => `--exclude=${path}`);
  const pack = ["--create", "--sort=name", "--mtime=@0", ...left, "."];
  const packed = execFileSync("tar", pack, { cwd: root, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
  const generations = join(root, "var/lib/omg/generations");
  return {
    machine: execFileSync("sha256sum", { input: packed, encoding: "utf8" }),
    generations: existsSync(generations) ? readdirSync(generations) : [],
  };
}

/** The repository anew, and pacman's copy of it with it, whether pacman would have taken it or not. */
export async function swapRepository(lab: PacmanOmgLab, as: PublishedAs = {}, repo = "omgtest"): Promise<void> {
  const { repos } = lab.pacman;
  await repos.publish(repo, as);
  for (const ending of ["", ...(as.databaseKey === null ? [] : [".sig"])])
    copyFileSync(join(repos.folder, `${repo}/${repo}.db${ending}`), databaseOf(lab, repo) + ending);
}

/** pacman's copy of a repository's database. */
export function databaseOf({ pacman: { root } }: PacmanOmgLab, repo = "omgtest"): string {
  return join(root, `var/lib/pacman/sync/${repo}.db`);
}
