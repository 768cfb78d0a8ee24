#!/usr/bin/env node
// Makes dist/omg-fast: the native program where there is a C compiler, otherwise a link to the script that does the same.
// OMG_NATIVE=no builds without one, OMG_NATIVE=yes refuses to.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, compiler } from "./native.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGET = join(ROOT, "dist/omg-fast");
/** Without it, there is nothing to pass questions on for. */
const OMG = join(ROOT, "dist/omg.cjs");
/** It takes the old one's place whole: a prompt may start it at any time. */
const FRESH = join(ROOT, `dist/omg-fast.${process.pid}`);

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** As app/prepared/build.ts: omgd answers only what is of its own build. */
const build = existsSync(OMG) ? createHash("sha256").update(readFileSync(OMG)).digest("hex").slice(0, 16) : undefined;
const wanted = process.env.OMG_NATIVE ?? "auto";

function native() {
  const found = wanted === "no" ? undefined : compiler(process.env);
  return found === undefined
    ? undefined
    : compile(found, { target: FRESH, version, more: build === undefined ? [] : [`-DOMG_BUILD="${build}"`] });
}

mkdirSync(dirname(TARGET), { recursive: true });
const way = native();
if (way === undefined) {
  rmSync(FRESH, { force: true });
  symlinkSync("../bin/omg-fast-script", FRESH);
}
renameSync(FRESH, TARGET);
console.log(`built dist/omg-fast (${way ?? "script, which starts Node: there is no C compiler"})`);
if (way === undefined && wanted === "yes") {
  console.error("build: OMG_NATIVE=yes, and no C compiler made native/ into a program that runs");
  process.exitCode = 1;
}
