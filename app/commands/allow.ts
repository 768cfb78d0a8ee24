import { statSync } from "node:fs";
import { resolve } from "node:path";
import { OmgError } from "../../schema/error.ts";
import type { AllowResult, DenyResult } from "../answers.ts";
import type { Context } from "../context.ts";
import { allow as allowFile, type Configuration, deny as denyFile, isAllowed } from "../here/allowed.ts";
import { type FolderSettings, settingsHere } from "../here/settings.ts";
import { versionsHere } from "../here/versions.ts";
import { Watched } from "../here/watched.ts";
import { usage } from "../package-names.ts";

export interface AllowOptions {
  /** Default: where omg was started. */
  readonly folder?: string;
}

/**
 * Lets what the files of a folder and those above it set take effect in the user's shells, in this very content.
 * @throws OmgError `nothing-to-allow`
 */
export async function allow(ctx: Context, { folder }: AllowOptions): Promise<AllowResult> {
  const there = folderNamed(ctx, folder);
  const watched = new Watched();
  const { settings, files } = await filesHere(there, watched);
  if (files.length === 0) throw nothing(there.cwd);
  const { judge } = await import("../here/judged.ts");
  const result: AllowResult["files"][number][] = [];
  for (const file of files) {
    const own = settings.find(({ path }) => path === file.path);
    const judged = own === undefined ? { variables: [], aliases: [], refused: [] } : await judge(ctx, watched, own);
    const before = isAllowed(ctx, watched, file);
    allowFile(ctx, file);
    result.push({ path: file.path, before, naming: own === undefined, ...judged });
  }
  return { folder: there.cwd, files: result };
}

/** Takes that back. @throws OmgError `nothing-to-allow` */
export async function deny(ctx: Context, { folder }: AllowOptions): Promise<DenyResult> {
  const there = folderNamed(ctx, folder);
  const { files } = await filesHere(there, new Watched());
  if (files.length === 0) throw nothing(there.cwd);
  return { folder: there.cwd, files: files.map(({ path }) => ({ path, before: denyFile(ctx, path) })) };
}

function folderNamed(ctx: Context, folder = "."): Context {
  const cwd = resolve(ctx.cwd, folder);
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true) return { ...ctx, cwd };
  throw usage(`${cwd} is not a folder.`, "Name the folder that has the files.");
}

interface FilesHere {
  readonly settings: readonly FolderSettings[];
  readonly files: readonly Configuration[];
}

async function filesHere(ctx: Context, watched: Watched): Promise<FilesHere> {
  const { lock, naming } = await versionsHere(ctx, watched);
  const settings = settingsHere(ctx, watched, lock);
  const more = naming.filter(({ path }) => !settings.some((each) => each.path === path));
  const files = [
    ...settings,
    ...more.filter(({ path }, index) => more.findIndex((each) => each.path === path) === index),
  ];
  return { settings, files };
}

function nothing(folder: string): OmgError {
  return new OmgError({
    code: "nothing-to-allow",
    exit: "error",
    message: `No file in ${folder} or above it sets variables or aliases, or names folders to take programs from.`,
    state: "Nothing was changed.",
    hint: "Which of the installed versions a folder uses needs no permission: `omg which` shows it.",
  });
}
