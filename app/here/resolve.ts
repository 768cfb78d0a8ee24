import { join } from "node:path";
import type { Place } from "../../providers/runtimes/choose.ts";
import type { Resolved, ResolvedTool, ResolvedVariable } from "../../schema/wire/resolved.ts";
import type { Context } from "../context.ts";
import { isAllowed } from "./allowed.ts";
import { binOf, executablesOf, programsIn } from "./programs.ts";
import { remedyFor } from "./remedy.ts";
import { type FolderSettings, settingsHere } from "./settings.ts";
import { type RuntimeHere, versionsHere } from "./versions.ts";
import { Watched } from "./watched.ts";

/** What a folder's runtimes come to: programs, folders for PATH, variables, and what is missing. */
interface RuntimePart {
  readonly tools: readonly ResolvedTool[];
  readonly paths: readonly string[];
  readonly variables: readonly ResolvedVariable[];
  readonly notices: readonly string[];
}

/** Everything that the folder is for a shell or a shim. Reads files; runs nothing, and writes nothing. */
export async function resolveFolder(ctx: Context): Promise<Resolved> {
  const watched = new Watched(ctx.cwd);
  // Another release may make something else of the same files.
  watched.look(join(ctx.program, "../package.json"));
  const { runtimes, lock } = await versionsHere(ctx, watched);
  const parts = runtimes.map((each) => runtimePart(each, watched));
  const settings = await settingsPart(ctx, watched, settingsHere(ctx, watched, lock));
  return {
    folder: ctx.cwd,
    tools: firstByName(parts.flatMap(({ tools }) => tools)),
    paths: parts.flatMap(({ paths }) => paths).filter((path) => !path.includes(":")),
    variables: firstByName([...settings.variables, ...parts.flatMap(({ variables }) => variables)]),
    aliases: firstByName(settings.aliases),
    notices: [...new Set([...parts.flatMap(({ notices }) => notices), ...settings.notices])],
    stamps: watched.stamps,
  };
}

function runtimePart(here: RuntimeHere, watched: Watched): RuntimePart {
  const lack = lackOf(here);
  if (lack !== undefined) {
    const { message, hint, notice = `${message} Next: ${hint}` } = lack;
    const tools = executablesOf(here.runtime).map((name) => ({ name, message, hint }));
    return { tools, paths: [], variables: [], notices: [notice] };
  }
  const system = here.places.findIndex(({ type }) => type === "system");
  const before = system < 0 ? here.places : here.places.slice(0, system);
  const after = here.places.slice(before.length);
  const own: readonly string[] = executablesOf(here.runtime);
  return {
    tools: [
      ...programsOf(before, watched),
      // What comes after `system` has only what PATH would not have.
      ...programsOf(after, watched).filter(({ name }) => !own.includes(name)),
    ],
    paths: before.flatMap((place) => binOf(place) ?? []),
    variables: variablesOf(here, before[0]),
    notices: [],
  };
}

function programsOf(places: readonly Place[], watched: Watched): ResolvedTool[] {
  return places.flatMap((place) => {
    const bin = binOf(place);
    return bin === undefined ? [] : [...programsIn(bin, watched)].map(([name, path]) => ({ name, path }));
  });
}

/** Why there is no version, and what brings one. `notice`: the same for people, where it is not about one runtime alone. */
function lackOf(here: RuntimeHere): { message: string; hint: string; notice?: string } | undefined {
  const { runtime, asked, places, missing, damaged } = here;
  if (damaged !== undefined && places[0]?.type === "version") {
    const { version } = places[0];
    return {
      message: `${runtime} ${version} is damaged: ${damaged} is not there, or is no program.`,
      hint: remedyFor(here, version),
    };
  }
  if (asked === undefined) return undefined;
  const where = asked.line > 0 ? `${asked.path}:${asked.line}` : asked.path;
  if (asked.fault !== undefined)
    return {
      message: `${runtime} has no version here: ${where}: ${asked.fault}.`,
      hint: `mend ${asked.path}`,
      notice: `${where}: ${asked.fault}. No version counts here until that is mended.`,
    };
  if (places.length > 0) return undefined;
  const request = missing[0] ?? "";
  return {
    message: `${runtime} ${request} is not installed, which ${where} asks for.`,
    hint: remedyFor(here, request),
  };
}

/** Build tools find the JDK by it. */
function variablesOf({ runtime }: RuntimeHere, place: Place | undefined): ResolvedVariable[] {
  return runtime === "java" && place?.type === "version"
    ? [{ name: "JAVA_HOME", kind: "value", value: place.folder }]
    : [];
}

type SettingsPart = Pick<Resolved, "variables" | "aliases" | "notices">;

/** What files set takes effect where the user allowed it. */
async function settingsPart(ctx: Context, watched: Watched, all: readonly FolderSettings[]): Promise<SettingsPart> {
  if (all.length === 0) return { variables: [], aliases: [], notices: [] };
  const { judge } = await import("./judged.ts");
  const parts: SettingsPart[] = [];
  for (const each of all) {
    if (!isAllowed(ctx, watched, each)) {
      parts.push({ variables: [], aliases: [], notices: [notAllowed(each)] });
      continue;
    }
    const { variables, aliases, refused } = await judge(ctx, watched, each);
    parts.push({ variables, aliases, notices: refused.map((why) => `${each.path} does not get its way: ${why}.`) });
  }
  return {
    variables: parts.flatMap(({ variables }) => variables),
    aliases: parts.flatMap(({ aliases }) => aliases),
    notices: parts.flatMap(({ notices }) => notices),
  };
}

function notAllowed({ path, variables, aliases, leftOut }: FolderSettings): string {
  const what = [
    counted(variables.length + leftOut.length, "variable", "variables"),
    counted(aliases.length, "alias", "aliases"),
  ].filter((text) => text !== "");
  return `${path} sets ${what.join(" and ")}, which you have not allowed in this content. Next: omg allow`;
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}

function firstByName<T extends { readonly name: string }>(tools: readonly T[]): T[] {
  const names = new Set<string>();
  return tools.filter(({ name }) => !names.has(name) && names.add(name));
}
