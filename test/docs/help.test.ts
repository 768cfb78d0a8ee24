import { describe, expect, test } from "vitest";
import type { CommandSpec } from "../../cli/command-spec.ts";
import { COMMANDS } from "../../cli/commands/index.ts";
import { parseArguments } from "../../cli/program.ts";

const LOOK = { columns: 80, color: () => false };

function helpOf({ name }: CommandSpec): string {
  const parsed = parseArguments(["help", ...name.split(" ")], "0", LOOK);
  return parsed.type === "text" ? parsed.text : expect.unreachable("help is text");
}

function takes({ name }: CommandSpec, option: string): boolean {
  try {
    return parseArguments([...name.split(" "), option, "apt"], "0", LOOK).type === "run";
  } catch {
    return false;
  }
}

describe("help", () => {
  test.each(COMMANDS)("of $name shows just the options that it takes", (spec) => {
    const help = helpOf(spec);
    for (const option of ["--lock", "--only", "--skip"])
      expect([option, new RegExp(`^ +${option} <`, "m").test(help)]).toEqual([option, takes(spec, option)]);
    for (const { flags } of spec.options) expect(help).toContain(flags);
    expect(help).toContain("--json");
  });

  test("some commands take them all, and some none", () => {
    const counts = COMMANDS.map(({ selects }) => selects.length);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2, 3]));
  });

  test.each(COMMANDS.flatMap(({ name, examples }) => examples.map(({ command }) => ({ name, command }))))(
    "$name: the example $command is taken",
    ({ command }) => {
      const [line = ""] = command.replace(/^sudo /, "").split(/ (?:\||&&) /);
      expect(parseArguments(line.split(" ").slice(1), "0", LOOK).type).toBe("run");
    },
  );
});
