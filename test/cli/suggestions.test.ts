import { expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/index.ts";
import { parseArguments } from "../../cli/program.ts";
import { OmgError } from "../../schema/error.ts";

const OTHERS = [
  ..."upgrade full-upgrade dist-upgrade sync converge reconcile diff drift ls uninstall purge rm erase add".split(" "),
  ..."autoremove freeze snapshot init import show find undo revert log hold unhold gc prune autoclean du rdepends".split(
    " ",
  ),
  ..."completion man".split(" "),
  "env freeze",
  "env snapshot",
  "env plan",
  "env apply",
  "env sync",
  "env lock",
];

it.each(OTHERS)("omg %s is an error that names a command which there is", (line) => {
  const names = COMMANDS.map(({ name }) => name);
  expect(names).not.toContain(line);
  try {
    parseArguments(line.split(" "), "0", { columns: 80, color: () => false });
    expect.unreachable("it was taken");
  } catch (error) {
    expect(error).toBeInstanceOf(OmgError);
    const { hint = "", exit } = error as OmgError;
    expect(exit).toBe("error");
    expect(names).toContain(/`omg ([a-z ]+)`/.exec(hint)?.[1]);
  }
});
