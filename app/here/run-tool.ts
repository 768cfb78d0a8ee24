import { join } from "node:path";
import { pathsFor, type Who } from "../../host/paths.ts";
import { isProgram } from "../../host/program.ts";
import type { Resolved } from "../../schema/wire/resolved.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a name comes to in a folder: a program with its environment, or why there is none. native/run.c does the same. */
export type ToolRun =
  | { readonly path: string; readonly argv: readonly string[]; readonly env: Environment }
  | { readonly message: string; readonly hint: string };

/** What execvp(3) takes where there is no PATH. */
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

/** @param resolved undefined where the folder has no name that can be kept */
export function toolRun(argv: readonly string[], who: Who, resolved: Resolved | undefined): ToolRun {
  const [name = "", ...args] = argv;
  const tool = resolved?.tools.find((each) => each.name === name);
  if (tool !== undefined && "message" in tool) return tool;
  const env = { ...who.env };
  for (const { name: variable, kind, value } of resolved?.variables ?? [])
    if (kind === "value") env[variable] = value;
    else if (kind === "unset") delete env[variable];
  const path = tool?.path ?? (name.includes("/") ? name : onPath(name, who, env, resolved?.paths ?? []));
  if (path === undefined)
    return {
      message: `Neither this folder's versions nor PATH have a program of this name: ${name}`,
      hint: "omg which shows what this folder gets.",
    };
  return { path, argv: [name.includes("/") ? name : path, ...args], env: extended(env, resolved?.paths ?? []) };
}

function extended(env: Environment, paths: readonly string[]): Environment {
  const now = env.PATH ?? DEFAULT_PATH;
  const before = paths.map((path) => `${path}:`).join("");
  return before === "" || now.startsWith(before) ? env : { ...env, PATH: `${before}${now}` };
}

/** Relative parts would run what a folder holds; a shim leads here again. */
function onPath(name: string, who: Who, env: Environment, paths: readonly string[]): string | undefined {
  const shims = join(pathsFor("user", who).data, "shims");
  const folders = [...paths, ...(env.PATH ?? DEFAULT_PATH).split(":").filter((folder) => folder.startsWith("/"))];
  return folders.map((folder) => `${folder}/${name}`).find((path) => !path.startsWith(`${shims}/`) && isProgram(path));
}
