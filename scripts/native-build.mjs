#!/usr/bin/env node
// Makes dist/omg-fast and dist/omg, the commands: native programs where there is a C compiler, otherwise links to the scripts that do the same.
// OMG_NATIVE=no builds without one, OMG_NATIVE=yes refuses to.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, compiler } from "./native.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, "dist");
/** Without it, there is nothing to pass questions on for. */
const OMG = join(DIST, "omg.cjs");

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** As app/prepared/build.ts: omgd answers only what is of its own build. */
const build = existsSync(OMG) ? createHash("sha256").update(readFileSync(OMG)).digest("hex").slice(0, 16) : undefined;
const digest = build === undefined ? [] : [`-DOMG_BUILD="${build}"`];
const wanted = process.env.OMG_NATIVE ?? "auto";
const cc = wanted === "no" ? undefined : compiler(process.env);

/** Takes the old one's place whole: a prompt may start it at any time. */
function put(name, script, make) {
  const fresh = join(DIST, `${name}.${process.pid}`);
  const way = cc === undefined ? undefined : make(fresh);
  if (way === undefined) {
    rmSync(fresh, { force: true });
    symlinkSync(script, fresh);
  }
  renameSync(fresh, join(DIST, name));
  console.log(`built dist/${name} (${way ?? "script, which starts Node: there is no C compiler"})`);
  return way;
}

mkdirSync(DIST, { recursive: true });
const like = put("omg-fast", "../bin/omg-fast-script", (target) => compile(cc, { target, version, more: digest }));
const itself = ["-DOMG_ITSELF", ...digest];
put("omg", "../bin/omg", (target) => like && compile(cc, { target, version, more: itself, like }));
if (like === undefined && wanted === "yes") {
  console.error("build: OMG_NATIVE=yes, and no C compiler made native/ into a program that runs");
  process.exitCode = 1;
}
