import { basename } from "node:path";
import { miseFolder, miseVersions } from "../../host/mise.ts";
import type { Asked } from "../../providers/runtimes/version-files/search.ts";
import { OmgError } from "../../schema/error.ts";
import { RUNTIMES, runtimeOf } from "../../schema/runtimes/names.ts";
import { beginsVersion } from "../../schema/runtimes/versions.ts";
import type { WhichResult, WhichTool } from "../answers.ts";
import type { Context } from "../context.ts";
import { binOf, executablesOf, mainProgram, onPath, programsIn } from "../here/programs.ts";
import { remedyFor } from "../here/remedy.ts";
import { shimsFolder } from "../here/shims.ts";
import { type RuntimeHere, type VersionsHere, versionsHere } from "../here/versions.ts";
import { Watched } from "../here/watched.ts";
import { positionsIn } from "../lock-file.ts";

export interface WhichOptions {
  /** A runtime, or the name of a program; without one, all that something is known of. */
  readonly name?: string;
}

/** Which version a folder gets, and because of which line of which file. */
export async function which(ctx: Context, { name }: WhichOptions): Promise<WhichResult> {
  const watched = new Watched();
  const here = await versionsHere(ctx, watched);
  const folder = ctx.cwd;
  if (name === undefined) {
    const named = here.runtimes.filter(({ asked, places }) => asked !== undefined || places[0]?.type === "version");
    const tools = named.map((each) => toolOf(ctx, each, each.runtime, watched));
    return placed(ctx, here, { folder, tools: [...tools, ...here.others.map((asked) => other(ctx, asked))] });
  }
  const runtime = here.runtimes.find((each) => each.runtime === name) ?? runtimeWith(here, name, watched);
  const unknown = here.others.find(({ tool }) => tool === name);
  if (runtime !== undefined) return placed(ctx, here, { folder, tools: [toolOf(ctx, runtime, name, watched)] });
  if (unknown !== undefined) return placed(ctx, here, { folder, tools: [other(ctx, unknown)] });
  const path = onPath(name, ctx.env.PATH, shimsFolder(ctx));
  if (path === undefined) throw unknownTool(name);
  return { folder, tools: [{ name, versions: [], missing: [], path }] };
}

/** The runtime whose programs have this name here, or would have it. */
function runtimeWith(here: VersionsHere, name: string, watched: Watched): RuntimeHere | undefined {
  const known = runtimeOf(name);
  if (known !== undefined) return here.runtimes.find(({ runtime }) => runtime === known);
  return here.runtimes.find(({ places }) => programAt(places, name, watched) !== undefined);
}

function programAt(places: RuntimeHere["places"], name: string, watched: Watched): string | undefined {
  return places
    .map((place) => {
      const bin = binOf(place);
      return bin === undefined ? undefined : programsIn(bin, watched).get(name);
    })
    .find((path) => path !== undefined);
}

function toolOf(ctx: Context, here: RuntimeHere, name: string, watched: Watched): WhichTool {
  const { places, missing, asked, runtime, damaged } = here;
  const program = name === runtime ? programOf(here, watched) : name;
  const own = programAt(places, program, watched);
  const lacking =
    damaged === undefined ? (asked && places.length === 0 ? missing[0] : undefined) : versionOf(places[0]);
  // As `omg exec` and shims have it: what a version lacks is what PATH has.
  const path =
    own ?? (places.length > 0 && damaged === undefined ? onPath(program, ctx.env.PATH, shimsFolder(ctx)) : undefined);
  return {
    name,
    ...(name === runtime ? {} : { runtime }),
    versions: places.map((place) =>
      place.type === "version"
        ? { version: place.version, folder: place.folder }
        : { version: place.type, ...(place.type === "folder" ? { folder: place.folder } : {}) },
    ),
    missing,
    ...(asked === undefined ? {} : askedBy(asked)),
    ...(path === undefined ? {} : { path }),
    ...(damaged === undefined ? {} : { damaged: true }),
    ...(lacking === undefined ? {} : { remedy: remedyFor(here, lacking) }),
  };
}

/** What a runtime is called by where one of its places is the first. */
function programOf({ runtime, places }: RuntimeHere, watched: Watched): string {
  const [first] = places.flatMap((place) => mainProgram(runtime, place, watched) ?? []);
  return first === undefined ? executablesOf(runtime)[0] : basename(first);
}

function versionOf(place: RuntimeHere["places"][number] | undefined): string | undefined {
  return place?.type === "version" ? place.version : undefined;
}

/** What omg does not install: as mise has it, the newest that begins so. */
function other(ctx: Context, asked: Asked): WhichTool {
  const installed = miseVersions(miseFolder(asked.tool), ctx);
  const answers = asked.requests.map((request) =>
    request === "latest" ? installed[0] : installed.find(({ version }) => beginsVersion(request, version)),
  );
  const versions = answers.filter((found) => found !== undefined);
  const missing = asked.requests.filter((_, index) => answers[index] === undefined);
  return { name: asked.tool, versions, missing, foreign: true, ...askedBy(asked) };
}

function askedBy({ requests, path, line, fault }: Asked): Pick<WhichTool, "requests" | "because" | "fault"> {
  return { requests, because: { file: path, line }, ...(fault === undefined ? {} : { fault }) };
}

/** Lines of a lock are found by parsing it anew, so only here. */
async function placed(ctx: Context, { lock }: VersionsHere, result: WhichResult): Promise<WhichResult> {
  if (lock === undefined || !result.tools.some(({ because }) => because?.line === 0)) return result;
  const positionOf = await positionsIn(ctx, lock.lock.path);
  const tools = result.tools.map((tool) => {
    if (tool.because?.line !== 0) return tool;
    const position = positionOf(`runtimes.${tool.runtime ?? tool.name}`);
    return { ...tool, because: { file: position?.file ?? tool.because.file, line: position?.line ?? 1 } };
  });
  return { ...result, tools };
}

function unknownTool(name: string): OmgError {
  return new OmgError({
    code: "no-such-tool",
    exit: "error",
    message: `Nothing here is called ${JSON.stringify(name)}: no runtime of omg's, no program of one, and nothing on PATH.`,
    hint: `The runtimes are ${RUNTIMES.join(", ")}.`,
  });
}
