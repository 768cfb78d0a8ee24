import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { clearsigned, hashOf, type RuntimeLab } from "./runtime-lab.ts";
import { type TarItem, tarGz } from "./tar-writer.ts";

const ARCH = process.arch === "arm64" ? "arm64" : "x64";

/** A version as nodejs.org would have it, with a program in the place of Node. */
export interface NodeRelease {
  readonly version: string;
  readonly lts?: string;
  /** In place of an archive with a small program. */
  readonly archive?: Buffer;
}

export function nodeFile(version: string): string {
  return `node-v${version}-linux-${ARCH}.tar.gz`;
}

/** An archive in Node's own layout whose `node` says its version. */
export function nodeArchive(version: string, more: readonly TarItem[] = []): Buffer {
  const top = `node-v${version}-linux-${ARCH}`;
  const program = `#!/bin/sh\necho v${version}\n`;
  return tarGz([
    { name: `${top}/`, type: "5" },
    { name: `${top}/bin/node`, content: program, mode: 0o755 },
    { name: `${top}/bin/npm`, type: "2", target: "../lib/node_modules/npm/bin/npm-cli.js" },
    { name: `${top}/lib/node_modules/npm/bin/npm-cli.js`, content: "#!/usr/bin/env node\n", mode: 0o755 },
    { name: `${top}/README.md`, content: "Node.js" },
    ...more.map((item) => ({ ...item, name: item.name.replace("TOP", top) })),
  ]);
}

/** The very Node that runs this in its publisher's layout, under its own version or as if it were another. */
export function realNodeArchive({ folder }: Pick<RuntimeLab, "folder">, version: string): Buffer {
  const [top, tree] = [nodeFile(version).replace(".tar.gz", ""), join(folder, "node-tree")];
  mkdirSync(join(tree, top, "bin"), { recursive: true });
  cpSync(process.execPath, join(tree, top, "bin/node"), { dereference: true });
  return gzipSync(execFileSync("tar", ["-C", tree, "-cf", "-", top], { maxBuffer: 1 << 29 }), { level: 1 });
}

/** Puts releases on the server, with their list of versions, signed as the publisher signs. */
export function publishNode(lab: RuntimeLab, releases: readonly NodeRelease[]): void {
  const { files } = lab.server;
  const index = releases.map(({ version, lts }) => ({
    version: `v${version}`,
    date: "2026-11-01",
    files: [`linux-${ARCH}`, "src"],
    lts: lts ?? false,
    security: false,
  }));
  files.set("/node/index.json", JSON.stringify(index));
  for (const { version, archive = nodeArchive(version) } of releases) {
    const folder = `/node/v${version}`;
    files.set(`${folder}/${nodeFile(version)}`, archive);
    files.set(`${folder}/SHASUMS256.txt.asc`, clearsigned(lab, sumsOf(version, archive)));
  }
}

export function sumsOf(version: string, archive: Buffer): string {
  return `${hashOf(archive)}  ${nodeFile(version)}\n${"0".repeat(64)}  node-v${version}.tar.gz\n`;
}

export function nodeConfig({ server }: Pick<RuntimeLab, "server">): string {
  return `[runtimes.node]\nmirror = "${server.url}/node"\nkeys = false\n`;
}
