import { asks, type Entry, faulty, type Line, linesOf } from "./entry.ts";

/** Go Modules Reference, "go directive": a version of Go as go.mod and go.work name it. */
const GO = /^([1-9]\d{0,5})\.(0|[1-9]\d{0,5})(?:\.(0|[1-9]\d{0,5}))?([a-z]{1,8}\d{1,5})?$/;
/** "toolchain directive": `default`, or such a version after `go`; what follows a dash is the builder's own. */
const TOOLCHAIN = /^(?:default|go([1-9]\d*\.\d+(?:\.\d+)?(?:[a-z]+\d+)?)(?:-[A-Za-z0-9.]{1,64})?)$/;

interface Directives {
  go?: Line;
  toolchain?: Line;
}

/**
 * Go Toolchains, "Configuration" and "Go toolchain selection": the toolchain is the one to use, the go line the least that will do,
 * and where the go line is newer it decides. Either is a minimum: without that very version, a newer one does.
 */
export function goModule(text: string): Entry[] {
  const found: Directives = {};
  let block = false;
  for (const { number, text: whole } of linesOf(text)) {
    const line = whole.replace(/\/\/.*/, "").trim();
    const [word = "", value = "", more] = line.split(/\s+/);
    if (!block && (word === "go" || word === "toolchain")) {
      if (found[word] !== undefined) return [faulty("go", number, `it has a second ${word} line`)];
      if (more !== undefined || !(word === "go" ? GO : TOOLCHAIN).test(value))
        return [faulty("go", number, `that is no ${word} line`)];
      found[word] = { number, text: value };
    }
    if (line.endsWith("(")) block = true;
    else if (line === ")") block = false;
  }
  return chosen(found);
}

function chosen({ go, toolchain }: Directives): Entry[] {
  const named = toolchain === undefined ? undefined : TOOLCHAIN.exec(toolchain.text)?.[1];
  if (toolchain !== undefined && named !== undefined && (go === undefined || compareGo(named, go.text) >= 0))
    return [asks("go", toolchain.number, named, `>=${named}`)];
  return go === undefined ? [] : [asks("go", go.number, `>=${go.text}`)];
}

/** Go Toolchains, "Go versions": 1.21 comes before 1.21rc1, and that before 1.21.0. */
function compareGo(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parts(version: string): number[] {
  const [, major, minor, patch, pre = ""] = GO.exec(version) ?? [];
  const stage = { alpha: 1, beta: 2, rc: 3 }[pre.replace(/\d+$/, "")] ?? 0;
  const rank = patch !== undefined ? 4 : stage;
  return [Number(major), Number(minor), rank, Number(patch ?? /\d+$/.exec(pre)?.[0] ?? 0)];
}
