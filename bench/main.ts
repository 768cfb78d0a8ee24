import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { preface, tableText } from "./report.ts";
import { emptyRoot, listed } from "./root.ts";
import { arch } from "./rows/arch.ts";
import { capture } from "./rows/capture.ts";
import { fiveChanges } from "./rows/changes.ts";
import { download } from "./rows/download.ts";
import { folder as projectFolder } from "./rows/folder.ts";
import { gate } from "./rows/gate.ts";
import { growth } from "./rows/growth.ts";
import { inSync } from "./rows/in-sync.ts";
import { memory } from "./rows/memory.ts";
import { omgd } from "./rows/omgd.ts";
import { peers, peersOutside } from "./rows/peers.ts";
import { prompt } from "./rows/prompt.ts";
import { queries, queriesArch, queriesContainer } from "./rows/queries.ts";
import { sbom } from "./rows/sbom.ts";
import { signature, signatureMemory } from "./rows/signature.ts";
import { vulnerabilities } from "./rows/vulnerabilities.ts";
import { tools } from "./tools.ts";
import type { Table, World } from "./world.ts";

const ROWS: Readonly<Record<string, (world: World) => Promise<Table>>> = {
  "in-sync-110": (world) => inSync(world, 110),
  "in-sync-1500": (world) => inSync(world, 1500),
  capture,
  changes: fiveChanges,
  download,
  gate,
  "signature-100": (world) => signature(world, 100),
  "signature-500": (world) => signature(world, 500),
  "signature-memory": (world) => signatureMemory(world, 500),
  growth,
  memory,
  peers,
  "peers-outside": peersOutside,
  sbom,
  vulnerabilities,
  arch,
  queries,
  "queries-container": queriesContainer,
  "queries-arch": queriesArch,
  omgd,
  prompt,
  folder: projectFolder,
};

const PROJECT = join(import.meta.dirname, "../..");

/** Measures the rows that are named, all without names, and writes RESULTS.md when it was all of them. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "7" },
      omg: { type: "string" },
      "no-install": { type: "boolean", default: false },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(ROWS);
  const unknown = names.filter((name) => !(name in ROWS));
  if (unknown.length > 0) throw new Error(`no row ${unknown.join(", ")}. There are: ${Object.keys(ROWS).join(", ")}`);
  const folder = mkdtempSync(join(tmpdir(), "omg-bench-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const world = worldIn(folder, values.omg ?? join(PROJECT, "bin/omg"), Number(values.rounds), !values["no-install"]);
  const texts: string[] = [];
  for (const name of names) {
    const text = tableText(await (ROWS[name] as (world: World) => Promise<Table>)(world));
    console.log(text);
    texts.push(text);
  }
  if (positionals.length > 0) return;
  const path = join(PROJECT, "bench/RESULTS.md");
  writeFileSync(path, [preface(world.rounds, world.all.length), ...texts].join("\n"));
  console.log(`Written to ${path}`);
}

function worldIn(folder: string, omg: string, rounds: number, install: boolean): World {
  if (!existsSync(omg)) throw new Error(`${omg} does not exist: run npm run build`);
  const base = emptyRoot(join(folder, "base"));
  return { folder, base, all: listed(base), tools: tools(install), omg, rounds };
}

await main();
