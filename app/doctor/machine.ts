import { existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { freeSpace } from "../../host/disk.ts";
import { pathsFor } from "../../host/paths.ts";
import { isProgram } from "../../host/program.ts";
import type { Finding } from "../../schema/model/finding.ts";
import type { Context } from "../context.ts";

const DAY_MS = 24 * 3600 * 1000;
/** When Node's release lines get no security fixes any more (nodejs.org/en/about/previous-releases), by major version. */
const END_OF_LIFE: Readonly<Record<number, string>> = { 20: "2026-04-30", 22: "2027-04-30", 24: "2028-04-30" };
const SOON_MS = 90 * DAY_MS;
/** Clocks of machines and archives are this far apart without harm. */
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;
const SUDO = "/usr/bin/sudo";
const NEARLY_FULL = 1e9;
const FULL = 1e8;

/** What omg stands on: Node, the shell's PATH, sudo, space, the clock. */
export function machineFindings(ctx: Context, newest: string | undefined): readonly Finding[] {
  return [node(ctx.now()), inPath(ctx), ...sudo(ctx), ...disks(ctx), clock(ctx.now(), newest)];
}

function node(now: Date): Finding {
  const { node: version } = process.versions;
  const end = END_OF_LIFE[Number.parseInt(version, 10)];
  if (end === undefined || Date.parse(end) - now.getTime() > SOON_MS)
    return { check: "node", level: "ok", found: `Node.js ${version} is kept up by its makers.` };
  const verb = Date.parse(end) < now.getTime() ? "has got no security fixes since" : "gets no security fixes after";
  return {
    check: "node",
    level: "warn",
    found: `Node.js ${version} ${verb} ${end}.`,
    next: "Install a newer Node.js.",
  };
}

function inPath({ env, program }: Context): Finding {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  const found = folders.map((folder) => join(folder, "omg")).find(isProgram);
  if (found !== undefined) return { check: "path", level: "ok", found: `${found} is in your PATH.` };
  const next = `export PATH="${join(dirname(program), "bin")}:$PATH"`;
  return { check: "path", level: "warn", found: "omg is not in your PATH.", next };
}

function sudo({ uid }: Context): readonly Finding[] {
  if (uid === 0) return [];
  return existsSync(SUDO)
    ? [{ check: "sudo", level: "ok", found: `${SUDO} is there.` }]
    : [
        {
          check: "sudo",
          level: "warn",
          found: `There is no ${SUDO}, so that you cannot change packages through omg.`,
          next: "Install sudo, or run omg as root.",
        },
      ];
}

/** Where omg and the package manager write, a line for each file system. */
function disks(ctx: Context): readonly Finding[] {
  const paths = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  const folders = [paths.data, paths.state, "/var/cache", "/var/lib", "/usr"].map(existing);
  const byDevice = new Map(folders.map((folder) => [statSync(folder).dev, folder]));
  const tight = [...byDevice.values()].map((folder) => ({ folder, free: freeSpace(folder) }));
  const short = tight.filter(({ free }) => free < NEARLY_FULL);
  if (short.length === 0)
    return [{ check: "disk", level: "ok", found: "There is space where omg and the package manager write." }];
  return short.map(({ folder, free }) => ({
    check: "disk",
    level: free < FULL ? "bad" : "warn",
    found: `Only ${Math.floor(free / 1e6)} MB are free below ${folder}.`,
    next: "omg clean, then apt-get clean or pacman -Sc",
  }));
}

/** The folder itself, or the nearest one above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || folder === "/" ? folder : existing(dirname(folder));
}

function clock(now: Date, newest: string | undefined): Finding {
  if (newest === undefined || now.getTime() + CLOCK_TOLERANCE_MS >= Date.parse(newest))
    return { check: "clock", level: "ok", found: "The clock is not before the newest signed index." };
  const found = `The clock says ${now.toISOString()}, and a signed index is from ${newest}: the clock is wrong.`;
  return { check: "clock", level: "bad", found, next: "Set the clock (timedatectl set-ntp true)." };
}
