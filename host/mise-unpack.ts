import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { OmgError } from "../schema/error.ts";
import type { MiseLayout } from "../schema/model/transaction.ts";
import { refused, type TreeLimits } from "./extracted-tree.ts";
import { complaintsOf, installsIn, type MiseAlone, miseAlone, writeRequest } from "./mise-alone.ts";
import { servedFile } from "./served-file.ts";
import { isExecutable, tidyTree } from "./unpacked-tree.ts";

/** What is unpacked, and what says so afterwards. */
export interface MiseArchive {
  readonly layout: MiseLayout;
  /** Hex. */
  readonly sha256: string;
  readonly receipt: { readonly name: string; readonly content: string };
}

/** Where mise works, inside the folder that is being made. */
const WORK = ".mise";

/**
 * Has mise unpack the object into an empty folder. It gets the bytes from this very process, whatever address it asks, and reaches
 * nobody else; the hash stands in its mise.lock. The tool's own folder is left as mise makes it, but for a `bin` with links to its
 * programs where it has none.
 * @returns paths of everything that was made
 * @throws OmgError `archive-refused`, `unpack-failed`, `program-missing`
 */
export async function unpackByMise(
  { layout, sha256, receipt }: MiseArchive,
  object: string,
  folder: string,
  limits: TreeLimits,
): Promise<readonly string[]> {
  const work = join(folder, WORK);
  writeRequest(work, { ...layout, lock: miseLock(layout, sha256) });
  const server = await servedFile(object, pathOf(layout.url));
  try {
    const env = { MISE_URL_REPLACEMENTS: JSON.stringify({ "regex:^https?://[^/]+/": `${server.url}/` }) };
    const root = await installed({ program: layout.program, folder: work, env }, layout, limits);
    for (const name of readdirSync(root)) takeOut(join(root, name), join(folder, name));
  } finally {
    await server.close();
  }
  rmSync(work, { recursive: true, force: true });
  if (lstatSync(join(folder, receipt.name), { throwIfNoEntry: false }) !== undefined)
    throw refused(`it has a ${receipt.name} of its own`);
  writeFileSync(join(folder, receipt.name), receipt.content, { flag: "wx", mode: 0o644 });
  return tidyTree(folder, limits);
}

/** The one entry that lets mise install, and only this (mise's documentation, "mise.lock reference"). */
export function miseLock({ tool, version, backend, platform, url }: MiseLayout, sha256: string): string {
  const text = JSON.stringify;
  return [
    `[[tools.${text(tool)}]]`,
    `version = ${text(version)}`,
    `backend = ${text(backend)}`,
    "",
    `[tools.${text(tool)}.${text(`platforms.${platform}`)}]`,
    `checksum = ${text(`sha256:${sha256}`)}`,
    `url = ${text(url)}`,
    "",
  ].join("\n");
}

/** Path of the folder that mise made, with its programs in `bin`. */
async function installed(alone: MiseAlone, layout: MiseLayout, limits: TreeLimits): Promise<string> {
  const { tool, version } = layout;
  const ran = await miseAlone(alone, ["install", "--locked"]);
  const path = join(installsIn(alone.folder, tool), version);
  if (ran.code !== 0 || !existsSync(path)) throw failed(layout, complaintsOf(ran));
  const root = realpathSync(path);
  if (!root.startsWith(`${realpathSync(alone.folder)}/`)) throw refused(`mise put it elsewhere, to ${root}`);
  tidyTree(root, limits);
  const bins = await miseAlone(alone, ["bin-paths", `${tool}@${version}`]);
  if (bins.code !== 0) throw failed(layout, complaintsOf(bins));
  const folders = bins.stdout.split("\n").filter((each) => each !== "" && existsSync(each));
  giveBin(
    root,
    folders.map((each) => relative(root, realpathSync(each))).filter((each) => !each.startsWith("..")),
  );
  return root;
}

/** Programs are looked for in `bin`, wherever the tool has them. */
function giveBin(root: string, folders: readonly string[]): void {
  const bin = join(root, "bin");
  const others = folders.filter((folder) => folder !== "bin");
  if (!folders.includes("bin") && lstatSync(bin, { throwIfNoEntry: false }) !== undefined)
    throw refused(`its programs are in ${others.join(" and ") || "no folder"}, and it has another bin besides`);
  mkdirSync(bin, { recursive: true });
  for (const folder of others)
    for (const name of readdirSync(join(root, folder)).filter((each) => isExecutable(join(root, folder, each))))
      if (!existsSync(join(bin, name))) symlinkSync(join("..", folder, name), join(bin, name));
  if (!readdirSync(bin).some((name) => isExecutable(join(bin, name)))) throw refused("there is no program in it");
}

function takeOut(from: string, to: string): void {
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) throw refused(`it has a ${WORK} of its own`);
  renameSync(from, to);
}

/** As a server is asked for it. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

function failed({ tool, version }: MiseLayout, details: readonly string[]): OmgError {
  return new OmgError({
    code: "unpack-failed",
    exit: "error",
    message: `mise did not unpack ${tool} ${version}.`,
    state: "Nothing of it was left on the disk.",
    hint: "Read what mise says. Where it is too old for this tool, bring it up to date, and run the command again.",
    details,
  });
}
