import { existsSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { withoutCredentials } from "../../../host/address.ts";
import { CLEAN_ENV, run } from "../../../host/run.ts";
import { stripControls } from "../../../host/text.ts";
import { asWorker } from "../../../host/worker.ts";
import { OmgError } from "../../../schema/error.ts";
import { type Recipe, recipeOf } from "../recipe/recipe.ts";
import type { Source } from "../recipe/source.ts";
import { type AurSettings, buildLimitIn } from "../settings.ts";
import type { Place } from "./place.ts";
import { sandboxArguments } from "./sandbox.ts";

const BWRAP = "/usr/bin/bwrap";
const MAKEPKG = "/usr/bin/makepkg";
const PRLIMIT = "/usr/bin/prlimit";
const INSIDE = "/build";
/**
 * Against what runs away: processes, the size of a file in bytes, and no dumps of memory. Memory itself is not limited, but where it runs
 * out, the build is what the kernel ends first (choom(1)).
 */
const LIMITS = ["--nproc=8192", `--fsize=${64 * 2 ** 30}`, "--core=0", "--", "/usr/bin/choom", "--adjust=1000", "--"];
const QUOTED_LINES = 25;

/** Everything is here already: nothing is fetched, asked for, signed or installed. */
const FLAGS = ["--nodeps", "--holdver", "--noconfirm", "--nocolor", "--nosign", "--skippgpcheck"];

/** What makepkg runs with. */
export interface MakepkgMeans {
  readonly settings: AurSettings;
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs the real makepkg on a recipe, where nothing of the machine can be read but its programs, and nothing written but the build's own
 * folder. Resolves to what it printed, the middle left out where that is much. Errors: OmgError `no-sandbox`, `build-failed`,
 * `build-too-slow`.
 */
export async function runMakepkg(
  { base, version }: Recipe,
  place: Place,
  means: MakepkgMeans,
  flags: readonly string[] = FLAGS,
): Promise<string> {
  const { settings, signal, onOutput } = means;
  const sandboxed = existsSync(BWRAP);
  if (!sandboxed && settings.unsandboxed !== true) throw noSandbox(base);
  const root = sandboxed ? INSIDE : place.inside;
  const command = [MAKEPKG, ...flags];
  const env = environmentIn(root);
  const args = sandboxed ? [BWRAP, ...shutIn(place, env, command)] : command;
  const last: string[] = [];
  const limit = buildLimitIn(settings);
  const ran = await run(PRLIMIT, [...LIMITS, ...args], {
    env: sandboxed ? { PATH: CLEAN_ENV.PATH ?? "" } : env,
    cwd: sandboxed ? "/" : place.recipe,
    timeoutMs: limit,
    maxOutputBytes: 1 << 21,
    detached: true,
    signal,
    onLine: (line) => {
      const shown = stripControls(line).slice(0, 1000);
      last.push(shown);
      if (last.length > QUOTED_LINES) last.shift();
      onOutput(shown);
    },
    ...asWorker(),
  });
  signal.throwIfAborted();
  if (ran.stopped === "timeout") throw tooSlow(base, limit, last);
  if (ran.code !== 0 && sandboxed && !(await canBeShutIn(place, signal))) throw noNamespaces(base, last);
  if (ran.code !== 0) throw failed(base, version, ran.code ?? ran.signal ?? "", last);
  return ran.stdout;
}

/**
 * People read the PKGBUILD, and omg fetches what .SRCINFO names: both have to name the same, or a git source could be another's. Errors:
 * OmgError `build-unexpected`, and as for `runMakepkg`.
 */
export async function requireSameSources(
  recipe: Recipe,
  place: Place,
  means: MakepkgMeans,
  arch: string,
): Promise<void> {
  const quiet = { ...means, onOutput: () => undefined };
  const read = recipeOf(await runMakepkg(recipe, place, quiet, ["--printsrcinfo"]), arch);
  if (isDeepStrictEqual([read.sources, read.signers], [recipe.sources, recipe.signers])) return;
  const other = recipe.sources.find((source, index) => !isDeepStrictEqual(source, read.sources[index]));
  const what = other === undefined ? "sources or signers" : `${other.file}${from(other)}`;
  throw new OmgError({
    code: "build-unexpected",
    exit: "refused",
    message: `The .SRCINFO of ${recipe.base} says ${what}, and its PKGBUILD does not.`,
    state: "Nothing was built or changed.",
    hint: "Its maintainer has to bring .SRCINFO and PKGBUILD together; or somebody shows you one source, and means another.",
  });
}

function from({ address }: Source): string {
  return address === undefined ? "" : ` from ${withoutCredentials(address)}`;
}

/**
 * What the recipe's pkgver() makes of its sources, where it has one: the version that a build will have, with epoch and release. Neither
 * prepare() nor build() runs. Errors: as for `runMakepkg`.
 */
export async function versionNow(recipe: Recipe, place: Place, means: MakepkgMeans, arch: string): Promise<string> {
  await requireSameSources(recipe, place, means, arch);
  await runMakepkg(recipe, place, means, [...FLAGS, "--nobuild", "--noprepare"]);
  return recipeOf(await runMakepkg(recipe, place, means, ["--printsrcinfo"]), arch).version;
}

function environmentIn(root: string): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/bin/site_perl:/usr/bin/vendor_perl:/usr/bin/core_perl",
    LC_ALL: "C.UTF-8",
    HOME: `${root}/home`,
    TMPDIR: "/tmp",
    USER: "builder",
    LOGNAME: "builder",
    SRCDEST: `${root}/sources`,
    BUILDDIR: `${root}/work`,
    PKGDEST: `${root}/out`,
    LOGDEST: `${root}/work`,
    PKGEXT: ".pkg.tar.zst",
    PACKAGER: "omg <omg@localhost>",
    MAKEFLAGS: `-j${availableParallelism()}`,
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

function shutIn(place: Place, env: Readonly<Record<string, string>>, command: readonly string[]): readonly string[] {
  const { uid, gid } = statSync(place.inside);
  writeFileSync(join(place.accounts, "passwd"), `builder:x:${uid}:${gid}::${INSIDE}/home:/bin/bash\n`, { mode: 0o644 });
  writeFileSync(join(place.accounts, "group"), `builder:x:${gid}:\n`, { mode: 0o644 });
  const { inside: folder, temporary, accounts } = place;
  const sandbox = { folder, temporary, inside: INSIDE, start: `${INSIDE}/recipe`, accounts, env };
  return sandboxArguments(sandbox, linkIn, command);
}

/** Whether anything runs in the sandbox here: it takes namespaces, which a service, a container or the machine may refuse. */
async function canBeShutIn(place: Place, signal: AbortSignal): Promise<boolean> {
  const args = shutIn(place, {}, ["/usr/bin/true"]);
  const env = { PATH: CLEAN_ENV.PATH ?? "" };
  return (await run(BWRAP, args, { env, cwd: "/", detached: true, signal, ...asWorker() })).code === 0;
}

function linkIn(name: string): string | undefined {
  try {
    return readlinkSync(`/${name}`);
  } catch {
    return undefined;
  }
}

function noSandbox(base: string): OmgError {
  return new OmgError({
    code: "no-sandbox",
    exit: "consent",
    message: `${base} was not built: there is no ${BWRAP}, and what a recipe says is run only where it can read and change nothing of yours.`,
    state: "Nothing was built or changed.",
    hint: "Install bubblewrap. Without it: `unsandboxed = true` under [aur] in the machine's config.toml, which lets every build read what its user can, and send it anywhere.",
  });
}

function noNamespaces(base: string, lines: readonly string[]): OmgError {
  return new OmgError({
    code: "no-sandbox",
    exit: "consent",
    message: `${base} was not built: bubblewrap may make no namespaces here, and what a recipe says is run only where it can read and change nothing of yours.`,
    state: "Nothing was built or changed.",
    hint: "The machine's omgd as a service may make none, and neither may many containers: build it with `omg apply` as root, outside of those. What is built and installed then stays as it is here, too.",
    details: lines,
  });
}

function failed(base: string, version: string, how: number | string, lines: readonly string[]): OmgError {
  return new OmgError({
    code: "build-failed",
    exit: "error",
    message: `${base} ${version} could not be built: makepkg ended with ${how}.`,
    state: "Nothing was installed of it.",
    hint: "Read the last lines. What a build fetches by itself, it cannot have: it runs without a network.",
    details: lines,
  });
}

function tooSlow(base: string, limitMs: number, lines: readonly string[]): OmgError {
  return new OmgError({
    code: "build-too-slow",
    exit: "error",
    message: `${base} was not built within ${limitMs / 1000} seconds, and was ended.`,
    state: "Nothing was installed of it.",
    hint: "`build-limit` under [aur] in the machine's config.toml gives it longer.",
    details: lines,
  });
}
