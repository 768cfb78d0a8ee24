import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { OmgLab, OmgOptions, OmgRun } from "./omg-lab.ts";

/** How omg should say no. */
export interface Refusal {
  /** Default: `apply --yes`. */
  readonly args?: readonly string[];
  readonly exit: number;
  /** Pieces of what it says on stderr, lines joined. */
  readonly says: readonly (string | RegExp)[];
  readonly run?: OmgOptions;
}

/** Runs omg, and holds it to a refusal: this exit code, these words, what is true now, and a machine as it was. */
export async function expectRefusal(lab: OmgLab, { args, exit, says, run }: Refusal): Promise<OmgRun> {
  const before = stateOf(lab);
  const ran = await lab.omg(args ?? ["apply", "--yes"], run);
  const said = words(ran.stderr);
  expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(exit);
  for (const piece of says) expect(said).toMatch(piece);
  expect(said).toContain("Now:");
  expect(said).not.toMatch(/bug in omg|inside omg|undefined|\[object/);
  expect(stateOf(lab)).toEqual(before);
  return ran;
}

/** Everything that a refusal leaves as it was. */
function stateOf(lab: OmgLab): unknown {
  return {
    packages: lab.apt.snapshot(),
    open: openIntents(lab),
    generations: list(lab, "data/generations").map((name) => [name, read(lab, `data/generations/${name}`)]),
    bases: list(lab, "state/base").map((name) => [name, read(lab, `state/base/${name}`)]),
  };
}

/** Intents in the log that nothing closed: what the next run would have to recover from. */
export function openIntents(lab: OmgLab): readonly string[] {
  // A line without its end was never written, as far as omg is concerned.
  const lines = read(lab, "data/audit/audit.jsonl").split("\n").slice(0, -1);
  const entries = lines.map((line) => JSON.parse(line) as { event: string; hash: string; data: { closes?: string } });
  const closed = new Set(entries.map((entry) => entry.data.closes));
  return entries
    .filter((entry) => entry.event === "apply.intent" && !closed.has(entry.hash))
    .map((entry) => entry.hash);
}

/** Text as one line, however it was wrapped. */
export function words(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** Path in the folders of omg that belong to the lab: `data/store`. */
export function omgPath(lab: OmgLab, name: string): string {
  return join(lab.apt.folder, "omg", name);
}

function list(lab: OmgLab, name: string): readonly string[] {
  return existsSync(omgPath(lab, name)) ? readdirSync(omgPath(lab, name)).sort() : [];
}

function read(lab: OmgLab, name: string): string {
  return existsSync(omgPath(lab, name)) ? readFileSync(omgPath(lab, name), "utf8") : "";
}

/** Runs while the file system under a folder has only `left` KiB more; what the folder holds moves there and back. */
export async function onFullDisk<T>(folder: string, left: number, act: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const below = `${folder}.below`;
  execFileSync("cp", ["-a", folder, below]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m,mode=755", "omg-test", folder]);
  try {
    execFileSync("cp", ["-a", `${below}/.`, folder]);
    const used = Number(execFileSync("df", ["--output=used", folder], { encoding: "utf8" }).split("\n")[1]);
    execFileSync("mount", ["-o", `remount,size=${used + left}k`, folder]);
    return await act();
  } finally {
    execFileSync("umount", [folder]);
    execFileSync("rm", ["-rf", below]);
  }
}

/** Runs while a folder can only be read, by root too. */
export async function onReadOnlyDisk<T>(folder: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["--bind", folder, folder]);
  try {
    execFileSync("mount", ["-o", "remount,ro,bind", folder]);
    return await act();
  } finally {
    execFileSync("umount", [folder]);
  }
}

/** Waits until a file is there. */
export async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}
